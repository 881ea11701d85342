"""Payment cases and samples on their pages: who may see them, what is done about them, and every refusal as its sentence."""

import io
import re
import threading
from decimal import Decimal
from html import unescape

import pytest
from openpyxl import load_workbook

from dashboard.parts import payment
from decisions import case_records, casework, samples
from decisions.casework import Filter
from decisions.workbook import ASKED, SHEET
from edition.rights import Grant, Reader
from ground.printing import pounds
from tests.dashboard import invented
from tests.dashboard.conftest import body, lists, notice, uses, words

MANAGER, APPROVER = "contract_manager", "approver"
OTHER = Reader("Another Invented Manager", (Grant(MANAGER, "provider", "aster"),))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own with the cases of an invented edition, in which nobody signs in; the manager's and approver's provider is aster."""
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    invented.publish(tmp_path)
    invented.open_cases(tmp_path)
    return tmp_path


@pytest.fixture
def look(opened):
    """Open a page as look(home, role, page, **query)."""

    def open_page(home, role, page="casework", **query):
        app = opened(home, page, by=role, **query)
        return app.selectbox(key="look_as").set_value(role).run()

    return open_page


def press(app, label):
    app = next(one for one in app.button if one.label == label).click().run()
    assert not app.exception, [one.stack_trace for one in app.exception]
    return app


def table(app, caption) -> list[list[str]]:
    """The cells of the rows of the table whose caption begins so."""
    (found,) = re.findall(rf"<caption>{caption}.*?</table>", body(app), re.S)
    rows = re.findall(r"<tr.*?</tr>", found.split("<tbody>")[1], re.S)
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def of_claim(home, claim="aster-accommodation-achieved-0") -> case_records.Case:
    (found,) = [one for one in case_records.all_cases(home) if claim in (one.claim_id, one.subject)]
    return found


def work(app, case, what, button, **fields):
    """Choose what is to be done about a case, fill its form in and send it."""
    mine = f"{case.case_id}_{case.step_no}"
    app.radio(key=f"do_{mine}").set_value(what).run()
    for name, value in fields.items():
        found = [one for kind in (app.text_input, app.text_area, app.selectbox) for one in kind if (one.key or "").startswith(f"{name}_{mine}")]
        found[0].set_value(value)
    return press(app, button)


def decided(home, look, claim="aster-accommodation-achieved-0"):
    """A case that was asked about, answered, proposed to be upheld and approved, through the pages alone."""
    case = of_claim(home, claim)
    work(look(home, MANAGER, case=str(case.case_id)), case, "query", "Ask the provider", why="please show the record")
    case = of_claim(home, claim)
    work(look(home, MANAGER, case=str(case.case_id), step="2"), case, "answer", "Note what the provider answers", why="we cannot find it")
    work(look(home, MANAGER, case=str(case.case_id), step="3"), case, "uphold", "Propose: upheld", pounds="£300.00", why="no record of it")
    return press(look(home, APPROVER, case=str(case.case_id)), "Approve")


def test_cases_stand_by_state_and_the_reader_sees_those_of_the_own_contracts(look, home):
    manager, auditor = look(home, MANAGER), look(home, "auditor")
    assert "Of 17 payment cases, 17 are open and 0 with the provider" in words(manager)
    assert table(manager, "Cases by state")[0][:3] == ["Open", "17", "£3,325"]
    listed = lists(manager)["Case"]
    assert "17 of 17 cases" in words(manager) and {row["Provider"] for row in listed} == {invented.PROVIDERS["aster"]}
    assert {row["Claim or subject"] for row in listed} >= {"aster-finance-unknown-0", "C-aster|PLAN5|2022-03"} and sum(row["At risk"] for row in listed) == 3325.0
    assert {row["Provider"] for row in lists(auditor)["Case"]} == set(invented.PROVIDERS.values())
    assert "Payment cases and samples are not for" in words(look(home, "regional_director"))


def test_what_is_open_stands_first_and_within_that_the_most_money_also_of_what_was_written_since(look, home):
    def order() -> list[tuple[str, float]]:
        return [(row["Claim or subject"], row["At risk"]) for row in lists(look(home, MANAGER))["Case"]]

    before = order()
    assert len({pounds for _, pounds in before}) > 3 and before == sorted(before, key=lambda case: -case[1])
    few, most = next(case for case in before if case[1] == 95), before[0]
    for claim, _ in (few, most):
        case = of_claim(home, claim)
        work(look(home, MANAGER, case=str(case.case_id)), case, "query", "Ask the provider", why="please show the record")
    assert order() == [*(case for case in before if case not in (few, most)), most, few]


def test_filters_stand_in_the_address(look, home):
    app = look(home, "auditor", provider="birch", rule="R01", least="100")
    listed = lists(app)["Case"]
    assert {(row["Provider"], row["Rule"][:3]) for row in listed} == {(invented.PROVIDERS["birch"], "R01")} and len(listed) == 10
    app.selectbox(key="choose_state").set_value("closed").run()
    assert app.query_params["state"] == "closed" and "There is none." in words(app)


def test_one_case_is_shown_with_what_it_asks_how_to_resolve_it_and_the_values_that_decide_it(look, home):
    case = of_claim(home)
    app = look(home, "auditor", case=str(case.case_id))
    said = words(app)
    assert "Is it as R01 asks?" in said and "Invented: ask." in said and "It passed on what was known when it was claimed." in said
    assert table(app, "The values that decide it") == [["Task date", "2022-03-01"], ["Left", "Empty"]]
    assert table(app, "Steps, answers and proposals")[0][1:4] == ["Step", "Open", "The run"]
    assert "Invented Auditor may read this case and not work on it" in said and not app.radio
    assert 'href="audit?claim=provider_invented%7Caster-accommodation-achieved-0"' in body(app)


def test_a_case_is_asked_about_answered_and_upheld_by_two_people(look, home):
    app = decided(home, look)
    case = of_claim(home)
    assert (case.state, case.amount, case.proposed_by, case.approved_by) == ("upheld", Decimal("300.00"), "Invented Contract Manager", "Invented Approver")
    assert notice(app) == f"Case {case.case_id} is decided: upheld."
    steps = table(app, "Steps, answers and proposals")
    assert [row[1] for row in steps] == ["Step", "Step", "Answer", "Proposed", "Step"]
    assert steps[-1][2:5] == ["The provider is asked to upheld", "Invented Contract Manager and Invented Approver", "£300"]


def test_what_the_state_machine_refuses_is_said_in_its_sentence_and_nothing_is_kept(look, home):
    case = of_claim(home)
    app = look(home, MANAGER, case=str(case.case_id))
    app = work(app, case, "uphold", "Propose: upheld", pounds="300.00", why="no record of it")
    assert notice(app) == "Refused: it passed on what was known when it was claimed: query the provider first."
    app = work(app, case, "uphold", "Propose: upheld", pounds="310.01", why="no record of it")
    assert "at most what is at risk, £310.00" in notice(app)
    assert "the amount is no number" in notice(work(app, case, "uphold", "Propose: upheld", pounds="NaN", why="no record of it"))
    assert "a reason is needed" in notice(work(app, case, "explain", "Propose: explained", evidence="a letter"))
    assert "the evidence is needed" in notice(work(app, case, "explain", "Propose: explained", reason="record_corrected", evidence=""))
    assert "a few words are needed" in notice(work(app, case, "query", "Ask the provider"))
    assert case_records.proposals(home) == [] and of_claim(home) == case
    work(app, case, "query", "Ask the provider", why="please show the record")
    case = of_claim(home)
    app = look(home, MANAGER, case=str(case.case_id), step="2")
    assert "has until" in notice(work(app, case, "uphold", "Propose: upheld", pounds="300", why="no record of it"))
    extended = work(app, case, "extend", "Give the provider more time", why="a holiday")
    assert "is now due on" in notice(extended)
    assert "given more time once" in notice(work(look(home, MANAGER, case=str(case.case_id), step="3"), case, "extend", "Give the provider more time", why="again"))


def test_a_case_that_was_upheld_is_closed_or_opened_again_by_two_people_only(look, home):
    decided(home, look)
    case = of_claim(home)
    app = look(home, MANAGER, case=str(case.case_id), step="4")
    assert "at most what was upheld, £300.00" in notice(work(app, case, "not_recovered", "Propose: closed, not recovered", pounds="301"))
    app = work(app, case, "reopen", "Propose: open again", why="another letter came")
    assert "Proposed for case" in notice(app) and of_claim(home).state == "upheld"
    press(look(home, APPROVER, case=str(case.case_id), step="4"), "Approve")
    assert of_claim(home).state == "open" and of_claim(home).holds == Decimal("300.00")


def test_many_are_proposed_and_approved_as_they_were_counted(look, home):
    app = press(look(home, MANAGER, rule="R01", state="open", least="100"), "Count the cases this reaches")
    assert "10 cases that you may propose for" in words(app) and "(R01, open, £100 or more at risk): £2,753." in words(app)
    app.radio(key="many_do").set_value("explain").run()
    app.selectbox(key="many_reason").set_value("record_corrected")
    app.text_input(key="many_evidence").set_value("letter of 9 May")
    app = press(app, "Propose for all 10")
    assert "Proposed for 10 cases: explained" in notice(app) and len(case_records.proposals(home)) == 10
    app = press(look(home, APPROVER, rule="R01", state="open"), "Count what waits for me")
    assert "10 proposals of others" in words(app)
    app = press(app, "Approve all 10")
    assert notice(app) == "10 cases are decided." and sum(one.state == "explained" for one in case_records.all_cases(home)) == 10


def test_many_are_refused_where_they_are_not_those_that_were_counted(look, home):
    app = press(look(home, MANAGER, rule="R01", state="open"), "Count the cases this reaches")
    case = of_claim(home)
    casework.query(home, OTHER, case.case_id, "please show the record", invented.datetime(2026, 11, 27, 9), "other", casework.bank_holidays())
    app.radio(key="many_do").set_value("explain").run()
    app.selectbox(key="many_reason").set_value("record_corrected")
    app.text_input(key="many_evidence").set_value("letter of 9 May")
    app = press(app, "Propose for all 16")
    assert notice(app) == "Refused: the cases are not those that the preview counted: look at it again."
    assert case_records.proposals(home) == [] and casework.preview(home, OTHER, Filter("R01")).count == 15
    assert "Choose a rule and a state" in words(look(home, MANAGER, rule="R01"))


def test_a_workbook_goes_out_and_its_answers_come_back_with_what_was_refused_by_sheet_and_row(look, home):
    for claim in ("aster-accommodation-achieved-0", "aster-finance-unknown-0"):
        case = of_claim(home, claim)
        casework.query(home, OTHER, case.case_id, "please show the record", invented.datetime(2026, 11, 27, 9), f"query {case.case_id}", casework.bank_holidays())
    app = press(look(home, MANAGER), "Write the workbook")
    (offered,) = [one for one in app.get("download_button") if "is asked" in one.proto.label]
    assert offered.proto.label == "Download what Aster Invented Resettlement is asked"
    *_, book = app.session_state["book"]
    loaded = load_workbook(io.BytesIO(book))
    sheet = loaded[SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["Answer"], "Accept")
    sheet.cell(3, columns["Answer"], "Accept")
    sheet.cell(3, columns[ASKED[2]], "another claim")
    out = io.BytesIO()
    loaded.save(out)
    app.file_uploader(key="book_back").set_value(("answers.xlsx", out.getvalue(), ""))
    app = press(app, "Read the answers")
    assert "1 answer kept; 1 row refused." in words(app)
    assert table(app, "Rows that were refused") == [["Queries, row 3: what was asked was altered (Claim); this row was not read"]]
    assert sum(one.has_answer for one in case_records.all_cases(home)) == 1
    app.file_uploader(key="book_back").set_value(("answers.xlsx", b"no workbook", ""))
    assert "this is no workbook that was made here" in notice(press(app, "Read the answers"))


def test_cases_and_claims_of_people_under_restriction_are_counted_and_not_listed(look, tmp_path, monkeypatch):
    monkeypatch.setattr(invented, "LIMITED", ("invented-0",))
    invented.publish(tmp_path)
    invented.open_cases(tmp_path)
    app = look(tmp_path, MANAGER)
    assert [row["Claim or subject"] for row in lists(app)["Case"]] == ["C-aster|PLAN5|2022-03"] and 'data-hidden="16"' in body(app)
    hidden = of_claim(tmp_path)
    app = look(tmp_path, MANAGER, case=str(hidden.case_id))
    assert "aster-accommodation-achieved-0" not in body(app) and "not yours to see" in notice(app)
    listed, failing = look(tmp_path, MANAGER, "claims"), look(tmp_path, MANAGER, "audit")
    assert "3 more claims are of people under restriction or exclusion" in words(listed) and len(lists(listed)["Claim"]) == 15
    assert "16 more failures are of people under restriction or exclusion" in words(failing) and "Claim" not in lists(failing)
    named = look(tmp_path, "auditor", "claims", provider="aster")
    assert "data-hidden" not in body(named) and len(lists(named)["Claim"]) == 18


def test_a_look_and_each_step_are_in_the_access_record(look, home):
    before = len(uses(home))
    case = of_claim(home)
    work(look(home, MANAGER, case=str(case.case_id)), case, "query", "Ask the provider", why="please show the record")
    entries = [one for one in uses(home)[before:] if one.get("role", "").startswith("contract manager") or "casework" in one]
    assert {(one["page"], one["rows"]) for one in entries if "payment_case" in one.get("tables", [])} == {("casework", 17)}
    assert [one["casework"] for one in entries if "casework" in one] == [{"case": case.case_id, "step": "queried"}]
    head = (home / "access.head").read_text()
    (home / "access.head").write_text("9 " + "0" * 64)
    app = look(home, MANAGER, case=str(case.case_id), step="2")
    assert "are restricted: " in words(app) and "aster-" not in body(app)
    (home / "access.head").write_text(head)


CLOSED = "edition invented-1 is not the one in force, and decisions rest on what the last run saw"


def test_nothing_is_decided_on_an_edition_that_is_no_longer_in_force_and_the_page_says_why(look, home):
    case = of_claim(home)
    app = look(home, MANAGER, case=str(case.case_id))
    assert CLOSED not in words(app) and not [one.label for one in app.button if one.disabled]
    # A newer one comes into force while the form is filled in: what was written stays, and is not kept.
    app.text_area(key=f"why_{case.case_id}_{case.step_no}_query").set_value("please show the record")
    invented.publish(home, "invented-2", "2023-07-31")
    app = press(app, "Ask the provider")
    assert of_claim(home) == case and [one.value for one in app.text_area if (one.key or "").startswith("why_")] == ["please show the record"]
    assert words(app).count(f"Nothing is decided here: {CLOSED}.") == 1
    assert {"Ask the provider", "Read the answers"} <= {one.label for one in app.button if one.disabled}
    for role, page, button in ((MANAGER, "samples", "Draw"), ("data_steward", "links", "Decide")):
        app = look(home, role, page, edition="invented-1")
        assert f"Nothing is decided here: {CLOSED}." in words(app) and next(one for one in app.button if one.label == button).disabled
    newest = look(home, MANAGER, edition="invented-2", case=str(case.case_id))
    assert CLOSED not in words(newest) and not [one.label for one in newest.button if one.disabled]


def test_a_store_that_does_not_answer_is_said_and_its_secret_is_not(look, home, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_DECISIONS_URL", "postgresql+psycopg://invented_user:invented_secret@127.0.0.1:1/invented_name")
    for page, said in (("casework", "Payment cases cannot be read or decided."), ("samples", "Samples cannot be read or drawn.")):
        shown = words(look(home, MANAGER, page))
        assert said in shown and "invented_secret" not in shown


def draw(look, home, method, size="4", **fields):
    app = look(home, MANAGER, "samples", draw=method)
    app.radio(key="draw_method").set_value(method)
    for name, value in {"size": size, "seed": "invented words", **fields}.items():
        app.text_input(key=f"draw_{name}").set_value(value)
    return press(app, "Draw")


@pytest.mark.parametrize(("method", "said"), [("money", "Basic precision"), ("attribute", "Of these, not supported as claimed 1")])
def test_a_sample_is_drawn_examined_and_says_what_was_found_and_no_more(look, home, method, said):
    app = draw(look, home, method)
    assert "Sample 1 is drawn: 4 of" in notice(app)
    (sample,) = samples.all_samples(home, OTHER)
    app = look(home, MANAGER, "samples", sample="1")
    assert "4 of 4 claims of sample 1 are not examined yet: a sample with gaps says nothing." in words(app)
    for left in (4, 3, 2, 1):
        one = next(one for one in samples.get(home, OTHER, 1).claims if one.supported is None)
        app.selectbox(key=f"examine_claim_1_{left}").set_value(f"{one.source}|{one.claim_id}")
        app.text_input(key=f"examine_pounds_1_{left}").set_value("0" if left == 4 else f"{one.net}")
        app = press(app, "Note it")
    shown = words(app)
    assert said in shown and "What it does not say." in shown and "Upper limit at confidence 0.95" in shown
    told = dict(row for row in table(app, "What sample 1 says"))
    assert told["Proposed to be recovered"] == told["Found: claimed and not supported in the claims examined"] == pounds(float(sample.claims[0].net))
    assert 'data-recovery="found"' in body(app) and "is never recovered" in shown


def test_what_a_draw_lacks_is_said_and_a_size_is_worked_out_of_what_is_tolerable(look, home):
    assert "give a seed" in notice(draw(look, home, "money", seed=" "))
    assert "below what is tolerable" in notice(draw(look, home, "money", size="", expected="0.05"))
    assert samples.all_samples(home, OTHER) == []
    draw(look, home, "money", size="", tolerable="0.05", expected="0")
    assert [one.size for one in samples.all_samples(home, OTHER)] == [60]


def test_only_contract_managers_draw_and_nobody_sees_the_samples_of_other_contracts(look, home):
    draw(look, home, "attribute")
    for role in (APPROVER, "auditor"):
        app = look(home, role, "samples", sample="1")
        assert "a contract manager of the contract draws it" in words(app) and "examines it" in words(app)
        assert not [one for one in app.button if one.label in ("Draw", "Note it")] and [one["Examined"] for one in lists(app)["Claim"]] == ["No"] * 4 and [one["Claims in it"] for one in lists(app)["Sample"]] == [4]
    elsewhere = Reader("Invented Elsewhere", (Grant(MANAGER, "provider", "birch"),))
    assert samples.all_samples(home, elsewhere) == []
    assert "Payment cases and samples are not for" in words(look(home, "analyst", "samples"))


def test_signals_say_what_is_unusual_beside_all_providers_with_the_limits_and_what_chance_gives(opened, home):
    app = opened(home, "audit", provider="aster")
    said = words(app)
    figures = {row[0]: row for row in table(app, "Flagged, of those looked at")}
    everybody = sum(invented._claim_tests()["rule_id"] == "R20")
    # The base is what the rule was tested on, and not every claim.
    assert figures["R20, Aster Invented Resettlement"][2:4] == ["13", "52"] and figures["R50, Aster Invented Resettlement"][2:4] == ["1", "4"]
    assert figures["R20, all providers"][2:4] == [f"{everybody}", f"{4 * everybody}"] and "to" in figures["R20, all providers"][8]
    assert figures["R51, Aster Invented Resettlement"][2:4] == ["1", "4"]
    limits = {row[0][:3]: row for row in table(app, "Limits, and how many were looked at")}
    assert limits["R51"][3:] == ["4", "1", "0.00"] and limits["R50"][3:5] == ["4", "1"]
    assert "20 records: 8; 50 records: 14; 100 records: 21." in said and "never a finding of fraud" in said
    assert table(app, "2 of 2 days and years of authors")[1][5] == "14 on days off"


def test_authors_are_for_named_readers_only(look, home):
    app = look(home, MANAGER, "audit")
    assert "Which authors these are is for named readers only." in words(app) and "author-of-" not in body(app)


def test_each_payment_rule_says_what_it_asks_why_and_how_it_is_resolved(opened, home):
    said = words(opened(home, "definitions"))
    assert "R01 Invented rule R01 Is it as R01 asks? Invented: it is not as R01 asks. Why: Invented motive. Document: Invented document of 2016." in said
    assert "How to resolve: Invented: ask. Class E (condition), severity S1 (withhold or recover). Tables needed: provider__plan, provider__contact. Day tested: task date." in said


def test_of_a_provider_whose_authors_nobody_looked_at_nothing_is_said_and_the_page_is_whole(look, tmp_path, monkeypatch):
    every = invented._contract_tests
    monkeypatch.setattr(invented, "_contract_tests", lambda providers: every(providers).query("not (provider == 'birch' and rule_id in ('R50', 'R52'))"))
    invented.publish(tmp_path)
    app = look(tmp_path, "auditor", "audit", provider="birch")
    limits = {row[0][:3]: row[3:5] for row in table(app, "Limits, and how many were looked at")}
    # Of all providers some are flagged.
    assert limits["R50"] == limits["R52"] == ["[x]", "[x]"] and limits["R51"] == ["4", "1"]
    assert "author-of-" not in body(app) and "The account" in words(app)


def test_a_step_that_somebody_takes_is_seen_at_once_by_whoever_has_looked_before_and_each_look_is_in_the_access_record(look, home):
    mine, audits = look(home, MANAGER), look(home, "auditor")
    before = len(uses(home))
    looks = lambda: [(one["role"][:7], one["rows"]) for one in uses(home)[before:] if "payment_case" in one.get("tables", [])]  # noqa: E731
    mine.run()
    mine.run()
    # What is kept is looked at as what is read anew.
    assert looks() == [("contrac", 17)] * 2
    casework.query(home, OTHER, of_claim(home).case_id, "please show the record", invented.datetime(2026, 11, 27, 9), "another", casework.bank_holidays())
    every = len(case_records.all_cases(home))
    for app, many in ((mine.run(), 17), (audits.run(), every)):
        assert f"{many - 1} are open and 1 with the provider" in words(app) and table(app, "Cases by state")[1][:2] == ["The provider is asked", "1"]
    assert looks()[2:] == [("contrac", 17), ("auditor", every)]


def test_cases_are_read_while_another_page_is_laid_out_for_whoever_may_see_them(opened, home):
    def read() -> tuple[int, ...]:
        for one in threading.enumerate():
            if one.name == "payment cases":
                one.join()
        return payment._standing(str(home), None)._written

    opened(home, "start", **{"as": "analyst"})
    assert read() == ()
    opened(home, "start", **{"as": MANAGER})
    assert read() == case_records.written(home) > (0, 0, 0, 0)


def test_where_an_earlier_store_is_put_back_its_cases_are_shown_and_none_of_what_came_after(look, home):
    mine = look(home, MANAGER)
    kept = (home / "decisions.sqlite").read_bytes()
    casework.query(home, OTHER, of_claim(home).case_id, "please show the record", invented.datetime(2026, 11, 27, 9), "another", casework.bank_holidays())
    assert "16 are open and 1 with the provider" in words(mine.run())
    (home / "decisions.sqlite").write_bytes(kept)
    assert "17 are open and 0 with the provider" in words(mine.run())
