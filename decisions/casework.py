"""What people do about payment cases: query, answer, propose, approve, one or many, and give notice of an audit (definition: payment_case).

What is checked here and added is one transaction that no other writer runs beside; what needs two persons is held by the tables too. A client key
makes a retry of the same request change nothing. Rights are a reader's (edition/rights.py): `propose` and `decide`, for the contract of the case.
Nothing reads the clock.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions import cases
from decisions.case_records import (
    Case,
    Numbered,
    Proposal,
    Run,
    as_day,
    in_pence,
    must_be_key,
    retried,
    standing_cases,
    step_row,
    take_steps,
    the_case,
    the_proposal,
    waiting_proposals,
)
from decisions.cases import (
    OPEN,
    QUERIED,
    UPHELD,
    Move,
    Refused,
)
from decisions.store import Store, has_store, reading
from edition.access import enter
from edition.rights import Reader


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


def query(home: Path, reader: Reader, case_id: int, said: str, at: datetime, client_key: str, holidays: Collection[date]) -> Case:
    """Ask the provider about an open case. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if retried(con, "case_step", client_key, case_id=case_id, to_state=QUERIED, proposed_by=_name(reader)):
            return the_case(con, case_id)
        case = the_case(con, case_id)
        _must_be_for(reader, "propose", case)
        move = Move(QUERIED, at.date(), _name(reader), reason=said)
        cases.must_be_allowed(case.standing, move)
        due_on = cases.due_day(at.date(), holidays)
        _enter(home, at, reader, {"case": case_id, "step": QUERIED})
        take_steps(con, [_by_person(con, case, move, at, client_key, due_on=due_on)])
        return the_case(con, case_id)


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
            return the_case(con, case_id)
        case = the_case(con, case_id)
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
        return the_case(con, case_id)


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
    return as_day(asked) if asked else None


def propose(
    home: Path, reader: Reader, case_id: int, to_state: str, at: datetime, client_key: str, *, amount: Decimal = Decimal(0), reason: str, evidence: str = ""
) -> Proposal:
    """Say what a case should come to; nothing changes until another approves it. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        same = {"case_id": case_id, "to_state": to_state, "amount_pence": in_pence(amount), "proposed_by": _name(reader)}
        if row := retried(con, "case_proposal", client_key, **same):
            return the_proposal(con, row["proposal_id"])
        case = the_case(con, case_id)
        _must_be_for(reader, "propose", case)
        move = Move(to_state, at.date(), _name(reader), amount=amount, reason=reason.strip(), evidence=evidence)
        cases.must_be_proposable(case.standing, move)
        _enter(home, at, reader, {"case": case_id, "proposed": to_state, "amount": str(amount)})
        return the_proposal(con, _put_proposals(con, [(case, move, client_key)], at)[0])


def approve(home: Path, reader: Reader, proposal_id: int, at: datetime, client_key: str) -> Case:
    """Decide as another has proposed. Raises DecisionError, StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if row := retried(con, "case_step", client_key, proposal_id=proposal_id, approved_by=_name(reader)):
            return the_case(con, row["case_id"])
        proposal = the_proposal(con, proposal_id)
        if proposal_id not in {one.proposal_id for one in waiting_proposals(con).values()}:
            raise Refused("this proposal waits for nobody: the case has moved on, or another was made, or what it rests on is another. Look at the case again")
        case = the_case(con, proposal.case_id)
        _must_be_for(reader, "decide", case)
        move = _approved(case, proposal, reader, at)
        _enter(home, at, reader, {"case": case.case_id, "approved": proposal.to_state, "amount": str(proposal.amount), "proposed_by": proposal.proposed_by})
        take_steps(con, [_by_person(con, case, move, at, client_key, proposal_id=proposal_id)])
        return the_case(con, case.case_id)


def preview(home: Path, reader: Reader, wanted: Filter) -> Preview:
    """How many cases a step in bulk would reach, of those the reader may propose for, and what is at risk in them. Raises StoreError."""
    if not has_store(home):
        return _preview([])
    with reading(home) as con:
        return _preview(_wanted(con, reader, "propose", wanted))


def propose_bulk(
    home: Path, reader: Reader, wanted: Filter, frame_hash: str, to_state: str, at: datetime, client_key: str, *, reason: str, evidence: str = ""
) -> int:
    """Propose the same for all cases of a preview, to uphold each at what is at risk; returns how many. All or none. Raises DecisionError where they
    are not those of the preview any more, or one of them may not take the step; StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if done := _keys_of(con, "case_proposal", client_key, "proposed_by", reader):
            return done
        chosen = _of_frame(_wanted(con, reader, "propose", wanted), frame_hash)
        planned = []
        for case in chosen:
            amount = case.at_risk if to_state == UPHELD else Decimal(0)
            move = Move(to_state, at.date(), _name(reader), amount=amount, reason=reason.strip(), evidence=evidence)
            _must_all(case, lambda case=case, move=move: cases.must_be_proposable(case.standing, move))
            planned.append((case, move, f"{client_key}/{case.case_id}"))
        _enter(home, at, reader, {"cases": len(chosen), "frame": frame_hash, "proposed": to_state})
        return len(_put_proposals(con, planned, at))


def query_bulk(home: Path, reader: Reader, wanted: Filter, frame_hash: str, said: str, at: datetime, client_key: str, holidays: Collection[date]) -> int:
    """Ask the provider about all cases of a preview; returns how many. All or none. Raises DecisionError where they are not those of the preview any
    more, or one of them may not be asked about; StoreError, NotRecorded."""
    with Store(home).alone() as con:
        if done := _keys_of(con, "case_step", client_key, "proposed_by", reader):
            return done
        chosen = _of_frame(_wanted(con, reader, "propose", wanted), frame_hash)
        due_on, rows = cases.due_day(at.date(), holidays), []
        for case in chosen:
            move = Move(QUERIED, at.date(), _name(reader), reason=said.strip())
            _must_all(case, lambda case=case, move=move: cases.must_be_allowed(case.standing, move))
            rows.append(_by_person(con, case, move, at, f"{client_key}/{case.case_id}", due_on=due_on))
        _enter(home, at, reader, {"cases": len(chosen), "frame": frame_hash, "step": QUERIED})
        take_steps(con, rows)
        return len(rows)


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
        take_steps(con, rows)
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


def _wanted(con: sa.Connection, reader: Reader, what: str, wanted: Filter) -> list[Case]:
    # Of one rule there are few beside all that were ever opened.
    of_rule = "case_id in (select case_id from payment_case where rule_id = :rule_id)"
    return [case for case in standing_cases(con, of_rule, {"rule_id": wanted.rule_id}) if wanted.has(case) and reader.may_for(what, case.contract_id, case.provider)]


def _to_approve(con: sa.Connection, reader: Reader, wanted: Filter) -> list[tuple[Case, Proposal]]:
    waiting = waiting_proposals(con)
    chosen = [case for case in _wanted(con, reader, "decide", wanted) if case.case_id in waiting]
    return [(case, waiting[case.case_id]) for case in chosen if not cases.one_person(waiting[case.case_id].proposed_by, _name(reader))]


def _preview(chosen: Sequence[Case]) -> Preview:
    lines = "".join(f"{case.case_id}|{case.step_no}|{case.finding_id}|{in_pence(case.at_risk)}\n" for case in chosen)
    return Preview(len(chosen), sum((case.at_risk for case in chosen), Decimal(0)), _sha256(lines))


def _preview_of_proposals(chosen: Sequence[tuple[Case, Proposal]]) -> Preview:
    lines = "".join(f"{one.proposal_id}|{case.step_no}|{one.to_state}|{in_pence(one.amount)}\n" for case, one in chosen)
    return Preview(len(chosen), sum((one.amount for _, one in chosen), Decimal(0)), _sha256(lines))


def _of_frame(chosen: list[Case], frame_hash: str) -> list[Case]:
    if not chosen or _preview(chosen).frame_hash != frame_hash:
        raise Refused("the cases are not those that the preview counted: look at it again")
    return chosen


def _must_all(case: Case, allowed) -> None:
    try:
        allowed()
    except Refused as refused:
        raise Refused(f"nothing was done, for case {case.case_id} says: {refused}") from None


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
            case_id=case.case_id, step_no=case.step_no + 1, finding_id=case.finding_id, to_state=move.to_state, amount_pence=in_pence(move.amount),
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
    run = Run(last.run_id, last.edition_id, as_day(last.as_of), at)
    return {**step_row(case, move, amount, last.run_no, run, client_key), "due_on": due_on, "proposal_id": proposal_id}


def _keys_of(con: sa.Connection, table: str, client_key: str, by: str, reader: Reader) -> int:
    """How many rows a request in bulk of this reader has made before. Raises Refused where its key was used by another."""
    must_be_key(client_key)
    found = con.execute(sa.text(f"select client_key, {by} as by_whom from {table} where client_key like :begin"), {"begin": f"{client_key}/%"})
    made = [row.by_whom for row in found if row.client_key.startswith(f"{client_key}/")]
    if any(name != _name(reader) for name in made):
        raise Refused("this key was used for another request: take a new one")
    return len(made)


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


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
