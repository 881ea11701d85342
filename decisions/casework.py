"""Payment cases: opened, credited and closed by the run, queried, proposed and approved by people (definition: payment_case).

Rows of the decisions store (decisions/store.py), only ever added. Of a case the last step says where it stands, and the last finding what a run saw
of it. What is checked here and added is one transaction that no other writer runs beside; what needs two persons is held by the tables too. A
client key makes a retry of the same request change nothing. Rights are a reader's (edition/rights.py): `propose` and `decide`, for the contract of
the case. Pounds are Decimal to the penny; nothing reads the clock.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions import cases
from decisions.cases import (
    CLOSED,
    CREDITED,
    EXPLAINED,
    FAIL,
    NOT_RECOVERED,
    NOT_TESTED,
    OPEN,
    PASS,
    QUERIED,
    THE_RUN,
    UPHELD,
    Move,
    Refused,
    Standing,
)
from decisions.store import Store, has_store, reading
from edition.access import enter
from edition.rights import Reader

# Source and claim id, subject, rule: of a claim the subject is '', of a subject the first two.
Key = tuple[str, str, str, str]
_CHANGED, _CURED = "changed", "cured"
_FEW = 200  # cases that are looked up one by one


@dataclass(frozen=True)
class Run:
    """One run's look at the results of an edition. `run_id` is the run's own: the same again is a retry. `at` is naive local time."""

    run_id: str
    edition_id: str
    as_of: date
    at: datetime


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


@dataclass(frozen=True)
class Case:
    """A case as it stands now. `amount`: what was upheld, as long as that holds; `due_on` of a queried case, with any extension."""

    case_id: int
    source: str
    claim_id: str
    subject: str
    subject_kind: str
    rule_id: str
    contract_id: str
    provider: str
    state: str
    step_no: int
    finding_id: int
    run_no: int
    as_of: date
    result: str
    severity: str
    rule_version: int
    input_hash: str
    at_risk: Decimal
    is_changed_since: bool
    amount: Decimal
    reason: str
    due_on: date | None
    made_on: date
    proposed_by: str
    approved_by: str
    is_extended: bool = False
    has_answer: bool = False
    has_late_answer: bool = False
    is_unanswered: bool = False
    is_disputed: bool = False

    @property
    def key(self) -> Key:
        return self.source, self.claim_id, self.subject, self.rule_id

    @property
    def whose(self) -> tuple[str, str, str]:
        return self.source, self.claim_id, self.subject

    @property
    def standing(self) -> Standing:
        return Standing(
            state=self.state, at_risk=self.at_risk, result=self.result, is_changed_since=self.is_changed_since, due_on=self.due_on,
            is_extended=self.is_extended, has_answer=self.has_answer, amount=self.amount,
            decided_on=self.made_on if self.state == UPHELD else None, is_disputed=self.is_disputed,
        )  # fmt: skip

    @property
    def holds(self) -> Decimal:
        """What is upheld by it and can still come back, or has."""
        return Decimal(0) if self.state == CLOSED and self.reason == NOT_RECOVERED else self.amount


@dataclass(frozen=True)
class Proposal:
    proposal_id: int
    case_id: int
    step_no: int
    finding_id: int
    to_state: str
    amount: Decimal
    reason: str
    evidence: str
    proposed_by: str


@dataclass(frozen=True)
class Entry:
    """What became of a case at a moment: `kind` is step, proposal, answer, extension, no_answer or dispute. `by` is '' of the run; `amount` pounds;
    `due_on` the day that an answer is due from then on."""

    at: datetime
    kind: str
    by: str
    from_state: str = ""
    to_state: str = ""
    approved_by: str = ""
    amount: Decimal = Decimal(0)
    said: str = ""
    evidence: str = ""
    due_on: date | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Filter:
    """Cases of one rule; further only those in `state`, of `contract_id`, of `provider`, with `least` to `most` pounds at risk."""

    rule_id: str
    state: str = OPEN
    contract_id: str = ""
    provider: str = ""
    least: Decimal | None = None
    most: Decimal | None = None

    def has(self, case: Case) -> bool:
        return (
            case.rule_id == self.rule_id
            and case.state == self.state
            and self.contract_id in ("", case.contract_id)
            and self.provider in ("", case.provider)
            and (self.least is None or case.at_risk >= self.least)
            and (self.most is None or case.at_risk <= self.most)
        )


@dataclass(frozen=True)
class Preview:
    """What a step in bulk would reach. It names no claim and no subject, so that whoever counts learns of nobody."""

    count: int
    pounds: Decimal
    frame_hash: str


# ---------------------------------------------------------------- the run


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
        if known and run.as_of < max(_day(row.as_of) for row in known):
            raise Refused(f"an edition as of {run.as_of} changes no case: they stand as of a later day")
        run_no = len(known) + 1
        _add(con, "case_run", [{"run_no": run_no, "run_id": run.run_id, "edition_id": run.edition_id, "as_of": run.as_of, "applied_at": run.at}])
        standing = {case.key: case for case in _cases(con)}
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
                steps.add(**_step(case, move, amount, run_no, run, f"run/{run.run_id}/{case.case_id}"))
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
                steps.add(**_step(case, move, Decimal(0), run_no, run, f"run/{run.run_id}/{case_id}"))
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
        return {"at_risk_pence" if name == "at_risk" else name: _pence(value) if name == "at_risk" else value for name, value in self.of_case.items()}


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
        pence = _pence(one.amount)
        if one.kind == "credit_line":
            # It says all it comes to: what came before is there already.
            pence -= lines[one.whose]
            if pence <= 0:
                continue
        rows.add(kind=one.kind, ref=one.ref, **_named(*one.whose), amount_pence=pence, run_no=run_no)
        if one.kind == "reversal":
            fresh[one.whose] += pence
    rows.write()
    return {whose: _pounds(pence) for whose, pence in fresh.items()}


def _recovered(con: sa.Connection):
    """What came back of a case's claim or subject. A reversal or credit line that was there when it was upheld is in what was at risk already."""
    by: dict[tuple[str, str, str], list[tuple[str, int, int]]] = {}
    for row in con.execute(sa.text("select kind, source, claim_id, subject, amount_pence, run_no from case_credit")):
        by.setdefault((row.source or "", row.claim_id or "", row.subject or ""), []).append((row.kind, row.run_no, row.amount_pence))

    def recovered(case: Case) -> Decimal:
        counted = (pence for kind, run_no, pence in by.get(case.whose, ()) if kind == "payment" or run_no > case.run_no)
        return _pounds(sum(counted))

    return recovered


def upheld_totals(standing: Iterable[Case]) -> dict[tuple[str, str, str], Decimal]:
    """Pounds upheld of each claim, by source and claim id, or subject: the most that any of its cases comes to."""
    totals: dict[tuple[str, str, str], Decimal] = {}
    for case in standing:
        totals[case.whose] = max(totals.get(case.whose, Decimal(0)), case.holds)
    return totals


def _steps_of(con: sa.Connection, run_no: int) -> dict[str, int]:
    counted = con.execute(
        sa.text("select to_state, reason, count(*) as n from case_step where run_no = :run_no and proposed_by = '' group by to_state, reason order by to_state, reason"),
        {"run_no": run_no},
    )
    return {row.to_state if row.reason == "fails" else f"{row.to_state}: {row.reason}": row.n for row in counted}


# ---------------------------------------------------------------- people


def all_cases(home: Path, claims: Collection[tuple[str, str]] | None = None) -> list[Case]:
    """Every case as it stands, by number; none where there is no store yet. Only those of `claims`, by source and claim id, where they are
    given: for a few, each is looked up. What a reader may see of them says decisions/case_edition.py."""
    if not has_store(home):
        return []
    with reading(home) as con:
        if claims is None:
            return list(_cases(con))
        of_claim = sa.text("select case_id from payment_case where source = :source and claim_id = :claim_id")
        found: set[int] = {row.case_id for source, claim in claims for row in con.execute(of_claim, {"source": source, "claim_id": claim})}
        return [case for number in sorted(found) for case in _cases(con, number)]


@dataclass(frozen=True)
class Step:
    """One step of a case, as it is kept. `result` is what the run saw that it was held against; `edition_id` and `as_of` are of that edition."""

    case_id: int
    source: str
    claim_id: str
    subject: str
    rule_id: str
    step_no: int
    from_state: str
    to_state: str
    edition_id: str
    as_of: date
    result: str
    rule_version: int
    input_hash: str
    at_risk: Decimal
    amount: Decimal
    reason: str
    evidence: str
    due_on: date | None
    proposed_by: str
    approved_by: str
    made_at: datetime

    @property
    def key(self) -> Key:
        return self.source, self.claim_id, self.subject, self.rule_id


def steps(home: Path, case_ids: Collection[int] | None = None, edition_id: str = "") -> list[Step]:
    """Every step of the cases named (None: of all), by case and number; only those taken on an edition where one is named. What a reader may see
    of cases says decisions/case_edition.py."""
    if not has_store(home):
        return []
    wanted = None if case_ids is None else sorted(set(case_ids))
    with reading(home) as con:
        if wanted is not None and len(wanted) <= _FEW:
            of_one = sa.text(f"{_STEPS} and payment_case.case_id = :case_id order by case_step.step_no")
            found = [row for number in wanted for row in con.execute(of_one, {"edition_id": edition_id, "case_id": number})]
        else:
            known = None if wanted is None else set(wanted)
            every = con.execute(sa.text(f"{_STEPS} order by payment_case.case_id, case_step.step_no"), {"edition_id": edition_id})
            found = [row for row in every if known is None or row.case_id in known]
    return [
        Step(
            row.case_id, row.source or "", row.claim_id or "", row.subject or "", row.rule_id, row.step_no, row.from_state, row.to_state, row.edition_id,
            _day(row.as_of), row.result, row.rule_version, row.input_hash, _pounds(row.at_risk_pence), _pounds(row.amount_pence), row.reason, row.evidence,
            _day(row.due_on) if row.due_on else None, row.proposed_by, row.approved_by, _moment(row.made_at),
        )
        for row in found
    ]  # fmt: skip


def proposals(home: Path) -> list[Proposal]:
    """What waits for an approver: of each case the newest proposal, as long as it rests on what was last seen of it."""
    if not has_store(home):
        return []
    with reading(home) as con:
        return list(_waiting(con).values())


def history(home: Path, case_id: int) -> list[Entry]:
    """All that was done about a case, in order; of a case that its reader may see (decisions/case_edition.py). Raises StoreError."""
    if not has_store(home):
        return []
    with reading(home) as con:
        found = con.execute(sa.text(_HISTORY), {"case_id": case_id}).all()
    return [
        Entry(
            _moment(row.at), row.kind, row.by_whom, row.from_state, row.to_state, row.approved_by, _pounds(row.amount_pence), row.said, row.evidence,
            _day(row.due_on) if row.due_on else None, bool(row.is_late),
        )
        for row in found
    ]  # fmt: skip


def query(home: Path, reader: Reader, case_id: int, said: str, at: datetime, client_key: str, holidays: Collection[date]) -> Case:
    """Ask the provider about an open case. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if retried(con, "case_step", client_key, case_id=case_id, to_state=QUERIED, proposed_by=_name(reader)):
            return _case(con, case_id)
        case = _case(con, case_id)
        _must_be_for(reader, "propose", case)
        move = Move(QUERIED, at.date(), _name(reader), reason=said)
        cases.must_be_allowed(case.standing, move)
        due_on = cases.due_day(at.date(), holidays)
        _enter(home, at, reader, {"case": case_id, "step": QUERIED})
        _take_step(con, [_by_person(con, case, move, at, client_key, due_on=due_on)])
        return _case(con, case_id)


def extend(home: Path, reader: Reader, case_id: int, said: str, at: datetime, client_key: str, holidays: Collection[date]) -> Case:
    """Give the provider of a queried case more time, once. Raises DecisionError, StoreError, NotRecorded."""
    return _mark(home, reader, case_id, "extension", said, "", at, client_key, holidays)


def dispute(home: Path, reader: Reader, case_id: int, said: str, at: datetime, client_key: str, holidays: Collection[date]) -> Case:
    """Note that the provider disputes what was upheld: once, in time. Raises DecisionError, StoreError, NotRecorded."""
    return _mark(home, reader, case_id, "dispute", said, "", at, client_key, holidays)


def answer(home: Path, reader: Reader, case_id: int, said: str, evidence: str, at: datetime, client_key: str) -> Case:
    """Keep what the provider of a queried case answers; one that comes late is kept and marked. Raises DecisionError, StoreError, NotRecorded."""
    return _mark(home, reader, case_id, "answer", said, evidence, at, client_key, ())


def _mark(
    home: Path, reader: Reader, case_id: int, kind: str, said: str, evidence: str, at: datetime, client_key: str, holidays: Collection[date]
) -> Case:
    with Store(home).alone() as con:
        if retried(con, "case_mark", client_key, case_id=case_id, kind=kind):
            return _case(con, case_id)
        case = _case(con, case_id)
        _must_be_for(reader, "propose", case)
        if not said.strip():
            raise Refused("say why: a few words are needed")
        due_on, is_late = None, False
        if kind == "extension":
            due_on = cases.extended_due_day(case.standing, at.date(), holidays)
        elif kind == "dispute":
            cases.must_be_disputable(case.standing, at.date(), holidays)
        elif (asked_until := _asked_until(con, case)) is None:
            raise Refused("only a query is answered")
        else:
            is_late = at.date() > asked_until
        _enter(home, at, reader, {"case": case_id, "mark": kind})
        marks = Numbered(con, "case_mark", "mark_id")
        marks.add(
            case_id=case_id, step_no=case.step_no, kind=kind, due_on=due_on, said=said, evidence=evidence, is_late=is_late,
            made_by=_name(reader), made_at=at, client_key=client_key,
        )  # fmt: skip
        marks.write()
        return _case(con, case_id)


def _asked_until(con: sa.Connection, case: Case) -> date | None:
    """When an answer to the last query was due, also where the case has moved on since; None where there was none."""
    if case.state == QUERIED:
        return case.due_on
    asked = con.execute(
        sa.text(
            """select coalesce((select max(due_on) from case_mark where case_mark.case_id = case_step.case_id and case_mark.step_no = case_step.step_no), due_on)
            from case_step where case_id = :case_id and to_state = 'queried' order by step_no desc limit 1"""
        ),
        {"case_id": case.case_id},
    ).scalar()
    return _day(asked) if asked else None


def propose(
    home: Path, reader: Reader, case_id: int, to_state: str, at: datetime, client_key: str, *, amount: Decimal = Decimal(0), reason: str, evidence: str = ""
) -> Proposal:
    """Say what a case should come to; nothing changes until another approves it. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        same = {"case_id": case_id, "to_state": to_state, "amount_pence": _pence(amount), "proposed_by": _name(reader)}
        if row := retried(con, "case_proposal", client_key, **same):
            return _proposal(con, row["proposal_id"])
        case = _case(con, case_id)
        _must_be_for(reader, "propose", case)
        move = Move(to_state, at.date(), _name(reader), amount=amount, reason=reason.strip(), evidence=evidence)
        cases.must_be_proposable(case.standing, move)
        _enter(home, at, reader, {"case": case_id, "proposed": to_state, "amount": str(amount)})
        return _proposal(con, _put_proposals(con, [(case, move, client_key)], at)[0])


def approve(home: Path, reader: Reader, proposal_id: int, at: datetime, client_key: str) -> Case:
    """Decide as another has proposed. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if row := retried(con, "case_step", client_key, proposal_id=proposal_id, approved_by=_name(reader)):
            return _case(con, row["case_id"])
        proposal = _proposal(con, proposal_id)
        if proposal_id not in {one.proposal_id for one in _waiting(con).values()}:
            raise Refused("this proposal waits for nobody: the case has moved on, or another was made, or what it rests on is another. Look at the case again")
        case = _case(con, proposal.case_id)
        _must_be_for(reader, "decide", case)
        move = _approved(case, proposal, reader, at)
        _enter(home, at, reader, {"case": case.case_id, "approved": proposal.to_state, "amount": str(proposal.amount), "proposed_by": proposal.proposed_by})
        _take_step(con, [_by_person(con, case, move, at, client_key, proposal_id=proposal_id)])
        return _case(con, case.case_id)


def preview(home: Path, reader: Reader, wanted: Filter) -> Preview:
    """How many cases a step in bulk would reach, of those the reader may propose for, and what is at risk in them. Raises StoreError."""
    return _preview(_wanted(all_cases(home), reader, "propose", wanted))


def propose_bulk(
    home: Path, reader: Reader, wanted: Filter, frame_hash: str, to_state: str, at: datetime, client_key: str, *, reason: str, evidence: str = ""
) -> int:
    """Propose the same for all cases of a preview, to uphold each at what is at risk; returns how many. All or none. Raises DecisionError where they
    are not those of the preview any more, or one of them may not take the step; StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if done := _keys_of(con, "case_proposal", client_key, "proposed_by", reader):
            return done
        chosen = _of_frame(_wanted(_cases(con), reader, "propose", wanted), frame_hash)
        planned = []
        for case in chosen:
            amount = case.at_risk if to_state == UPHELD else Decimal(0)
            move = Move(to_state, at.date(), _name(reader), amount=amount, reason=reason.strip(), evidence=evidence)
            _must_all(case, lambda case=case, move=move: cases.must_be_proposable(case.standing, move))
            planned.append((case, move, f"{client_key}/{case.case_id}"))
        _enter(home, at, reader, {"cases": len(chosen), "frame": frame_hash, "proposed": to_state})
        return len(_put_proposals(con, planned, at))


def preview_proposals(home: Path, reader: Reader, wanted: Filter) -> Preview:
    """How many proposals of others wait in the reader's contracts, and the pounds they would uphold. Raises StoreError."""
    if not has_store(home):
        return _preview([])
    with reading(home) as con:
        return _preview_of_proposals(_to_approve(con, reader, wanted))


def approve_bulk(home: Path, reader: Reader, wanted: Filter, frame_hash: str, at: datetime, client_key: str) -> int:
    """Approve all proposals of a preview; returns how many. All or none. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if done := _keys_of(con, "case_step", client_key, "approved_by", reader):
            return done
        chosen = _to_approve(con, reader, wanted)
        if not chosen or _preview_of_proposals(chosen).frame_hash != frame_hash:
            raise Refused("what waits is not what the preview counted: look at it again")
        rows = []
        for case, proposal in chosen:
            move = _approved(case, proposal, reader, at)
            rows.append(_by_person(con, case, move, at, f"{client_key}/{case.case_id}", proposal_id=proposal.proposal_id))
        _enter(home, at, reader, {"cases": len(chosen), "frame": frame_hash, "approved": "all"})
        _take_step(con, rows)
        return len(rows)


def give_notice(
    home: Path, reader: Reader, contract_id: str, provider: str, at: datetime, client_key: str,
    *, period: str = "", from_date: date | None = None, to_date: date | None = None,
) -> int:  # fmt: skip
    """Note that a contract's provider was told of an audit, of a period or of dates; returns its number. What is written down later is seen by R47.
    Raises DecisionError, StoreError, NotRecorded."""
    if not reader.may_for("propose", contract_id, provider):
        raise Refused("notice of an audit is given by the contract manager of the contract")
    if bool(period) == (from_date is not None or to_date is not None) or (not period and (from_date is None or to_date is None or from_date > to_date)):
        raise Refused("name the period, or the first and last day, that the audit is of")
    with Store(home).alone() as con:
        if row := retried(con, "audit_notice", client_key, contract_id=contract_id, period=period, noted_by=_name(reader)):
            return row["notice_id"]
        _enter(home, at, reader, {"notice_of_audit": contract_id})
        notices = Numbered(con, "audit_notice", "notice_id")
        number = notices.add(
            contract_id=contract_id, period=period, from_date=from_date, to_date=to_date, noted_on=at.date(), noted_by=_name(reader), noted_at=at,
            client_key=client_key,
        )  # fmt: skip
        notices.write()
        return number


# ---------------------------------------------------------------- rows


_CASES = """
select payment_case.case_id, payment_case.source, payment_case.claim_id, payment_case.subject, payment_case.subject_kind, payment_case.rule_id,
    payment_case.contract_id, payment_case.provider, case_step.to_state, case_step.step_no, case_finding.finding_id, case_step.run_no, case_step.as_of,
    case_finding.result, case_finding.severity, case_finding.rule_version, case_finding.input_hash, case_finding.at_risk_pence,
    case_finding.is_changed_since, case_step.amount_pence, case_step.reason, case_step.due_on, case_step.made_at, case_step.proposed_by,
    case_step.approved_by
from payment_case
inner join case_step on case_step.case_id = payment_case.case_id
    and case_step.step_no = (select max(step_no) from case_step as own where own.case_id = payment_case.case_id)
inner join case_finding
    on case_finding.finding_id = (select max(finding_id) from case_finding as own where own.case_id = payment_case.case_id)
"""
_STEPS = """
select payment_case.case_id, payment_case.source, payment_case.claim_id, payment_case.subject, payment_case.rule_id, case_step.step_no, case_step.from_state,
    case_step.to_state, case_run.edition_id, case_step.as_of, case_finding.result, case_step.rule_version, case_step.input_hash, case_step.at_risk_pence,
    case_step.amount_pence, case_step.reason, case_step.evidence, case_step.due_on, case_step.proposed_by, case_step.approved_by, case_step.made_at
from payment_case
inner join case_step on case_step.case_id = payment_case.case_id
inner join case_run on case_run.run_no = case_step.run_no
inner join case_finding on case_finding.finding_id = case_step.finding_id
where (:edition_id = '' or case_run.edition_id = :edition_id)
"""
_PROPOSALS = """
select proposal_id, case_id, step_no, finding_id, to_state, amount_pence, reason, evidence, proposed_by from case_proposal
"""


# A proposal comes before the step that it led to.
_HISTORY = """
select made_at as at, 'step' as kind, proposed_by as by_whom, from_state, to_state, approved_by, amount_pence, reason as said, evidence, due_on,
    false as is_late, step_no, 2 as place, step_id as number
from case_step where case_id = :case_id
union all
select proposed_at, 'proposal', proposed_by, '', to_state, '', amount_pence, reason, evidence, null, false, step_no, 1, proposal_id
from case_proposal where case_id = :case_id
union all
select made_at, kind, made_by, '', '', '', 0, said, evidence, due_on, is_late, step_no, 3, mark_id from case_mark where case_id = :case_id
order by at, step_no, place, number
"""


def _cases(con: sa.Connection, case_id: int | None = None) -> Iterable[Case]:
    of_one = " where payment_case.case_id = :case_id" if case_id is not None else ""
    marks: dict[int, list[sa.Row]] = {}
    for mark in con.execute(
        sa.text(f"select case_id, step_no, kind, due_on, is_late from case_mark{' where case_id = :case_id' if of_one else ''}"), {"case_id": case_id} if of_one else {}
    ):
        marks.setdefault(mark.case_id, []).append(mark)
    for row in con.execute(sa.text(f"{_CASES}{of_one} order by payment_case.case_id"), {"case_id": case_id} if of_one else {}):
        own = marks.get(row.case_id, [])
        of_step = {mark.kind: mark for mark in own if mark.step_no == row.step_no}
        due_on = of_step["extension"].due_on if "extension" in of_step else row.due_on
        yield Case(
            case_id=row.case_id, source=row.source or "", claim_id=row.claim_id or "", subject=row.subject or "", subject_kind=row.subject_kind,
            rule_id=row.rule_id, contract_id=row.contract_id, provider=row.provider, state=row.to_state, step_no=row.step_no,
            finding_id=row.finding_id, run_no=row.run_no, as_of=_day(row.as_of), result=row.result, severity=row.severity,
            rule_version=row.rule_version, input_hash=row.input_hash, at_risk=_pounds(row.at_risk_pence), is_changed_since=bool(row.is_changed_since),
            amount=_pounds(row.amount_pence), reason=row.reason, due_on=_day(due_on) if due_on else None, made_on=_day(row.made_at),
            proposed_by=row.proposed_by, approved_by=row.approved_by, is_extended="extension" in of_step, has_answer="answer" in of_step,
            has_late_answer=any(mark.kind == "answer" and mark.is_late and mark.step_no == row.step_no for mark in own),
            is_unanswered="no_answer" in of_step, is_disputed=any(mark.kind == "dispute" for mark in own),
        )  # fmt: skip


def _case(con: sa.Connection, case_id: int) -> Case:
    for case in _cases(con, case_id):
        return case
    raise Refused(f"there is no case {case_id}: take a number from the list of cases")


def _proposal(con: sa.Connection, proposal_id: int) -> Proposal:
    for row in con.execute(sa.text(f"{_PROPOSALS} where proposal_id = :proposal_id"), {"proposal_id": proposal_id}):
        return _as_proposal(row)
    raise Refused(f"there is no proposal {proposal_id}: take a number from the list of what waits")


def _as_proposal(row: sa.Row) -> Proposal:
    return Proposal(
        row.proposal_id, row.case_id, row.step_no, row.finding_id, row.to_state, _pounds(row.amount_pence), row.reason, row.evidence, row.proposed_by
    )


def _waiting(con: sa.Connection) -> dict[int, Proposal]:
    """By case."""
    waiting = con.execute(
        sa.text(
            f"""{_PROPOSALS} where proposal_id = (select max(proposal_id) from case_proposal as own where own.case_id = case_proposal.case_id)
            and step_no = (select max(step_no) + 1 from case_step where case_step.case_id = case_proposal.case_id)
            and finding_id = (select max(finding_id) from case_finding where case_finding.case_id = case_proposal.case_id) order by case_id"""
        )
    )
    return {row.case_id: _as_proposal(row) for row in waiting}


def _wanted(standing: Iterable[Case], reader: Reader, what: str, wanted: Filter) -> list[Case]:
    return [case for case in standing if wanted.has(case) and reader.may_for(what, case.contract_id, case.provider)]


def _to_approve(con: sa.Connection, reader: Reader, wanted: Filter) -> list[tuple[Case, Proposal]]:
    waiting = _waiting(con)
    chosen = [case for case in _wanted(_cases(con), reader, "decide", wanted) if case.case_id in waiting]
    return [(case, waiting[case.case_id]) for case in chosen if not cases.one_person(waiting[case.case_id].proposed_by, _name(reader))]


def _preview(chosen: Sequence[Case]) -> Preview:
    lines = "".join(f"{case.case_id}|{case.step_no}|{case.finding_id}|{_pence(case.at_risk)}\n" for case in chosen)
    return Preview(len(chosen), sum((case.at_risk for case in chosen), Decimal(0)), _sha256(lines))


def _preview_of_proposals(chosen: Sequence[tuple[Case, Proposal]]) -> Preview:
    lines = "".join(f"{one.proposal_id}|{case.step_no}|{one.to_state}|{_pence(one.amount)}\n" for case, one in chosen)
    return Preview(len(chosen), sum((one.amount for _, one in chosen), Decimal(0)), _sha256(lines))


def _of_frame(chosen: list[Case], frame_hash: str) -> list[Case]:
    if not chosen or _preview(chosen).frame_hash != frame_hash:
        raise Refused("the cases are not those that the preview counted: look at it again")
    return chosen


def _must_all(case: Case, allowed) -> None:
    try:
        allowed()
    except Refused as refused:
        raise Refused(f"nothing was proposed, for case {case.case_id} says: {refused}") from None


def _approved(case: Case, proposal: Proposal, reader: Reader, at: datetime) -> Move:
    move = Move(
        proposal.to_state, at.date(), proposal.proposed_by, _name(reader), amount=proposal.amount, reason=proposal.reason, evidence=proposal.evidence
    )
    cases.must_be_allowed(case.standing, move)
    return move


def _put_proposals(con: sa.Connection, planned: Iterable[tuple[Case, Move, str]], at: datetime) -> list[int]:
    rows = Numbered(con, "case_proposal", "proposal_id")
    numbers = [
        rows.add(
            case_id=case.case_id, step_no=case.step_no + 1, finding_id=case.finding_id, to_state=move.to_state, amount_pence=_pence(move.amount),
            reason=move.reason, evidence=move.evidence, proposed_by=move.proposed_by, proposed_at=at, client_key=client_key,
        )
        for case, move, client_key in planned
    ]  # fmt: skip
    rows.write()
    return numbers


def _by_person(
    con: sa.Connection, case: Case, move: Move, at: datetime, client_key: str, *, due_on: date | None = None, proposal_id: int | None = None
) -> dict[str, Any]:
    last = con.execute(sa.text("select run_no, run_id, edition_id, as_of from case_run order by run_no desc limit 1")).one()
    # Where it is opened again the old decision holds until the new.
    amount = case.holds if move.to_state in (OPEN, QUERIED) else move.amount
    run = Run(last.run_id, last.edition_id, _day(last.as_of), at)
    return {**_step(case, move, amount, last.run_no, run, client_key), "due_on": due_on, "proposal_id": proposal_id}


def _step(case: Case, move: Move, amount: Decimal, run_no: int, run: Run, client_key: str) -> dict[str, Any]:
    return {
        "case_id": case.case_id, "step_no": case.step_no + 1, "from_state": case.state, "to_state": move.to_state, "run_no": run_no,
        "finding_id": case.finding_id, "rule_version": case.rule_version, "input_hash": case.input_hash, "as_of": run.as_of,
        "at_risk_pence": _pence(case.at_risk), "amount_pence": _pence(amount), "reason": move.reason, "evidence": move.evidence, "due_on": None,
        "proposed_by": move.proposed_by, "approved_by": move.approved_by, "proposal_id": None, "made_at": run.at, "client_key": client_key,
    }  # fmt: skip


def _take_step(con: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    steps = Numbered(con, "case_step", "step_id")
    for row in rows:
        steps.add(**row)
    steps.write()


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


class Numbered:
    """Rows to be added to a table, with numbers that follow its last."""

    def __init__(self, con: sa.Connection, table: str, number: str):
        self._con, self._table, self._number, self._rows = con, table, number, list[dict[str, Any]]()
        self._last: int = con.execute(sa.text(f"select coalesce(max({number}), 0) from {table}")).scalar_one()

    def add(self, **row: Any) -> int:
        self._last += 1
        self._rows.append({self._number: self._last, **row})
        return self._last

    def write(self) -> None:
        _add(self._con, self._table, self._rows)


def _add(con: sa.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        con.execute(sa.insert(sa.table(table, *(_column(name) for name in rows[0]))), rows)


def _column(name: str) -> sa.ColumnClause:
    """Days and moments are written as their dialect has it."""
    if name.endswith("_at"):
        return sa.column(name, sa.DateTime)
    return sa.column(name, sa.Date) if name.endswith("_on") or name in ("as_of", "from_date", "to_date") else sa.column(name)


def retried(con: sa.Connection, table: str, client_key: str, **same: Any) -> Mapping[str, Any] | None:
    """The row that a request has made before. Raises Refused where its key was used for another."""
    _must_be_key(client_key)
    row = con.execute(sa.text(f"select * from {table} where client_key = :client_key"), {"client_key": client_key}).mappings().first()
    if row is not None and any(row[name] != value for name, value in same.items()):
        raise Refused("this key was used for another request: take a new one")
    return dict(row) if row is not None else None


def _keys_of(con: sa.Connection, table: str, client_key: str, by: str, reader: Reader) -> int:
    """How many rows a request in bulk of this reader has made before. Raises Refused where its key was used by another."""
    _must_be_key(client_key)
    found = con.execute(sa.text(f"select client_key, {by} as by_whom from {table} where client_key like :begin"), {"begin": f"{client_key}/%"})
    made = [row.by_whom for row in found if row.client_key.startswith(f"{client_key}/")]
    if any(name != _name(reader) for name in made):
        raise Refused("this key was used for another request: take a new one")
    return len(made)


def _must_be_key(client_key: str) -> None:
    """A person's key is none that the run or a request in bulk makes. Raises Refused."""
    if not client_key.strip() or "/" in client_key:
        raise Refused("a request needs a key of its own, without /, so that it counts once however often it is sent")


def _must_be_for(reader: Reader, what: str, case: Case) -> None:
    if not reader.may_for(what, case.contract_id, case.provider):
        who = "a contract manager" if what == "propose" else "an approver"
        raise Refused(f"this is for {who} of the contract, and {reader or 'somebody without a role'} is none")


def _name(reader: Reader) -> str:
    name = reader.person.strip()
    if not name:
        raise Refused("who it is is not known: sign in")
    return name.lower() if "@" in name else name


def _enter(home: Path, at: datetime, reader: Reader, said: dict[str, Any]) -> None:
    enter(home, at.astimezone(), _name(reader), {"casework": said})


def bank_holidays() -> frozenset[date]:
    """Of England and Wales, from the seed that the rules read."""
    with (Path(__file__).parents[1] / "seeds" / "bank_holiday.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(date.fromisoformat(row["day"]) for row in csv.DictReader(lines))


def _day(value: Any) -> date:
    """SQLite gives days and moments as text."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _pence(pounds: Decimal) -> int:
    pence = pounds * 100
    if pence != int(pence):
        raise Refused(f"£{pounds} is not whole pence")
    return int(pence)


def _pounds(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
