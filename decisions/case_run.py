"""What a run does to payment cases: it opens, credits, changes and closes them by the results of an edition (definition: payment_case).

Each case takes one step at most, all in one transaction that no other writer runs beside. Nothing reads the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions import cases
from decisions.case_records import (
    Case,
    Key,
    Numbered,
    Run,
    add_rows,
    as_day,
    in_pence,
    in_pounds,
    standing_cases,
    step_row,
    upheld_totals,
)
from decisions.cases import (
    CLOSED,
    CREDITED,
    EXPLAINED,
    FAIL,
    NOT_TESTED,
    OPEN,
    PASS,
    QUERIED,
    THE_RUN,
    UPHELD,
    Move,
    Refused,
)
from decisions.store import Store, has_store

_CHANGED, _CURED = "changed", "cured"


@dataclass(frozen=True)
class Fail:
    """A rule that fails for a claim (`source`, `claim_id`) or a subject, as published in fct_claim_test or fct_contract_test. `input_hash`: of
    all that the result rests on."""

    rule_id: str
    rule_version: int
    class_: str
    severity: str
    at_risk: Decimal
    input_hash: str
    source: str = ""
    claim_id: str = ""
    subject: str = ""
    subject_kind: str = "claim"
    contract_id: str = ""
    provider: str = ""
    is_changed_since: bool = False

    @property
    def key(self) -> Key:
        return self.source, self.claim_id, self.subject, self.rule_id

    @property
    def opens(self) -> bool:
        """Class E, or Q with money."""
        return self.class_ == "E" or (self.class_ == "Q" and self.at_risk > 0)


@dataclass(frozen=True)
class Credit:
    """Money that came back: `reversal` of a claim, `payment` below 0, or `credit_line` of a subject. `ref` names it once and for all; `amount` is
    above 0."""

    kind: str
    ref: str
    amount: Decimal
    source: str = ""
    claim_id: str = ""
    subject: str = ""

    @property
    def whose(self) -> tuple[str, str, str]:
        return self.source, self.claim_id, self.subject


@dataclass(frozen=True)
class Results:
    """What an edition says of payment rules. `tested`: claims, by source and claim id; `untestable`: keys whose result nobody can know today;
    `rules`: those in force."""

    fails: Sequence[Fail]
    tested: Collection[tuple[str, str]]
    untestable: Collection[Key]
    rules: Collection[str]
    credits: Sequence[Credit] = ()


def apply_run(home: Path, run: Run, results: Results) -> dict[str, int]:
    """Hold every case against the results of a run; returns how many cases took each step, such as {'open': 3, 'closed: cured': 1}. Each takes one
    step at most. The same run again changes nothing. Raises DecisionError for an edition of an earlier day than the last, StoreError."""
    if not has_store(home) and not any(fail.opens for fail in results.fails):
        return {}
    with Store(home).alone() as con:
        known = con.execute(sa.text("select run_no, run_id, as_of from case_run order by run_no")).all()
        done = next((row.run_no for row in known if row.run_id == run.run_id), None)
        if done is not None:
            return _steps_of(con, done)
        if known and run.as_of < max(as_day(row.as_of) for row in known):
            raise Refused(f"an edition as of {run.as_of} changes no case: they stand as of a later day")
        run_no = len(known) + 1
        add_rows(con, "case_run", [{"run_no": run_no, "run_id": run.run_id, "edition_id": run.edition_id, "as_of": run.as_of, "applied_at": run.at}])
        standing = {case.key: case for case in standing_cases(con)}
        fails = {fail.key: fail for fail in results.fails}
        # Also of those that are opened now: what has come back by then is in what is at risk.
        whose = {case.whose for case in standing.values()} | {key[:3] for key, fail in fails.items() if fail.opens}
        fresh = _take_credits(con, run_no, results.credits, whose)
        findings, steps = Numbered(con, "case_finding", "finding_id"), Numbered(con, "case_step", "step_id")
        marks, new = Numbered(con, "case_mark", "mark_id"), Numbered(con, "payment_case", "case_id")
        recovered = _recovered(con)
        upheld = upheld_totals(standing.values())
        for case in standing.values():
            now = _seen(case, fails, results)
            is_changed = now is not None and _is_change(case, now, fresh.get(case.whose, Decimal(0)))
            if now is not None and now != _seen_before(case):
                case = replace(case, finding_id=findings.add(case_id=case.case_id, run_no=run_no, **now.row), **now.of_case)
            to_state, reason = _what_the_run_does(case, now, is_changed, recovered(case) >= upheld[case.whose])
            if to_state:
                move = Move(to_state, run.at.date(), THE_RUN, reason=reason, is_found=True)
                cases.must_be_allowed(case.standing, move)
                # The old decision holds until the new; that nothing is wrong any more is one.
                amount = Decimal(0) if reason in (_CURED, NOT_TESTED) else case.amount
                steps.add(**step_row(case, move, amount, run_no, run, f"run/{run.run_id}/{case.case_id}"))
            elif cases.is_unanswered(case.standing, run.at.date()) and not case.is_unanswered:
                marks.add(
                    case_id=case.case_id, step_no=case.step_no, kind="no_answer", due_on=None, said="", evidence="", is_late=False, made_by=THE_RUN,
                    made_at=run.at, client_key=f"no answer/{case.case_id}/{case.step_no}",
                )  # fmt: skip
        for key, fail in fails.items():
            if key not in standing and fail.opens:
                case_id = new.add(**_new_case(fail))
                seen = _Seen.of(fail)
                finding_id = findings.add(case_id=case_id, run_no=run_no, **seen.row)
                case = _fresh_case(case_id, finding_id, fail, run)
                move = Move(OPEN, run.at.date(), THE_RUN, reason="fails", is_found=True)
                steps.add(**step_row(case, move, Decimal(0), run_no, run, f"run/{run.run_id}/{case_id}"))
        for rows in (new, findings, steps, marks):
            rows.write()
        return _steps_of(con, run_no)


@dataclass(frozen=True)
class _Seen:
    result: str
    severity: str
    rule_version: int
    input_hash: str
    at_risk: Decimal
    is_changed_since: bool

    @classmethod
    def of(cls, fail: Fail) -> _Seen:
        return cls(FAIL, fail.severity, fail.rule_version, fail.input_hash, fail.at_risk, fail.is_changed_since)

    @property
    def of_case(self) -> dict[str, Any]:
        return {**self.__dict__}

    @property
    def row(self) -> dict[str, Any]:
        return {"at_risk_pence" if name == "at_risk" else name: in_pence(value) if name == "at_risk" else value for name, value in self.of_case.items()}


def _seen_before(case: Case) -> _Seen:
    return _Seen(case.result, case.severity, case.rule_version, case.input_hash, case.at_risk, case.is_changed_since)


def _seen(case: Case, fails: Mapping[Key, Fail], results: Results) -> _Seen | None:
    """What the run sees of a case; None where it cannot know, and then nothing changes."""
    if (fail := fails.get(case.key)) is not None:
        return _Seen.of(fail)
    if case.key in results.untestable:
        return None
    is_tested = case.rule_id in results.rules and (case.subject != "" or (case.source, case.claim_id) in results.tested)
    return _Seen(PASS if is_tested else NOT_TESTED, case.severity, case.rule_version, "", Decimal(0), False)


def _is_change(case: Case, now: _Seen, reversed_since: Decimal) -> bool:
    """Whether a changed input or version changed result or money; what a reversal took off is how it was meant to go."""
    if (now.result, now.at_risk) == (case.result, case.at_risk):
        return False
    if (now.input_hash, now.rule_version) == (case.input_hash, case.rule_version):
        return False
    fell = case.at_risk - now.at_risk
    return not (now.result != PASS and reversed_since > 0 and Decimal(0) <= fell <= reversed_since)


def _what_the_run_does(case: Case, now: _Seen | None, is_changed: bool, is_recovered: bool) -> tuple[str, str]:
    """The next state, '' for none, and why."""
    if case.state in (OPEN, QUERIED):
        return (CLOSED, _CURED if now.result == PASS else NOT_TESTED) if now and now.result != FAIL else ("", "")
    if case.state == UPHELD and is_recovered:
        return CREDITED, "recovered"
    # Where nothing is upheld and nothing is wrong any more there is nothing to decide again.
    if is_changed and now and (now.result == FAIL or case.holds > 0):
        return OPEN, _CHANGED
    if case.state in (EXPLAINED, CREDITED):
        return CLOSED, case.state
    return "", ""


def _take_credits(con: sa.Connection, run_no: int, credits: Iterable[Credit], whose: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], Decimal]:
    """Add the credits of those that have cases and were not there yet; returns the reversals among them."""
    known = {(row.kind, row.ref) for row in con.execute(sa.text("select kind, ref from case_credit"))}
    rows, fresh = Numbered(con, "case_credit", "credit_id"), Counter[tuple[str, str, str]]()
    lines = Counter[tuple[str, str, str]]()
    for row in con.execute(sa.text("select subject, amount_pence from case_credit where kind = 'credit_line'")):
        lines["", "", row.subject] += row.amount_pence
    for one in credits:
        if one.whose not in whose or (one.kind, one.ref) in known:
            continue
        known.add((one.kind, one.ref))
        pence = in_pence(one.amount)
        if one.kind == "credit_line":
            # It says all it comes to: what came before is there already.
            pence -= lines[one.whose]
            if pence <= 0:
                continue
        rows.add(kind=one.kind, ref=one.ref, **_named(*one.whose), amount_pence=pence, run_no=run_no)
        if one.kind == "reversal":
            fresh[one.whose] += pence
    rows.write()
    return {whose: in_pounds(pence) for whose, pence in fresh.items()}


def _recovered(con: sa.Connection):
    """What came back of a case's claim or subject. A reversal or credit line that was there when it was upheld is in what was at risk already."""
    by: dict[tuple[str, str, str], list[tuple[str, int, int]]] = {}
    for row in con.execute(sa.text("select kind, source, claim_id, subject, amount_pence, run_no from case_credit")):
        by.setdefault((row.source or "", row.claim_id or "", row.subject or ""), []).append((row.kind, row.run_no, row.amount_pence))

    def recovered(case: Case) -> Decimal:
        counted = (pence for kind, run_no, pence in by.get(case.whose, ()) if kind == "payment" or run_no > case.run_no)
        return in_pounds(sum(counted))

    return recovered


def _steps_of(con: sa.Connection, run_no: int) -> dict[str, int]:
    counted = con.execute(
        sa.text("select to_state, reason, count(*) as n from case_step where run_no = :run_no and proposed_by = '' group by to_state, reason order by to_state, reason"),
        {"run_no": run_no},
    )
    return {row.to_state if row.reason == "fails" else f"{row.to_state}: {row.reason}": row.n for row in counted}


def _new_case(fail: Fail) -> dict[str, Any]:
    return {
        **_named(fail.source, fail.claim_id, fail.subject), "subject_kind": fail.subject_kind, "rule_id": fail.rule_id,
        "contract_id": fail.contract_id, "provider": fail.provider,
    }  # fmt: skip


def _fresh_case(case_id: int, finding_id: int, fail: Fail, run: Run) -> Case:
    return Case(
        case_id=case_id, source=fail.source, claim_id=fail.claim_id, subject=fail.subject, subject_kind=fail.subject_kind, rule_id=fail.rule_id,
        contract_id=fail.contract_id, provider=fail.provider, state="", step_no=0, finding_id=finding_id, run_no=0, as_of=run.as_of, amount=Decimal(0),
        reason="", due_on=None, made_on=run.at.date(), proposed_by="", approved_by="", **_Seen.of(fail).of_case,
    )  # fmt: skip


def _named(source: str, claim_id: str, subject: str) -> dict[str, str | None]:
    return {"source": source or None, "claim_id": claim_id or None, "subject": subject or None}
