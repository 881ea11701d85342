"""What cases, workbooks and samples take from an edition, and what a reader may see of them."""

import datetime as dt
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from decisions import case_edition, case_records, case_run, casework, samples, store, workbook
from decisions.case_records import Run
from decisions.cases import Refused
from edition.access import Use
from edition.folder import TableMissing
from edition.rights import Grant, Reader
from tests.decisions.casework import APPROVER, AS_OF, AT, AUDITOR, CONTRACT, DUE, ELSEWHERE, HOLIDAYS, MANAGER, SOURCE, key
from tests.decisions.claims_edition import CLAIMS, COHORT, publish

NOW = AT.astimezone()
NAMED = replace(MANAGER, person="named.invented@example.org", grants=(Grant("contract_manager", "contract", CONTRACT, is_named=True),))


def use(edition, reader=MANAGER) -> Use:
    return Use(edition, NOW, reader, "testing what is shown")


@pytest.fixture
def edition(home):
    made = publish(home)
    apply(home, made)
    return made


def apply(home, edition):
    return case_run.apply_run(home, Run(key(), edition.edition_id, AS_OF, AT), case_edition.results(edition, use(edition, AUDITOR)))


def seen(home, edition, reader) -> set[str]:
    return {f"{one.source}|{one.claim_id or one.subject}|{one.rule_id}" for one in case_edition.listed(home, edition, use(edition, reader))}


def test_an_edition_says_what_fails_what_cannot_be_tested_and_what_came_back(home):
    said = case_edition.results(made := publish(home), use(made, AUDITOR))
    assert {(one.source, one.claim_id, one.rule_id, one.at_risk) for one in said.fails if one.claim_id} == {
        (source, claim, "R41", Decimal(net)) for source, claim, *_, net in CLAIMS
    }
    assert {(one.subject, one.rule_id, one.contract_id, one.provider) for one in said.fails if one.subject} == {
        (f"{CONTRACT}|PLAN5|2023-03", "R54", CONTRACT, "inventia"), (COHORT, "R63", CONTRACT, "inventia"),
    }  # fmt: skip
    assert said.untestable == {(SOURCE, "C3", "", "R13")} and len(said.tested) == 4
    assert [(one.kind, one.source, one.claim_id, one.amount) for one in said.credits] == [("payment", "provider_mentoria", "C1", Decimal("12.75"))]


def test_another_value_that_a_result_rests_on_is_another_input(home):
    before = case_edition.results(made := publish(home), use(made, AUDITOR)).fails
    after = case_edition.results(made := publish(home, evidence='{"rate": "71.21"}'), use(made, AUDITOR)).fails
    assert {one.input_hash for one in before if one.claim_id} & {one.input_hash for one in after if one.claim_id} == set()


def test_a_claim_of_less_than_nothing_has_a_case_and_no_pound_at_risk_in_it(home):
    made = publish(home, claims=[*CLAIMS, ("provider_inventia", "C9", CONTRACT, "inventia", "someone", "-70.00")])
    assert apply(home, made) == {"open": 7}
    assert [one.at_risk for one in case_records.all_cases(home) if one.claim_id == "C9"] == [Decimal("0.00")]


def test_an_edition_without_payment_rules_says_nothing_and_closes_nothing(home, edition):
    without = publish(home, drop=("fct_credit",))
    (without.folder / "restricted" / "fct_credit.parquet").unlink(missing_ok=True)
    with pytest.raises(TableMissing, match="fct_credit"):
        case_edition.results(without, use(without, AUDITOR))


def test_a_reader_sees_the_cases_of_the_own_contracts_and_neither_hidden_people_nor_who_is_in_a_cohort(home, edition):
    mine = {"provider_inventia|C1|R41", "provider_inventia|C3|R41", f"|{CONTRACT}|PLAN5|2023-03|R54"}
    hidden = {"provider_inventia|C2|R41", f"|{COHORT}|R63"}
    assert seen(home, edition, MANAGER) == seen(home, edition, APPROVER) == mine
    assert seen(home, edition, NAMED) == mine | hidden
    assert seen(home, edition, ELSEWHERE) == {"provider_mentoria|C1|R41"}
    assert seen(home, edition, AUDITOR) == mine | hidden | {"provider_mentoria|C1|R41"}
    entries = [json.loads(line) for line in (home / "access.log").read_text().splitlines()]
    assert [(one["user"], one["rows"]) for one in entries if "payment_case" in one.get("tables", [])][-2:] == [(ELSEWHERE.person, 1), (AUDITOR.person, 6)]


def test_who_is_not_granted_cases_sees_none(home, edition):
    director = Reader("director.invented@example.org", (Grant("regional_director", "region", "N07"),))
    assert seen(home, edition, director) == set()


# ---------------------------------------------------------------- workbooks


def asked(home, *claims: str) -> dict[str, int]:
    numbers = {one.claim_id: one.case_id for one in case_records.all_cases(home) if one.source == SOURCE}
    for claim in claims:
        casework.query(home, MANAGER, numbers[claim], "show the record", AT, key(), HOLIDAYS)
    return numbers


def written(home, edition):
    return load_workbook(io.BytesIO(workbook.write_book(home, edition, use(edition), "inventia", AT)))


def back(home, book, at=AT, reader=MANAGER) -> workbook.Read:
    out = io.BytesIO()
    book.save(out)
    return workbook.read_book(home, reader, out.getvalue(), at)


def fill(book, row: int, *said: str) -> None:
    for column, text in enumerate(said, len(workbook.ASKED) + 1):
        book[workbook.SHEET].cell(row, column, text)


EXPLAINED = ("Explain", "The record was wrong and has been put right", "The rate was agreed by letter", "E-77")


def test_a_workbook_holds_what_is_asked_of_one_provider_and_can_be_filled_in_by_anybody(home, edition):
    asked(home, "C1", "C2", "C3")
    theirs = next(one for one in case_records.all_cases(home) if one.source == "provider_mentoria")
    casework.query(home, ELSEWHERE, theirs.case_id, "show it", AT, key(), HOLIDAYS)
    book = written(home, edition)
    sheet = book[workbook.SHEET]
    rows = [[cell.value for cell in row[:10]] for row in sheet.iter_rows(min_row=2)]
    assert [(row[1], row[2], row[3], row[4], row[7], row[9].date()) for row in rows] == [
        (SOURCE, claim, "R41", "Is the rate on the card?", amount, DUE) for claim, amount in (("C1", 71.2), ("C3", 96.49))
    ]
    assert book.sheetnames == [workbook.SHEET, workbook.INSTRUCTIONS]
    assert (book.properties.title, book.properties.language) == ("Payment queries for inventia", "en-GB")
    assert sheet.freeze_panes == "A2" and not sheet.merged_cells.ranges and list(sheet.tables) == [workbook.TABLE]
    assert sheet.tables[workbook.TABLE].ref == "A1:N3"
    assert {str(one.sqref): one.type for one in sheet.data_validations.dataValidation} == {"K2:K3": "list", "L2:L3": "list"}


def test_what_was_delivered_is_never_a_formula(home):
    made = publish(home, claims=[(SOURCE, "=1+1", CONTRACT, "inventia", "someone", "5.00")])
    apply(home, made)
    asked(home, "=1+1")
    cell = written(home, made)[workbook.SHEET]["C2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_answers_are_kept_once_and_let_a_query_be_decided_before_it_is_due(home, edition):
    numbers = asked(home, "C1", "C3")
    book = written(home, edition)
    fill(book, 2, "Accept")
    fill(book, 3, *EXPLAINED)
    for _ in range(2):
        assert back(home, book) == workbook.Read([numbers["C1"], numbers["C3"]], [], [])
    with store._engine(home).connect() as con:
        assert [tuple(row) for row in con.execute(sa.text("select said, evidence from case_mark order by mark_id"))] == [
            ("Accept", ""), ("Explain: The record was wrong and has been put right: The rate was agreed by letter", "E-77"),
        ]  # fmt: skip
    proposal = casework.propose(home, MANAGER, numbers["C1"], "upheld", AT, key(), amount=Decimal("71.20"), reason="accepted")
    assert casework.approve(home, APPROVER, proposal.proposal_id, AT, key()).state == "upheld"


def test_an_answer_that_comes_late_is_kept_and_marked_also_where_the_case_has_moved_on(home, edition):
    numbers = asked(home, "C1", "C3")
    book = written(home, edition)
    fill(book, 2, "Accept")
    fill(book, 3, "Accept")
    later = AT + dt.timedelta(days=30)
    proposal = casework.propose(home, MANAGER, numbers["C3"], "upheld", later, key(), amount=Decimal("96.49"), reason="no answer")
    casework.approve(home, APPROVER, proposal.proposal_id, later, key())
    both = [numbers["C1"], numbers["C3"]]
    assert back(home, book, at=later) == workbook.Read(both, both, [])


def test_rows_that_were_altered_added_or_taken_out_are_told_by_sheet_and_row_and_the_others_count(home, edition):
    numbers = asked(home, "C1", "C3")
    book = written(home, edition)
    sheet = book[workbook.SHEET]
    fill(book, 2, "Accept")
    fill(book, 3, "Accept")
    sheet["I2"] = 1.00
    sheet["A4"] = "99"
    read = back(home, book)
    assert read.kept == [numbers["C3"]] and read.faults == [
        "Queries, row 2: what was asked was altered (At risk (£)); this row was not read", "Queries, row 4: there is no case 99 in what was asked; this row was not read",
    ]  # fmt: skip
    sheet.delete_rows(2)
    assert f"Queries: the row of case {numbers['C1']} is missing" in back(home, book).faults


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("Perhaps",), "the answer is one of Accept, Explain"), (("Explain", "Because", "x"), "the reason is none of the list"),
        (("Explain", EXPLAINED[1], ""), "to explain, choose a reason and say"), (("", "", "a word"), "choose an answer"), (("=1+1",), "an answer is a formula"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_by_its_row(home, edition, said, told):
    asked(home, "C1")
    book = written(home, edition)
    fill(book, 2, *said)
    read = back(home, book)
    assert not read.kept and len(read.faults) == 1 and read.faults[0].startswith("Queries, row 2: ") and told in read.faults[0]


def test_a_workbook_of_elsewhere_and_a_file_that_is_none_are_refused(home, edition):
    asked(home, "C1")
    book = written(home, edition)
    fill(book, 2, "Accept")
    for row in book[workbook.INSTRUCTIONS].iter_rows():
        if row[0].value == workbook.FRAME:
            row[1].value = "0" * 64
    with pytest.raises(Refused, match="not made here"):
        back(home, book)
    with pytest.raises(Refused, match="no workbook that was made here"):
        workbook.read_book(home, MANAGER, b"invented", AT)


def test_a_workbook_is_read_back_by_those_of_the_contract_only(home, edition):
    asked(home, "C1")
    book = written(home, edition)
    fill(book, 2, "Accept")
    read = back(home, book, reader=AUDITOR)
    assert not read.kept and "contract manager of the contract" in read.faults[0]
    for reader in (AUDITOR, APPROVER, ELSEWHERE):
        with pytest.raises(Refused, match="nothing is asked"):
            workbook.write_book(home, edition, use(edition, reader), "inventia", AT)


# ---------------------------------------------------------------- samples


def drawn(home, edition, reader=MANAGER, method="money", size=2, client_key="", **scope) -> samples.Sample:
    return samples.draw(home, edition, use(edition, reader), samples.Scope(CONTRACT, **scope), method, "2024", size, AT, client_key or key())


def test_a_sample_is_of_the_claims_of_its_contract_and_says_nothing_until_each_is_examined(home, edition):
    sample = drawn(home, edition, client_key="one")
    assert drawn(home, edition, client_key="one") == sample
    # 20,614 pence of three claims; that of another provider by the same id is not among them.
    assert (sample.frame_claims, sample.frame_pounds, sample.interval) == (3, Decimal("206.14"), Decimal("103.07"))
    with pytest.raises(Refused, match="are not examined yet"):
        samples.evaluate(home, MANAGER, sample.sample_id)
    for one in sample.claims:
        samples.examine(home, MANAGER, sample.sample_id, one.source, one.claim_id, Decimal(0), "nothing of it", AT, key())
        samples.examine(home, MANAGER, sample.sample_id, one.source, one.claim_id, one.net / 2 if one.net % 2 == 0 else Decimal("1.00"), "half", AT, key())
    said = samples.evaluate(home, MANAGER, sample.sample_id)
    assert said.found == sum((one.net - one.supported for one in samples.get(home, AUDITOR, sample.sample_id).claims), Decimal(0))
    # No contract is known to allow more.
    assert said.proposed_recovery == said.found < said.projected < said.upper_limit


def test_a_sample_holds_people_under_restriction_and_lists_them_to_a_named_reader_only(home, edition):
    sample = drawn(home, edition, method="attribute", size=3)
    lists = {reader.person: {one.claim_id for one in samples.shown(edition, use(edition, reader), sample)} for reader in (MANAGER, NAMED)}
    assert lists == {MANAGER.person: {"C1", "C3"}, NAMED.person: {"C1", "C2", "C3"}}


def test_an_attribute_sample_is_of_strata(home, edition):
    sample = drawn(home, edition, method="attribute", size=3, strata="task_code")
    assert sample.strata == {"T1": (3, 3)} and sample.interval == 0
    for one in sample.claims:
        samples.examine(home, MANAGER, sample.sample_id, one.source, one.claim_id, one.net, "all of it", AT, key())
    assert samples.evaluate(home, MANAGER, sample.sample_id).share == 0


def test_a_sample_is_drawn_and_examined_by_those_of_the_contract_and_of_its_own_claims(home, edition):
    for reader in (APPROVER, AUDITOR, ELSEWHERE):
        with pytest.raises(Refused):
            drawn(home, edition, reader)
    sample = drawn(home, edition)
    with pytest.raises(Refused, match="is not in sample"):
        samples.examine(home, MANAGER, sample.sample_id, "provider_mentoria", "C1", Decimal(0), "", AT, key())
    one = sample.claims[0]
    for reader in (APPROVER, AUDITOR, ELSEWHERE):
        with pytest.raises(Refused):
            samples.examine(home, reader, sample.sample_id, one.source, one.claim_id, Decimal(0), "", AT, key())
    with pytest.raises(Refused, match="whole pence"):
        samples.examine(home, MANAGER, sample.sample_id, one.source, one.claim_id, Decimal("0.001"), "", AT, key())


@pytest.mark.parametrize("table", ["sample", "sample_claim", "sample_answer"])
def test_nothing_of_a_sample_is_changed(home, edition, table):
    sample = drawn(home, edition)
    one = sample.claims[0]
    samples.examine(home, MANAGER, sample.sample_id, one.source, one.claim_id, Decimal(0), "", AT, key())
    for statement in (f"delete from {table}", f"update {table} set sample_id = sample_id" if table != "sample_answer" else "update sample_answer set supported_pence = 1"):
        with pytest.raises(sa.exc.DBAPIError), store._engine(home).begin() as con:
            con.exec_driver_sql(statement)
