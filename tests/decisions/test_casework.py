"""Cases in the store: what runs and people make of them, on SQLite and on PostgreSQL."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decisions import case_list, case_records, casework, store
from decisions.case_run import Credit
from decisions.cases import STATES, Refused
from decisions.casework import Filter
from edition.access import NotRecorded
from edition.rights import Grant, Reader
from tests.decisions.casework import (
    APPROVER,
    AS_OF,
    AT,
    AUDITOR,
    BOTH,
    CONTRACT,
    DUE,
    ELSEWHERE,
    EXTENDED,
    HOLIDAYS,
    MANAGER,
    SOURCE,
    case,
    decide,
    fail,
    key,
    of_subject,
    propose,
    query,
    results,
    run,
)  # fmt: skip

LATER = AT + dt.timedelta(days=30)


def reversal(ref: str, amount: str, claim: str = "C1") -> Credit:
    return Credit("reversal", ref, Decimal(amount), SOURCE, claim)


def states(home) -> dict[str, str]:
    return {f"{one.claim_id or one.subject} {one.rule_id}": one.state for one in case_records.all_cases(home)}


def test_a_run_opens_a_case_for_each_entitlement_that_fails_and_each_quality_rule_with_money(home):
    quality = fail("C1", "R20", "0", class_="Q", severity="S3")
    paid_for = fail("C2", "R20", "40.00", class_="Q", severity="S3")
    outcome = fail("C1", "R65", "0", class_="O", severity="S4")
    level = of_subject("TTG-1|PLAN5|2023-04", "R54", "service_level")
    assert run(home, results(fail(), quality, paid_for, outcome, level)) == {"open": 3}
    assert states(home) == {"C1 R41": "open", "C2 R20": "open", "TTG-1|PLAN5|2023-04 R54": "open"}


def test_two_providers_that_use_one_claim_id_have_two_cases(home):
    other = fail(source="provider_mentoria", contract_id="TTG-2", provider="mentoria")
    assert run(home, results(fail(), other)) == {"open": 2}
    mine, theirs = case_records.all_cases(home)
    casework.query(home, MANAGER, mine.case_id, "show it", AT, key(), HOLIDAYS)
    assert run(home, results(fail())) == {"closed: not_tested": 1}
    assert [one.state for one in case_records.all_cases(home)] == ["queried", "closed"]


def test_the_same_run_again_and_a_run_that_finds_nothing_new_change_nothing(home):
    said = results(fail(), fail("C2"))
    assert run(home, said, run_id="first") == run(home, said, run_id="first") == {"open": 2}
    assert run(home, said) == {} and len(case_records.all_cases(home)) == 2


def test_a_home_in_which_nothing_fails_gets_no_store(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    assert run(tmp_path / "home", results(tested=("C1",))) == {} and not (tmp_path / "home").exists()


def test_an_edition_of_an_earlier_day_changes_no_case(home):
    run(home, results(fail()))
    with pytest.raises(Refused, match="they stand as of a later day"):
        run(home, results(tested=("C1",)), as_of=AS_OF - dt.timedelta(days=1))
    assert case(home).state == "open"


def test_what_passes_now_is_cured_what_is_no_longer_tested_is_closed_and_what_nobody_can_test_stays(home):
    run(home, results(fail("C1"), fail("C2"), fail("C3"), fail("C4", "R13")))
    said = results(tested=("C1", "C3", "C4"), untestable={(SOURCE, "C3", "", "R41")}, rules=("R41",))
    assert run(home, said) == {"closed: cured": 1, "closed: not_tested": 2}
    assert states(home) == {"C1 R41": "closed", "C2 R41": "closed", "C3 R41": "open", "C4 R13": "closed"}


def test_two_persons_uphold_a_query_once_it_is_due_and_each_step_says_what_it_rests_on(home):
    run(home, results(fail()))
    queried = query(home)
    assert (queried.state, queried.due_on) == ("queried", DUE)
    with pytest.raises(Refused, match="until 2023-05-24"):
        propose(home, "upheld", amount="71.20")
    upheld = decide(home, "upheld", at=LATER, amount="60.00")
    assert (upheld.state, upheld.amount, upheld.proposed_by, upheld.approved_by) == ("upheld", Decimal("60.00"), MANAGER.person, APPROVER.person)
    with store._engine(home).connect() as con:
        rows = con.execute(sa.text("select rule_version, input_hash, as_of, at_risk_pence, amount_pence from case_step order by step_no")).all()
    assert [(row.rule_version, row.input_hash, str(row.as_of), row.at_risk_pence, row.amount_pence) for row in rows] == [
        (1, fail().input_hash, "2023-04-30", 7120, amount) for amount in (0, 0, 6000)
    ]


def test_whoever_proposed_does_not_approve_and_only_people_of_the_contract_do_either(home):
    run(home, results(fail()))
    number = case(home).case_id
    mine = casework.propose(home, BOTH, number, "upheld", AT, key(), amount=Decimal("1.00"), reason="no record")
    with pytest.raises(Refused, match="nobody approves what they proposed themselves"):
        casework.approve(home, BOTH, mine.proposal_id, AT, key())
    shouting = replace(BOTH, person="BOTH.invented@example.org")
    with pytest.raises(Refused, match="nobody approves"):
        casework.approve(home, shouting, mine.proposal_id, AT, key())
    for reader in (MANAGER, AUDITOR, ELSEWHERE):
        with pytest.raises(Refused, match="for an approver of the contract"):
            casework.approve(home, reader, mine.proposal_id, AT, key())
    for reader in (APPROVER, AUDITOR, ELSEWHERE):
        with pytest.raises(Refused, match="contract manager of the contract"):
            casework.propose(home, reader, number, "upheld", AT, key(), amount=Decimal("1.00"), reason="no record")
        with pytest.raises(Refused, match="contract manager of the contract"):
            casework.query(home, reader, number, "why", AT, key(), HOLIDAYS)
    assert case(home).state == "open"
    assert casework.approve(home, APPROVER, mine.proposal_id, AT, key()).state == "upheld"


def test_the_same_request_again_changes_nothing_and_its_key_serves_no_other(home):
    run(home, results(fail(), fail("C2")))
    number = case(home).case_id
    asked = {"amount": Decimal("5.00"), "reason": "no record"}
    first = casework.propose(home, MANAGER, number, "upheld", AT, "one", **asked)
    assert casework.propose(home, MANAGER, number, "upheld", AT, "one", **asked) == first
    approved = casework.approve(home, APPROVER, first.proposal_id, AT, "two")
    assert casework.approve(home, APPROVER, first.proposal_id, LATER, "two") == approved
    with pytest.raises(Refused, match="used for another request"):
        casework.propose(home, MANAGER, case(home, "C2").case_id, "upheld", AT, "one", **asked)
    with pytest.raises(Refused, match="a key of its own"):
        casework.query(home, MANAGER, case(home, "C2").case_id, "why", AT, "run/first/2", HOLIDAYS)


def test_a_proposal_waits_for_nobody_once_another_was_made_or_what_it_rests_on_is_another(home):
    run(home, results(fail()))
    older = propose(home, "upheld", amount="71.20")
    newer = propose(home, "upheld", amount="60.00")
    with pytest.raises(Refused, match="waits for nobody"):
        casework.approve(home, APPROVER, older.proposal_id, AT, key())
    run(home, results(fail(at_risk="50.00")))
    with pytest.raises(Refused, match="waits for nobody"):
        casework.approve(home, APPROVER, newer.proposal_id, AT, key())
    assert case_records.proposals(home) == [] and case(home).state == "open"


def test_reversals_that_come_to_the_most_that_any_case_of_the_claim_upholds_credit_all_of_them(home):
    both = fail(), fail(rule="R13", at_risk="40.00")
    run(home, results(*both))
    decide(home, "upheld", amount="71.20")
    decide(home, "upheld", rule="R13", amount="40.00")
    part = [fail(at_risk="31.20"), fail(rule="R13", at_risk="31.20")]
    assert run(home, results(*part, credits=(reversal("C1-R1", "40.00"),))) == {}
    whole = (reversal("C1-R1", "40.00"), reversal("C1-R2", "31.20"))
    assert run(home, results(credits=whole)) == {"credited: recovered": 2}
    assert run(home, results(credits=whole)) == {"closed: credited": 2}
    assert run(home, results(credits=whole)) == {}


def test_a_reversal_from_before_the_decision_is_in_what_was_at_risk_and_pays_for_nothing_more(home):
    before = (reversal("C1-R0", "71.20"),)
    run(home, results(fail(), credits=before))
    decide(home, "upheld", amount="71.20")
    assert run(home, results(fail(), credits=before)) == {} and case(home).state == "upheld"


def test_a_payment_back_credits_and_no_credit_serves_two_claims(home):
    run(home, results(fail(), fail("C2")))
    for claim in ("C1", "C2"):
        decide(home, "upheld", claim, amount="71.20")
    back = Credit("payment", "P-9", Decimal("71.20"), SOURCE, "C1")
    assert run(home, results(fail(), fail("C2"), credits=(back, replace(back, claim_id="C2")))) == {"credited: recovered": 1}
    assert states(home) == {"C1 R41": "credited", "C2 R41": "upheld"}
    with pytest.raises(sa.exc.DBAPIError), store._engine(home).begin() as con:
        con.exec_driver_sql(
            f"insert into case_credit (credit_id, kind, ref, source, claim_id, amount_pence, run_no) values (99, 'payment', 'P-9', '{SOURCE}', 'C2', 7120, 1)"
        )


def test_a_credit_line_credits_a_service_level(home):
    level = of_subject("TTG-1|PLAN5|2023-04", "R54", "service_level")
    run(home, results(level))
    decide(home, "upheld", level.subject, "R54", amount="37.50")
    line = Credit("credit_line", "TTG-1|2023-04|PLAN5@3750", Decimal("37.50"), subject=level.subject)
    assert run(home, results(credits=(line,))) == {"credited: recovered": 1}


@pytest.mark.parametrize("state", ["explained", "upheld", "credited", "closed"])
def test_a_changed_input_that_changes_money_opens_a_case_again_and_the_old_decision_holds_until_the_new(home, state):
    run(home, results(fail()))
    if state in ("upheld", "credited"):
        decide(home, "upheld", amount="50.00")
        credits = (Credit("payment", "P-1", Decimal("50.00"), SOURCE, "C1"),) if state == "credited" else ()
        run(home, results(fail(), credits=credits))
    else:
        decide(home, "explained")
        if state == "closed":
            run(home, results(fail()))
    assert case(home).state == state
    same_money = fail(input_hash="the same work, written in another hand")
    assert run(home, results(same_money)) in ({}, {f"closed: {state}": 1})
    held = case(home).amount
    assert run(home, results(fail(at_risk="60.00"))) == {"open: changed": 1}
    assert (case(home).state, case(home).at_risk, case(home).amount) == ("open", Decimal("60.00"), held)
    assert held == (Decimal("50.00") if state in ("upheld", "credited") else 0)
    decide(home, "explained")
    assert case(home).amount == 0


def test_a_case_that_was_cured_is_opened_again_and_not_made_anew(home):
    run(home, results(fail()))
    run(home, results(tested=("C1",)))
    assert run(home, results(fail())) == {"open: changed": 1}
    assert [one.step_no for one in case_records.all_cases(home)] == [3]


def test_what_was_upheld_and_passes_now_is_opened_again_before_it_is_cured(home):
    run(home, results(fail()))
    decide(home, "upheld", amount="71.20")
    assert run(home, results(tested=("C1",))) == {"open: changed": 1} and case(home).amount == Decimal("71.20")
    assert run(home, results(tested=("C1",))) == {"closed: cured": 1} and case(home).amount == 0


def test_two_persons_close_what_never_came_back_and_open_again_what_they_closed(home):
    run(home, results(fail()))
    decide(home, "upheld", amount="71.20")
    decide(home, "closed", amount="71.20", reason="not_recovered")
    assert case_records.upheld_totals(case_records.all_cases(home)) == {(SOURCE, "C1", ""): 0}
    assert decide(home, "open", reason="the provider has paid after all").state == "open"


def test_a_query_is_given_more_time_once_answered_late_and_marked_where_nobody_answers(home):
    run(home, results(fail(), fail("C2")))
    number = query(home).case_id
    query(home, "C2")
    assert casework.extend(home, MANAGER, number, "staff on leave", AT, "more", HOLIDAYS).due_on == EXTENDED
    assert casework.extend(home, MANAGER, number, "staff on leave", AT, "more", HOLIDAYS).due_on == EXTENDED
    with pytest.raises(Refused, match="once"):
        casework.extend(home, MANAGER, number, "staff on leave", AT, key(), HOLIDAYS)
    run(home, results(fail(), fail("C2")), at=dt.datetime(2023, 5, 25, 3, 0))
    assert not case(home).is_unanswered and case(home, "C2").is_unanswered
    run(home, results(fail(), fail("C2")), at=LATER + dt.timedelta(days=10))
    assert case(home).is_unanswered and states(home) == {"C1 R41": "queried", "C2 R41": "queried"}
    casework.answer(home, MANAGER, number, "the record was kept elsewhere", "E-1", LATER + dt.timedelta(days=11), "late")
    with store._engine(home).connect() as con:
        assert con.execute(sa.text("select is_late from case_mark where kind = 'answer'")).scalar_one() in (1, True)
    assert case(home).has_answer


def test_what_was_upheld_is_disputed_once_whatever_becomes_of_it(home):
    run(home, results(fail()))
    number = decide(home, "upheld", amount="71.20").case_id
    assert casework.dispute(home, MANAGER, number, "the rate was agreed by letter", AT + dt.timedelta(days=20), key(), HOLIDAYS).state == "upheld"
    decide(home, "open", reason="disputed", at=LATER)
    decide(home, "upheld", amount="71.20", at=LATER)
    with pytest.raises(Refused, match="disputed once"):
        casework.dispute(home, MANAGER, number, "again", LATER, key(), HOLIDAYS)


def test_a_step_in_bulk_reaches_what_the_preview_counted_or_nothing(home):
    run(home, results(fail("C1"), fail("C2"), fail("C3", at_risk="5.00"), fail("C4", contract_id="TTG-2", provider="mentoria")))
    wanted = Filter("R41", least=Decimal("10.00"))
    seen = casework.preview(home, MANAGER, wanted)
    assert (seen.count, seen.pounds) == (2, Decimal("142.40"))
    asked = {"reason": "no record of the work"}
    run(home, results(fail("C1"), fail("C2", at_risk="60.00"), fail("C3", at_risk="5.00"), fail("C4", contract_id="TTG-2", provider="mentoria")))
    with pytest.raises(Refused, match="not those that the preview counted"):
        casework.propose_bulk(home, MANAGER, wanted, seen.frame_hash, "upheld", AT, "bulk", **asked)
    seen = casework.preview(home, MANAGER, wanted)
    for _ in range(2):
        assert casework.propose_bulk(home, MANAGER, wanted, seen.frame_hash, "upheld", AT, "bulk", **asked) == 2
    waiting = casework.preview_proposals(home, APPROVER, Filter("R41"))
    assert (waiting.count, waiting.pounds) == (2, Decimal("131.20"))
    assert casework.preview_proposals(home, BOTH, Filter("R41")).count == 2 and casework.preview_proposals(home, ELSEWHERE, Filter("R41")).count == 0
    with pytest.raises(Refused, match="what waits is not"):
        casework.approve_bulk(home, APPROVER, Filter("R41"), seen.frame_hash, AT, "approved")
    for _ in range(2):
        assert casework.approve_bulk(home, APPROVER, Filter("R41"), waiting.frame_hash, AT, "approved") == 2
    assert states(home) == {"C1 R41": "upheld", "C2 R41": "upheld", "C3 R41": "open", "C4 R41": "open"}


def test_a_provider_is_asked_about_all_cases_of_a_preview_at_once_or_about_none(home):
    run(home, results(fail("C1"), fail("C2"), fail("C3", contract_id="TTG-2", provider="mentoria")))
    seen = casework.preview(home, MANAGER, Filter("R41", state="open"))
    for _ in range(2):
        assert casework.query_bulk(home, MANAGER, Filter("R41", state="open"), seen.frame_hash, "show the record", AT, "asked", HOLIDAYS) == seen.count == 2
    assert states(home) == {"C1 R41": "queried", "C2 R41": "queried", "C3 R41": "open"}
    assert {one.due_on for one in case_records.all_cases(home) if one.state == "queried"} == {DUE}
    with pytest.raises(Refused, match="not those that the preview counted"):
        casework.query_bulk(home, MANAGER, Filter("R41", state="open"), seen.frame_hash, "show the record", AT, key(), HOLIDAYS)


def test_one_case_that_may_not_take_the_step_holds_up_the_whole_bulk(home):
    run(home, results(fail("C1"), fail("C2", is_changed_since=True)))
    seen = casework.preview(home, MANAGER, Filter("R41"))
    with pytest.raises(Refused, match="nothing was done, for case 2 says: it passed on what was known"):
        casework.propose_bulk(home, MANAGER, Filter("R41"), seen.frame_hash, "upheld", AT, key(), reason="no record")
    assert case_records.proposals(home) == []


def test_a_preview_names_nobody(home):
    run(home, results(of_subject("2019-Q3/TTG-1|INVENTED-PERSON", "R63", "cohort_person")))
    assert "INVENTED" not in repr(casework.preview(home, MANAGER, Filter("R63")))


def test_a_decision_is_in_the_access_record_before_it_is_kept_and_not_kept_where_it_cannot_be(home):
    run(home, results(fail()))
    decide(home, "upheld", amount="71.20")
    entries = [json.loads(line) for line in (home / "access.log").read_text().splitlines()]
    assert [(one["user"], one["casework"].get("approved") or one["casework"].get("proposed")) for one in entries] == [
        (MANAGER.person, "upheld"), (APPROVER.person, "upheld"),
    ]  # fmt: skip
    (home / "access.head").write_text("9 " + "0" * 64)
    with pytest.raises(NotRecorded):
        propose(home, "open", reason="disputed")
    assert case_records.proposals(home) == []


def test_notice_of_an_audit_is_given_by_those_of_the_contract_for_a_period_or_for_days(home):
    said = (CONTRACT, "inventia", AT)
    assert casework.give_notice(home, MANAGER, *said, "one", period="2023-04") == casework.give_notice(home, MANAGER, *said, "one", period="2023-04") == 1
    assert casework.give_notice(home, MANAGER, *said, "two", from_date=AS_OF, to_date=AS_OF) == 2
    for reader in (APPROVER, AUDITOR, ELSEWHERE):
        with pytest.raises(Refused, match="contract manager"):
            casework.give_notice(home, reader, *said, key(), period="2023-04")
    for wrong in ({}, {"period": "2023-04", "from_date": AS_OF, "to_date": AS_OF}, {"from_date": AS_OF}, {"from_date": DUE, "to_date": AS_OF}):
        with pytest.raises(Refused, match="name the period"):
            casework.give_notice(home, MANAGER, *said, key(), **wrong)


STEP = """insert into case_step (step_id, case_id, step_no, from_state, to_state, run_no, finding_id, rule_version, input_hash, as_of, at_risk_pence,
    amount_pence, reason, evidence, due_on, proposed_by, approved_by, proposal_id, made_at, client_key)
    values ({step_id}, 1, {step_no}, '{from_state}', '{to_state}', 1, {finding_id}, 1, '{input_hash}', '2023-04-30', {at_risk}, {amount}, '{reason}',
    '{evidence}', {due_on}, '{proposed_by}', {approved_by}, {proposal_id}, '2023-05-10 14:05:00', '{client_key}')"""
GOOD = {
    "step_id": 90, "step_no": 2, "from_state": "open", "to_state": "upheld", "finding_id": 1, "input_hash": fail().input_hash, "at_risk": 7120,
    "amount": 7120, "reason": "no record", "evidence": "", "due_on": "null", "proposed_by": MANAGER.person, "approved_by": f"'{APPROVER.person}'",
    "proposal_id": 1, "client_key": "by hand",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"approved_by": f"'{MANAGER.person}'"}, {"approved_by": "''"}, {"approved_by": "null"}, {"approved_by": f"'{MANAGER.person.upper()}'"},
        {"approved_by": f"' {MANAGER.person}'"}, {"proposed_by": ""}, {"proposed_by": "", "approved_by": "''", "proposal_id": "null"},
        {"proposed_by": "somebody.else@example.org"}, {"proposal_id": "null"}, {"proposal_id": 2}, {"amount": 0}, {"amount": -1}, {"amount": 7121},
        {"amount": 7119}, {"amount": 9000, "at_risk": 9000}, {"step_no": 3}, {"step_no": 1}, {"from_state": "queried"}, {"from_state": "closed"},
        {"to_state": "credited"}, {"to_state": "closed", "reason": "not_recovered"}, {"to_state": "explained", "evidence": "a letter"},
        {"to_state": "credited", "proposed_by": "", "approved_by": "''", "proposal_id": "null"}, {"client_key": ""}, {"finding_id": 2},
        {"to_state": "queried", "approved_by": "''", "proposal_id": "null"},
    ],
    ids=str,
)  # fmt: skip
def test_no_statement_of_one_person_decides(home, wrong):
    run(home, results(fail()))
    propose(home, "upheld", amount="71.20")
    before = case_records.all_cases(home)
    with pytest.raises(sa.exc.DBAPIError), store._engine(home).begin() as con:
        con.exec_driver_sql(STEP.format(**GOOD | wrong))
    assert case_records.all_cases(home) == before
    # As it should be it is taken, so that it is what is wrong that was refused.
    with store._engine(home).begin() as con:
        con.exec_driver_sql(STEP.format(**GOOD))
    assert case(home).state == "upheld"


@pytest.mark.parametrize(
    "statement",
    [
        "update case_step set approved_by = 'another'", "delete from case_step", "update payment_case set provider = 'another'", "delete from case_proposal",
        "update case_finding set at_risk_pence = 999900", "update case_credit set claim_id = 'C2'", "delete from audit_notice", "update case_run set edition_id = 'x'",
        "insert into payment_case (case_id, source, claim_id, subject_kind, rule_id, contract_id, provider) values (9, 'provider_inventia', 'C1', 'claim', 'R41', '', '')",
        "insert into payment_case (case_id, subject, subject_kind, rule_id, contract_id, provider) values (9, 'S', 'claim', 'R41', '', '')",
        "insert into payment_case (case_id, claim_id, subject_kind, rule_id, contract_id, provider) values (9, 'C9', 'claim', 'R41', '', '')",
        "insert into payment_case (case_id, source, claim_id, subject_kind, rule_id, contract_id, provider) values (9, 'p', 'C9', 'claim', 'R54', '', '')",
    ],
)  # fmt: skip
def test_no_statement_changes_what_was_written_or_makes_a_case_twice(home, statement):
    run(home, results(fail(), credits=(reversal("C1-R0", "1.00"),)))
    decide(home, "upheld", amount="71.20")
    casework.give_notice(home, MANAGER, CONTRACT, "inventia", AT, "one", period="2023-04")
    with pytest.raises(sa.exc.DBAPIError), store._engine(home).begin() as con:
        con.exec_driver_sql(statement)


def test_nothing_is_written_over_by_insert_or_replace(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    run(tmp_path, results(fail()))
    propose(tmp_path, "upheld", amount="71.20")
    replaced = STEP.format(**GOOD | {"step_id": 91, "step_no": 1, "from_state": "", "to_state": "open", "proposed_by": "", "approved_by": "''", "proposal_id": "null", "amount": 0})
    for statement in (replaced, replaced.replace("by hand", "run/x/1")):
        with pytest.raises(sa.exc.DBAPIError), store._engine(tmp_path).begin() as con:
            con.exec_driver_sql(statement.replace("insert into", "insert or replace into", 1))


PEOPLE = [MANAGER, APPROVER, BOTH, AUDITOR, ELSEWHERE, replace(BOTH, person="BOTH.invented@example.org")]
CALLS = st.one_of(
    st.tuples(st.just("run"), st.sampled_from(["same", "less", "pass", "gone", "back"])),
    st.tuples(st.just("query"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("propose"), st.sampled_from(PEOPLE), st.sampled_from(STATES), st.sampled_from(["0", "50.00", "71.20", "99.00"])),
    st.tuples(st.just("approve"), st.sampled_from(PEOPLE)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALLS, max_size=14))
def test_whatever_is_asked_in_whatever_order_nothing_that_needs_two_persons_was_done_by_one(tmp_path_factory, calls):
    home = tmp_path_factory.mktemp("paths") / "home"
    run(home, results(fail()))
    day = AT
    for what, *asked in calls:
        day += dt.timedelta(days=3)
        try:
            match what:
                case "run":
                    said = {
                        "same": results(fail()), "less": results(fail(at_risk="60.00")), "pass": results(tested=("C1",)), "gone": results(),
                        "back": results(fail(), credits=(Credit("payment", f"P-{day:%m%d}", Decimal("50.00"), SOURCE, "C1"),)),
                    }[asked[0]]  # fmt: skip
                    run(home, said, at=day)
                case "query":
                    casework.query(home, asked[0], 1, "why", day, key(), HOLIDAYS)
                case "propose":
                    reason = {"explained": "record_corrected", "closed": "not_recovered"}.get(asked[1], "looked into")
                    casework.propose(home, asked[0], 1, asked[1], day, key(), amount=Decimal(asked[2]), reason=reason, evidence="a letter")
                case "approve":
                    for proposal in case_records.proposals(home):
                        casework.approve(home, asked[0], proposal.proposal_id, day, key())
        except Refused:
            continue
    with store._engine(home).connect() as con:
        steps = con.execute(sa.text("select * from case_step order by step_no")).all()
        proposed = {row.proposal_id: row.proposed_by for row in con.execute(sa.text("select proposal_id, proposed_by from case_proposal"))}
    for before, step in zip([None, *steps], steps, strict=False):
        assert step.from_state == (before.to_state if before else "")
        needs_two = step.to_state in ("explained", "upheld") or (step.proposed_by and step.to_state in ("open", "closed"))
        if needs_two:
            people = {step.proposed_by, step.approved_by}
            assert len(people) == 2 and people <= {"manager.invented@example.org", "approver.invented@example.org", "both.invented@example.org"}
            assert proposed[step.proposal_id] == step.proposed_by and step.approved_by != "manager.invented@example.org"
        if step.to_state == "upheld":
            assert 0 < step.amount_pence <= step.at_risk_pence
        if step.to_state == "credited":
            assert before.to_state == "upheld" and not step.proposed_by


def test_the_right_to_propose_for_a_provider_reaches_all_its_contracts_and_none_of_another(home):
    run(home, results(fail("C1"), fail("C2", contract_id="TTG-2", provider="mentoria"), fail("C3", contract_id="", provider="inventia")))
    reader = Reader("provider.invented@example.org", (Grant("contract_manager", "provider", "inventia"),))
    assert casework.preview(home, reader, Filter("R41")).count == 2
    assert casework.preview(home, AUDITOR, Filter("R41")).count == 0


def test_all_that_was_done_about_a_case_is_told_in_order(home):
    run(home, results(fail()))
    query(home)
    casework.answer(home, MANAGER, 1, "Explain: we were there", "letter of 9 May", AT + dt.timedelta(days=30), key())
    decide(home, "upheld", at=AT + dt.timedelta(days=31), amount="71.20")
    told = case_records.history(home, 1)
    assert [(one.kind, one.from_state, one.to_state, one.by, one.approved_by) for one in told] == [
        ("step", "", "open", "", ""), ("step", "open", "queried", MANAGER.person, ""), ("answer", "", "", MANAGER.person, ""),
        ("proposal", "", "upheld", MANAGER.person, ""), ("step", "queried", "upheld", MANAGER.person, APPROVER.person),
    ]  # fmt: skip
    assert (told[1].due_on, told[2].is_late, told[4].amount) == (DUE, True, Decimal("71.20"))
    assert case_records.history(home, 2) == []


def test_what_is_listed_of_many_cases_is_what_each_says_of_itself_and_what_was_written_since_is_all_that_changed(home):
    claims = [f"C{number}" for number in range(1, 8)]
    run(home, results(*map(fail, claims), of_subject("TTG-1|PLAN5|2023-04", "R54", "service_level"), fail("C9", is_changed_since=True)))
    for claim in claims[:4]:
        query(home, claim)
    casework.extend(home, MANAGER, case(home, "C1").case_id, "a holiday", AT, key(), HOLIDAYS)
    casework.answer(home, MANAGER, case(home, "C2").case_id, "Explain", "a letter", AT, key())
    casework.answer(home, MANAGER, case(home, "C3").case_id, "Explain", "a letter", AT + dt.timedelta(days=30), key())
    run(home, results(*map(fail, claims), fail("C9", is_changed_since=True)), at=AT + dt.timedelta(days=40), as_of=AS_OF + dt.timedelta(days=31))
    decide(home, "upheld", "C5", amount="71.20")
    casework.dispute(home, MANAGER, case(home, "C5").case_id, "they say so", AT, key(), HOLIDAYS)
    decide(home, "upheld", "C6", amount="50.00")
    decide(home, "closed", "C6", amount="50.00", reason="not_recovered")
    said = listed(home)
    every = case_records.all_cases(home)
    assert said == {one.case_id: of_case(one) for one in every}
    for flag in ("is_changed_since", "is_extended", "has_answer", "has_late_answer", "is_unanswered", "is_disputed"):
        assert {getattr(one, flag) for one in every} == {True, False}, flag
    assert {one.holds for one in every} == {Decimal("71.20"), Decimal(0)} and {one.amount for one in every} > {Decimal("50.00")}
    written = case_records.written(home)
    assert listed(home, written) == {}
    decide(home, "explained", "C7")
    assert listed(home, written) == {case(home, "C7").case_id: of_case(case(home, "C7"))} and case_records.written(home) > written


def test_a_list_has_each_id_as_it_was_delivered_whatever_signs_are_in_it_also_of_cases_that_are_read_some_at_a_time(home, monkeypatch):
    claims = ["007", "1e5", 'a "claim", said', '"', "two\nlines\r\n", "50% of %s", "C:\\new,", "NA", "null", " C ", "é\u2028", "true", "2024-01-01", "'"]
    monkeypatch.setattr(case_list, "_AT_ONCE", 3)
    run(home, results(*map(fail, claims), of_subject('TTG-1|"PLAN5",|2023-04', "R54", "service_level")))
    assert listed(home) == {one.case_id: of_case(one) for one in case_records.all_cases(home)}
    assert {one[2] for one in listed(home).values()} == {*claims, ""}


def listed(home, since: tuple[int, ...] = ()) -> dict[int, tuple]:
    found = case_list.listed_since(home, since)
    assert list(found["case_id"]) == sorted(found["case_id"])
    return {row.case_id: tuple(row._replace(due_on=None if pd.isna(row.due_on) else row.due_on.date())) for row in found.itertuples(index=False)}


def of_case(one: case_records.Case) -> tuple:
    return tuple(case_records.in_pence(said) if isinstance(said := getattr(one, name), Decimal) else said for name in case_list.LISTED)
