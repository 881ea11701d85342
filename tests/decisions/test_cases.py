"""What may become of a case, by whom, and by when: the table (definition: payment_case), and nothing beside it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from decisions import cases
from decisions.cases import STATES, THE_RUN, Move, Refused, Standing
from tests.decisions.casework import DUE, EXTENDED, HOLIDAYS

DAY = dt.date(2023, 5, 10)
AT_RISK = Decimal("71.20")


def move(to_state: str, **changed) -> Move:
    reason = {"explained": "record_corrected", "closed": "not_recovered"}.get(to_state, "looked into")
    amount = AT_RISK if to_state in ("upheld", "closed") else Decimal(0)
    return replace(Move(to_state, DUE, "one", "another", amount=amount, reason=reason, evidence="a letter"), **changed)


def standing(state: str) -> Standing:
    return Standing(state, AT_RISK, due_on=DUE, amount=AT_RISK, decided_on=DAY)


def is_allowed(case: Standing, wanted: Move) -> bool:
    try:
        cases.must_be_allowed(case, wanted)
    except Refused:
        return False
    return True


# The table, written out a second time: from, to, by the run, one person, two persons.
TABLE = {
    ("", "open"): {"run"}, ("open", "queried"): {"one"},
    ("open", "explained"): {"two"}, ("queried", "explained"): {"two"}, ("open", "upheld"): {"two"}, ("queried", "upheld"): {"two"},
    ("upheld", "credited"): {"run"}, ("explained", "closed"): {"run"}, ("credited", "closed"): {"run"}, ("upheld", "closed"): {"two"},
    ("open", "closed"): {"run"}, ("queried", "closed"): {"run"},
    **{(state, "open"): {"run", "two"} for state in ("explained", "upheld", "credited", "closed")},
}  # fmt: skip


def test_every_step_is_taken_by_those_whom_the_table_names_and_by_nobody_else():
    for begin, end in product(("", *STATES), STATES):
        who = {"run": {"proposed_by": THE_RUN, "approved_by": "", "is_found": True}, "one": {"approved_by": ""}, "two": {}}
        allowed = {by for by, said in who.items() if is_allowed(standing(begin), move(end, **said))}
        assert allowed == TABLE.get((begin, end), set()), (begin, end)


def test_a_run_takes_no_step_whose_need_it_has_not_found():
    assert not is_allowed(standing("upheld"), move("credited", proposed_by=THE_RUN, approved_by=""))


@pytest.mark.parametrize(
    ("case", "changed", "told"),
    [
        ("open", {"to_state": "upheld", "amount": Decimal(0)}, "above 0 and at most what is at risk, £71.20"),
        ("open", {"to_state": "upheld", "amount": Decimal("71.21")}, "at most what is at risk"),
        ("open", {"to_state": "upheld", "amount": Decimal("-1")}, "above 0"),
        ("open", {"to_state": "explained", "reason": "it is fine"}, "the reason is one of evidence_supplied"),
        ("open", {"to_state": "explained", "evidence": " "}, "the evidence is needed"),
        ("upheld", {"to_state": "closed", "reason": "cured"}, "not_recovered only"),
        ("upheld", {"to_state": "closed", "amount": Decimal("71.21")}, "at most what was upheld"),
        ("closed", {"to_state": "open", "reason": ""}, "a reason is needed"),
        ("open", {"to_state": "upheld", "approved_by": "one"}, "nobody approves what they proposed themselves"),
        ("queried", {"to_state": "upheld", "on": DUE - dt.timedelta(days=1)}, "until 2023-05-24 to answer"),
        ("credited", {"to_state": "upheld"}, "a case that is credited cannot become upheld: it can become open"),
    ],
)
def test_what_a_step_lacks_is_said(case, changed, told):
    with pytest.raises(Refused, match=told):
        cases.must_be_allowed(standing(case), replace(move(changed["to_state"]), **changed))


@pytest.mark.parametrize("other", ["ONE@example.org", " one@example.org", "One@Example.org "])
def test_another_spelling_of_a_name_is_no_other_person(other):
    assert not is_allowed(standing("open"), move("upheld", proposed_by="one@example.org", approved_by=other))


def test_before_the_due_day_only_an_answer_lets_a_query_be_upheld():
    early = move("upheld", on=DUE - dt.timedelta(days=1))
    assert is_allowed(replace(standing("queried"), has_answer=True), early)
    assert is_allowed(standing("queried"), move("upheld", on=DUE))
    assert is_allowed(standing("queried"), move("explained", on=DUE - dt.timedelta(days=9)))


def test_what_passed_when_it_was_claimed_is_upheld_only_after_a_query():
    assert not is_allowed(replace(standing("open"), is_changed_since=True), move("upheld"))
    assert is_allowed(replace(standing("queried"), is_changed_since=True), move("upheld"))


def test_an_answer_is_due_on_the_tenth_working_day_and_is_given_ten_more_once():
    assert cases.due_day(DAY, HOLIDAYS) == DUE
    queried = Standing("queried", AT_RISK, due_on=DUE)
    # 29 May is a bank holiday.
    assert cases.extended_due_day(queried, DUE, HOLIDAYS) == EXTENDED
    assert cases.extended_due_day(queried, DUE, set()) == EXTENDED - dt.timedelta(days=1)
    for refused, on in ((replace(queried, is_extended=True), DUE), (queried, DUE + dt.timedelta(days=1)), (standing("open"), DUE)):
        with pytest.raises(Refused):
            cases.extended_due_day(refused, on, HOLIDAYS)


def test_working_days_begin_the_day_after_whatever_day_it_is():
    friday, saturday, monday = dt.date(2023, 5, 5), dt.date(2023, 5, 6), dt.date(2023, 5, 8)
    assert cases.working_day_after(friday, 1, set()) == cases.working_day_after(saturday, 1, set()) == monday
    assert cases.working_day_after(friday, 1, {monday}) == dt.date(2023, 5, 9)


def test_what_is_upheld_is_disputed_once_within_twenty_working_days():
    last = dt.date(2023, 6, 8)
    cases.must_be_disputable(standing("upheld"), last, HOLIDAYS)
    for refused, on in ((standing("upheld"), last + dt.timedelta(days=1)), (replace(standing("upheld"), is_disputed=True), last), (standing("open"), last)):
        with pytest.raises(Refused):
            cases.must_be_disputable(refused, on, HOLIDAYS)
