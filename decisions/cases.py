"""What may become of a payment case, by whom, and what it needs (definition: payment_case). Nothing here reads or keeps anything.

A case is of a claim, named by its source and claim id, and a rule; or of a subject and one of the rules without a claim. The run opens it, an
auditor queries it, one person proposes what it comes to and another approves. Days are dates; pounds Decimal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from decisions.store import DecisionError

OPEN, QUERIED, EXPLAINED, UPHELD, CREDITED, CLOSED = STATES = ("open", "queried", "explained", "upheld", "credited", "closed")
# What stands in place of a person where the run takes a step.
THE_RUN = ""
CONTRACT_RULES = ("R54", "R55", "R63", "R64")
NOT_RECOVERED = "not_recovered"
FAIL, PASS, NOT_TESTED = "fail", "pass", "not_tested"

# From, to: by the run, by one person, by two.
_RUN = {
    ("", OPEN), (UPHELD, CREDITED), (EXPLAINED, CLOSED), (CREDITED, CLOSED), (OPEN, CLOSED), (QUERIED, CLOSED),
    *((state, OPEN) for state in (EXPLAINED, UPHELD, CREDITED, CLOSED)),
}  # fmt: skip
_ONE = {(OPEN, QUERIED)}
_TWO = {
    *((state, verdict) for state in (OPEN, QUERIED) for verdict in (EXPLAINED, UPHELD)), (UPHELD, CLOSED),
    *((state, OPEN) for state in (EXPLAINED, UPHELD, CREDITED, CLOSED)),
}  # fmt: skip


class Refused(DecisionError):
    """A step that a case may not take. The text says why and what to do."""


@dataclass(frozen=True)
class Standing:
    """Where a case stands. `at_risk` and `result` are what the last run saw; `due_on` the day an answer is due, of a queried case; `amount` what
    was upheld; `is_changed_since`: it passed on what was known when it was claimed."""

    state: str
    at_risk: Decimal = Decimal(0)
    result: str = FAIL
    is_changed_since: bool = False
    due_on: date | None = None
    is_extended: bool = False
    has_answer: bool = False
    amount: Decimal = Decimal(0)
    decided_on: date | None = None
    is_disputed: bool = False


@dataclass(frozen=True)
class Move:
    """What is to become of a case. By the run where `proposed_by` is THE_RUN. `is_found`: what the step of the run needs is so."""

    to_state: str
    on: date
    proposed_by: str
    approved_by: str = ""
    amount: Decimal = Decimal(0)
    reason: str = ""
    evidence: str = ""
    is_found: bool = False


def must_be_allowed(case: Standing, move: Move) -> None:
    """Raises Refused for all that is not in the table (definition: payment_case)."""
    pair = (case.state, move.to_state)
    if move.proposed_by == THE_RUN:
        if pair not in _RUN or not move.is_found or move.approved_by:
            raise Refused(f"a run takes no case from {case.state or 'nothing'} to {move.to_state} by itself")
        return
    if pair in _ONE:
        if move.approved_by:
            raise Refused("a query needs one person only: it decides nothing")
        return
    must_be_proposable(case, move)
    if not move.approved_by:
        raise Refused(f"{case.state} to {move.to_state} needs two persons: another has to approve it")
    if one_person(move.approved_by, move.proposed_by):
        raise Refused("nobody approves what they proposed themselves: ask another approver")


def must_be_proposable(case: Standing, move: Move) -> None:
    """As `must_be_allowed`, of what one person proposes before another approves it."""
    pair = (case.state, move.to_state)
    if pair not in _TWO:
        raise Refused(f"a case that is {case.state or 'not there'} cannot become {move.to_state}: {_ways_on(case.state)}")
    if not move.proposed_by:
        raise Refused("who proposes is not known: sign in")
    if not move.reason:
        raise Refused("say why: a reason is needed")
    if move.to_state == EXPLAINED:
        if move.reason not in reasons():
            raise Refused(f"{move.reason!r} explains nothing: the reason is one of {', '.join(reasons())}")
        if not move.evidence.strip():
            raise Refused("say what explains it: the evidence is needed")
    if move.to_state == UPHELD:
        if not Decimal(0) < move.amount <= case.at_risk:
            raise Refused(f"the amount upheld is above 0 and at most what is at risk, £{case.at_risk:,.2f}")
        if case.is_changed_since and case.state == OPEN:
            raise Refused("it passed on what was known when it was claimed: query the provider first")
        if case.state == QUERIED and case.due_on and move.on < case.due_on and not case.has_answer:
            raise Refused(f"the provider has until {case.due_on} to answer, and has not: wait, or explain it")
    if pair == (UPHELD, CLOSED):
        if move.reason != NOT_RECOVERED:
            raise Refused(f"what was upheld is closed by hand as {NOT_RECOVERED} only; where the money comes back the run sees to it")
        if not Decimal(0) < move.amount <= case.amount:
            raise Refused(f"the amount not recovered is above 0 and at most what was upheld, £{case.amount:,.2f}")


def due_day(queried_on: date, holidays: Collection[date]) -> date:
    """When the answer to a query is due."""
    return working_day_after(queried_on, _days("answer"), holidays)


def extended_due_day(case: Standing, on: date, holidays: Collection[date]) -> date:
    """The day that a query is extended to. Raises Refused."""
    if case.state != QUERIED or case.due_on is None:
        raise Refused("only a query can be given more time")
    if case.is_extended:
        raise Refused("a query is given more time once, and this one was: decide it")
    if on > case.due_on:
        raise Refused(f"the answer was due on {case.due_on}: more time is given by that day")
    return working_day_after(case.due_on, _days("extension"), holidays)


def must_be_disputable(case: Standing, on: date, holidays: Collection[date]) -> None:
    """Raises Refused where a provider may not dispute what a case came to."""
    if case.state != UPHELD or case.decided_on is None:
        raise Refused("only what was upheld can be disputed")
    if case.is_disputed:
        raise Refused("a case is disputed once, and this one was")
    if on > (last := working_day_after(case.decided_on, _days("dispute"), holidays)):
        raise Refused(f"what was upheld on {case.decided_on} could be disputed until {last}")


def is_unanswered(case: Standing, on: date) -> bool:
    """Whether the due day of a query has gone by without an answer."""
    return case.state == QUERIED and case.due_on is not None and on > case.due_on and not case.has_answer


def working_day_after(day: date, number: int, holidays: Collection[date]) -> date:
    """The `number`-th working day strictly after `day`: Monday to Friday and none of `holidays`."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5 and day not in holidays
    return day


def one_person(name: str, other: str) -> bool:
    """Whether two names are of one person: an address is the same in any letters."""

    def spelt(text: str) -> str:
        text = text.strip()
        return text.casefold() if "@" in text else text

    return spelt(name) == spelt(other)


def reasons() -> dict[str, str]:
    """Why a case may be explained, in words."""
    return _declared()["reasons"]


def _days(what: str) -> int:
    return _declared()["working_days"][what]["days"]


@cache
def _declared() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("cases.yml").read_text(encoding="utf-8"))


def _ways_on(state: str) -> str:
    ways = sorted({to for begin, to in _ONE | _TWO if begin == state})
    return f"it can become {' or '.join(ways)}" if ways else "the run has to open it"
