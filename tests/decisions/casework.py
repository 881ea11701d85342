"""Invented claims and rules, the people who work on them, and what a run says."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import count

from decisions import case_records, case_run, casework
from decisions.case_records import Case, Run
from decisions.case_run import Credit, Fail, Results
from edition.rights import Grant, Reader

CONTRACT, PROVIDER, SOURCE = "TTG-1", "inventia", "provider_inventia"
MANAGER = Reader("manager.invented@example.org", (Grant("contract_manager", "contract", CONTRACT),))
APPROVER = Reader("approver.invented@example.org", (Grant("approver", "contract", CONTRACT),))
BOTH = Reader("both.invented@example.org", (*MANAGER.grants, *APPROVER.grants))
AUDITOR = Reader("auditor.invented@example.org", (Grant("auditor", is_named=True),))
ELSEWHERE = Reader("elsewhere.invented@example.org", (Grant("contract_manager", "contract", "TTG-2"), Grant("approver", "contract", "TTG-2")))
# A Wednesday, and the days of a query made on it.
AT = dt.datetime(2023, 5, 10, 14, 5)
HOLIDAYS = {dt.date(2023, 5, 29)}
DUE, EXTENDED = dt.date(2023, 5, 24), dt.date(2023, 6, 8)
AS_OF = dt.date(2023, 4, 30)
_keys = count(1)


def fail(claim: str = "C1", rule: str = "R41", at_risk: str = "71.20", **changed) -> Fail:
    made = Fail(rule, 1, "E", "S1", Decimal(at_risk), f"inputs of {claim} {rule} {at_risk}", SOURCE, claim, "", "claim", CONTRACT, PROVIDER)
    return replace(made, **changed)


def of_subject(subject: str, rule: str, kind: str, at_risk: str = "37.50", **changed) -> Fail:
    return fail("", rule, at_risk, source="", subject=subject, subject_kind=kind, **changed)


def results(*fails: Fail, tested: tuple[str, ...] = (), credits: tuple[Credit, ...] = (), untestable=(), rules=("R41", "R13", "R54", "R63")) -> Results:
    named = {(one.source, one.claim_id) for one in fails if one.claim_id}
    return Results(fails, named | {(SOURCE, claim) for claim in tested}, set(untestable), set(rules), credits)


def run(home, said: Results, at: dt.datetime = AT, as_of: dt.date = AS_OF, run_id: str = "") -> dict[str, int]:
    return case_run.apply_run(home, Run(run_id or f"run-{next(_keys)}", "edition-invented", as_of, at), said)


def key() -> str:
    return f"key-{next(_keys)}"


def case(home, claim: str = "C1", rule: str = "R41") -> Case:
    (found,) = (one for one in case_records.all_cases(home) if (one.claim_id or one.subject) == claim and one.rule_id == rule)
    return found


def query(home, claim: str = "C1", rule: str = "R41", at: dt.datetime = AT) -> Case:
    return casework.query(home, MANAGER, case(home, claim, rule).case_id, "please show the record", at, key(), HOLIDAYS)


def propose(home, to_state: str, claim: str = "C1", rule: str = "R41", at: dt.datetime = AT, amount: str = "0", reason: str = "", evidence: str = ""):
    reason = reason or ("evidence_supplied" if to_state == "explained" else "no record of it")
    evidence = evidence or ("letter of 9 May" if to_state == "explained" else "")
    number = case(home, claim, rule).case_id
    return casework.propose(home, MANAGER, number, to_state, at, key(), amount=Decimal(amount), reason=reason, evidence=evidence)


def decide(home, to_state: str, claim: str = "C1", rule: str = "R41", at: dt.datetime = AT, **said) -> Case:
    """As one proposes and another approves."""
    return casework.approve(home, APPROVER, propose(home, to_state, claim, rule, at, **said).proposal_id, at, key())
