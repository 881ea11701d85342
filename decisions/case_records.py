"""Payment cases as the store has them: what is read of a case, its steps and proposals, and how rows are added (definition: payment_case).

Of a case the last step says where it stands, and the last finding what a run saw of it. A client key makes a retry of the same request change
nothing. Pounds are Decimal to the penny; nothing reads the clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions.cases import CLOSED, NOT_RECOVERED, UPHELD, Move, Refused, Standing
from decisions.store import has_store, reading

# Source and claim id, subject, rule: of a claim the subject is '', of a subject the first two.
Key = tuple[str, str, str, str]


_FEW = 200  # cases that are looked up one by one


@dataclass(frozen=True)
class Run:
    """One run's look at the results of an edition. `run_id` is the run's own: the same again is a retry. `at` is naive local time."""

    run_id: str
    edition_id: str
    as_of: date
    at: datetime


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


def upheld_totals(standing: Iterable[Case]) -> dict[tuple[str, str, str], Decimal]:
    """Pounds upheld of each claim, by source and claim id, or subject: the most that any of its cases comes to."""
    totals: dict[tuple[str, str, str], Decimal] = {}
    for case in standing:
        totals[case.whose] = max(totals.get(case.whose, Decimal(0)), case.holds)
    return totals


def written(home: Path) -> tuple[int, ...]:
    """How much is written about cases: the last number of each table. Rows are only ever added, so that the cases stand as before as long as it is
    the same; nothing but noughts where there is no store yet. Raises StoreError."""
    if not has_store(home):
        return (0,) * len(WRITTEN)
    with reading(home) as con:
        return tuple(int(con.execute(sa.text(f"select coalesce(max({number}), 0) from {table}")).scalar_one()) for table, number in WRITTEN.items())


def all_cases(home: Path, claims: Collection[tuple[str, str]] | None = None) -> list[Case]:
    """Every case as it stands, by number; none where there is no store yet. Only those of `claims`, by source and claim id, where they are
    given: for a few, each is looked up. What a reader may see of them says decisions/case_edition.py."""
    if not has_store(home):
        return []
    with reading(home) as con:
        if claims is None:
            return list(standing_cases(con))
        of_claim = sa.text("select case_id from payment_case where source = :source and claim_id = :claim_id")
        found: set[int] = {row.case_id for source, claim in claims for row in con.execute(of_claim, {"source": source, "claim_id": claim})}
        return [case for number in sorted(found) for case in standing_cases(con, *_of_one(number))]


def case_of(home: Path, case_id: int) -> Case:
    """A case as it stands, that its reader may see (decisions/case_edition.py). Raises Refused where there is none, StoreError."""
    with reading(home) as con:
        return the_case(con, case_id)


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
            as_day(row.as_of), row.result, row.rule_version, row.input_hash, in_pounds(row.at_risk_pence), in_pounds(row.amount_pence), row.reason, row.evidence,
            as_day(row.due_on) if row.due_on else None, row.proposed_by, row.approved_by, _moment(row.made_at),
        )
        for row in found
    ]  # fmt: skip


def proposals(home: Path) -> list[Proposal]:
    """What waits for an approver: of each case the newest proposal, as long as it rests on what was last seen of it."""
    if not has_store(home):
        return []
    with reading(home) as con:
        return list(waiting_proposals(con).values())


def history(home: Path, case_id: int) -> list[Entry]:
    """All that was done about a case, in order; of a case that its reader may see (decisions/case_edition.py). Raises StoreError."""
    if not has_store(home):
        return []
    with reading(home) as con:
        found = con.execute(sa.text(_HISTORY), {"case_id": case_id}).all()
    return [
        Entry(
            _moment(row.at), row.kind, row.by_whom, row.from_state, row.to_state, row.approved_by, in_pounds(row.amount_pence), row.said, row.evidence,
            as_day(row.due_on) if row.due_on else None, bool(row.is_late),
        )
        for row in found
    ]  # fmt: skip


# The tables by which a case may come to stand otherwise, and their numbers.
WRITTEN = {"payment_case": "case_id", "case_step": "step_id", "case_finding": "finding_id", "case_mark": "mark_id"}


# The last step of each case, and what was last seen of it.
STANDING = """from payment_case
inner join case_step on case_step.case_id = payment_case.case_id
    and case_step.step_no = (select max(step_no) from case_step as own where own.case_id = payment_case.case_id)
inner join case_finding
    on case_finding.finding_id = (select max(finding_id) from case_finding as own where own.case_id = payment_case.case_id)
"""
_CASES = f"""
select payment_case.case_id, payment_case.source, payment_case.claim_id, payment_case.subject, payment_case.subject_kind, payment_case.rule_id,
    payment_case.contract_id, payment_case.provider, case_step.to_state, case_step.step_no, case_finding.finding_id, case_step.run_no, case_step.as_of,
    case_finding.result, case_finding.severity, case_finding.rule_version, case_finding.input_hash, case_finding.at_risk_pence,
    case_finding.is_changed_since, case_step.amount_pence, case_step.reason, case_step.due_on, case_step.made_at, case_step.proposed_by,
    case_step.approved_by
{STANDING}"""
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


def standing_cases(con: sa.Connection, which: str = "case_id > 0", params: Mapping[str, Any] | None = None) -> Iterable[Case]:
    """Cases as they stand, by number; `which`: a condition that begins with case_id."""
    marks: dict[int, list[sa.Row]] = {}
    for mark in con.execute(sa.text(f"select case_id, step_no, kind, due_on, is_late from case_mark where {which}"), params or {}):
        marks.setdefault(mark.case_id, []).append(mark)
    for row in con.execute(sa.text(f"{_CASES} where payment_case.{which} order by payment_case.case_id"), params or {}):
        own = marks.get(row.case_id, [])
        of_step = {mark.kind: mark for mark in own if mark.step_no == row.step_no}
        due_on = of_step["extension"].due_on if "extension" in of_step else row.due_on
        yield Case(
            case_id=row.case_id, source=row.source or "", claim_id=row.claim_id or "", subject=row.subject or "", subject_kind=row.subject_kind,
            rule_id=row.rule_id, contract_id=row.contract_id, provider=row.provider, state=row.to_state, step_no=row.step_no,
            finding_id=row.finding_id, run_no=row.run_no, as_of=as_day(row.as_of), result=row.result, severity=row.severity,
            rule_version=row.rule_version, input_hash=row.input_hash, at_risk=in_pounds(row.at_risk_pence), is_changed_since=bool(row.is_changed_since),
            amount=in_pounds(row.amount_pence), reason=row.reason, due_on=as_day(due_on) if due_on else None, made_on=as_day(row.made_at),
            proposed_by=row.proposed_by, approved_by=row.approved_by, is_extended="extension" in of_step, has_answer="answer" in of_step,
            has_late_answer=any(mark.kind == "answer" and mark.is_late and mark.step_no == row.step_no for mark in own),
            is_unanswered="no_answer" in of_step, is_disputed=any(mark.kind == "dispute" for mark in own),
        )  # fmt: skip


def _of_one(case_id: int) -> tuple[str, dict[str, int]]:
    return "case_id = :case_id", {"case_id": case_id}


def the_case(con: sa.Connection, case_id: int) -> Case:
    for case in standing_cases(con, *_of_one(case_id)):
        return case
    raise Refused(f"there is no case {case_id}: take a number from the list of cases")


def the_proposal(con: sa.Connection, proposal_id: int) -> Proposal:
    for row in con.execute(sa.text(f"{_PROPOSALS} where proposal_id = :proposal_id"), {"proposal_id": proposal_id}):
        return _as_proposal(row)
    raise Refused(f"there is no proposal {proposal_id}: take a number from the list of what waits")


def _as_proposal(row: sa.Row) -> Proposal:
    return Proposal(
        row.proposal_id, row.case_id, row.step_no, row.finding_id, row.to_state, in_pounds(row.amount_pence), row.reason, row.evidence, row.proposed_by
    )


def waiting_proposals(con: sa.Connection) -> dict[int, Proposal]:
    """By case."""
    waiting = con.execute(
        sa.text(
            f"""{_PROPOSALS} where proposal_id = (select max(proposal_id) from case_proposal as own where own.case_id = case_proposal.case_id)
            and step_no = (select max(step_no) + 1 from case_step where case_step.case_id = case_proposal.case_id)
            and finding_id = (select max(finding_id) from case_finding where case_finding.case_id = case_proposal.case_id) order by case_id"""
        )
    )
    return {row.case_id: _as_proposal(row) for row in waiting}


def step_row(case: Case, move: Move, amount: Decimal, run_no: int, run: Run, client_key: str) -> dict[str, Any]:
    return {
        "case_id": case.case_id, "step_no": case.step_no + 1, "from_state": case.state, "to_state": move.to_state, "run_no": run_no,
        "finding_id": case.finding_id, "rule_version": case.rule_version, "input_hash": case.input_hash, "as_of": run.as_of,
        "at_risk_pence": in_pence(case.at_risk), "amount_pence": in_pence(amount), "reason": move.reason, "evidence": move.evidence, "due_on": None,
        "proposed_by": move.proposed_by, "approved_by": move.approved_by, "proposal_id": None, "made_at": run.at, "client_key": client_key,
    }  # fmt: skip


def take_steps(con: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    steps = Numbered(con, "case_step", "step_id")
    for row in rows:
        steps.add(**row)
    steps.write()


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
        add_rows(self._con, self._table, self._rows)


def add_rows(con: sa.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        con.execute(sa.insert(sa.table(table, *(_column(name) for name in rows[0]))), rows)


def _column(name: str) -> sa.ColumnClause:
    """Days and moments are written as their dialect has it."""
    if name.endswith("_at"):
        return sa.column(name, sa.DateTime)
    return sa.column(name, sa.Date) if name.endswith("_on") or name in ("as_of", "from_date", "to_date") else sa.column(name)


def retried(con: sa.Connection, table: str, client_key: str, **same: Any) -> Mapping[str, Any] | None:
    """The row that a request has made before. Raises Refused where its key was used for another."""
    must_be_key(client_key)
    row = con.execute(sa.text(f"select * from {table} where client_key = :client_key"), {"client_key": client_key}).mappings().first()
    if row is not None and any(row[name] != value for name, value in same.items()):
        raise Refused("this key was used for another request: take a new one")
    return dict(row) if row is not None else None


def must_be_key(client_key: str) -> None:
    """A person's key is none that the run or a request in bulk makes. Raises Refused."""
    if not client_key.strip() or "/" in client_key:
        raise Refused("a request needs a key of its own, without /, so that it counts once however often it is sent")


def as_day(value: Any) -> date:
    """SQLite gives days and moments as text."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def in_pence(pounds: Decimal) -> int:
    pence = pounds * 100
    if pence != int(pence):
        raise Refused(f"£{pounds} is not whole pence")
    return int(pence)


def in_pounds(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)
