"""Payment cases on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.asking import HOME, KEY, PURPOSE, local, new_key, now_and_reader, pounds, stop, told

if TYPE_CHECKING:
    from decisions.casework import Filter

WANTED = [
    click.option("--state", default="open", show_default=True, help="Only cases in this state."),
    click.option("--contract", default="", help="Only of this contract."),
    click.option("--provider", default="", help="Only of this provider."),
    click.option("--least", type=float, help="At least so many pounds at risk."),
    click.option("--most", type=float, help="At most so many pounds at risk."),
]


def _wanted(command: Callable) -> Callable:
    for option in reversed(WANTED):
        command = option(command)
    return command


@click.group()
def casework() -> None:
    """Payment cases: what became of claims that a rule fails."""


@casework.command("list")
@HOME
@PURPOSE
@click.option("--state", default="", help="Only cases in this state.")
def casework_list(home: Path, purpose: str, state: str) -> None:
    """The cases of your contracts, with what waits for an approver; CSV on stdout. The use is written to the access record."""
    import csv

    from decisions import case_edition, case_records
    from edition.access import Use
    from edition.folder import current

    now, reader = now_and_reader(home)
    with told():
        made = current(home)
        waiting = {one.case_id: one for one in case_records.proposals(home)}
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["case", "source", "claim_or_subject", "rule", "contract", "provider", "state", "at_risk", "upheld", "answer_by", "answered", "proposal", "proposed", "proposed_amount"])
        for case in case_edition.listed(home, made, Use(made, now, reader, purpose, query="casework list")):
            if state in ("", case.state):
                one = waiting.get(case.case_id)
                proposed = (one.proposal_id, one.to_state, one.amount) if one else ("", "", "")
                answered = "no answer" if case.is_unanswered else "late" if case.has_late_answer else "yes" if case.has_answer else ""
                writer.writerow([case.case_id, case.source, case.claim_id or case.subject, case.rule_id, case.contract_id, case.provider, case.state, case.at_risk, case.holds, case.due_on or "", answered, *proposed])  # fmt: skip


@casework.command("query")
@HOME
@KEY
@click.argument("case", type=int)
@click.argument("why")
def casework_query(home: Path, key: str, case: int, why: str) -> None:
    """Ask the provider of CASE, saying WHY; the answer is due on the tenth working day."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        asked = casework.query(home, reader, case, why, local(now), key or new_key(), casework.bank_holidays())
    click.echo(f"case {case}: queried, answer by {asked.due_on}")


@casework.command("propose")
@HOME
@KEY
@click.argument("case", type=int)
@click.argument("state", type=click.Choice(["explained", "upheld", "closed", "open"]))
@click.option("--amount", default="0", help="Pounds to uphold, or not recovered.")
@click.option("--reason", required=True, help="Why. To explain: one of the codes of decisions/cases.yml.")
@click.option("--evidence", default="", help="What shows it.")
def casework_propose(home: Path, key: str, case: int, state: str, amount: str, reason: str, evidence: str) -> None:
    """Propose that CASE becomes STATE. Another has to approve it."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        made = casework.propose(home, reader, case, state, local(now), key or new_key(), amount=pounds(amount), reason=reason, evidence=evidence)
    click.echo(f"proposal {made.proposal_id}: case {case} {state}, £{made.amount:,.2f}")


@casework.command("approve")
@HOME
@KEY
@click.argument("proposal", type=int)
def casework_approve(home: Path, key: str, proposal: int) -> None:
    """Decide as another has proposed."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        case = casework.approve(home, reader, proposal, local(now), key or new_key())
    click.echo(f"case {case.case_id}: {case.state}, £{case.holds:,.2f}")


@casework.command("preview")
@HOME
@_wanted
@click.option("--waiting", is_flag=True, help="Count what others have proposed and you may approve.")
@click.argument("rule")
def casework_preview(home: Path, waiting: bool, rule: str, **said: Any) -> None:
    """How many cases of RULE a step in bulk would reach, their pounds, and the frame to name with it."""
    from decisions import casework

    _, reader = now_and_reader(home)
    with told():
        seen = (casework.preview_proposals if waiting else casework.preview)(home, reader, _filter(rule, **said))
    click.echo(f"{seen.count} cases that you may {'approve' if waiting else 'act on'}, £{seen.pounds:,.2f}, frame {seen.frame_hash}")


@casework.command("propose-all")
@HOME
@KEY
@_wanted
@click.argument("rule")
@click.argument("become", type=click.Choice(["explained", "upheld", "open"]))
@click.option("--frame", required=True, help="As the preview gave it.")
@click.option("--reason", required=True, help="Why. To explain: one of the codes of decisions/cases.yml.")
@click.option("--evidence", default="", help="What shows it.")
def casework_propose_all(home: Path, key: str, rule: str, become: str, frame: str, reason: str, evidence: str, **said: Any) -> None:
    """Propose the same for all cases of a preview; to uphold each at what is at risk."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        n = casework.propose_bulk(home, reader, _filter(rule, **said), frame, become, local(now), key or new_key(), reason=reason, evidence=evidence)
    click.echo(f"{n} proposals")


@casework.command("query-all")
@HOME
@KEY
@_wanted
@click.argument("rule")
@click.option("--frame", required=True, help="As the preview gave it.")
@click.option("--reason", required=True, help="What the provider is asked.")
def casework_query_all(home: Path, key: str, rule: str, frame: str, reason: str, **said: Any) -> None:
    """Ask the provider about all cases of a preview."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        n = casework.query_bulk(home, reader, _filter(rule, **said), frame, reason, local(now), key or new_key(), casework.bank_holidays())
    click.echo(f"{n} cases are asked about")


@casework.command("approve-all")
@HOME
@KEY
@_wanted
@click.argument("rule")
@click.option("--frame", required=True, help="As `preview --waiting` gave it.")
def casework_approve_all(home: Path, key: str, rule: str, frame: str, **said: Any) -> None:
    """Approve all that others have proposed for cases of RULE."""
    from decisions import casework

    now, reader = now_and_reader(home)
    with told():
        n = casework.approve_bulk(home, reader, _filter(rule, **said), frame, local(now), key or new_key())
    click.echo(f"{n} cases decided")


@casework.command("book-out")
@HOME
@PURPOSE
@click.argument("provider")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def casework_book_out(home: Path, purpose: str, provider: str, out: Path) -> None:
    """Write the workbook of all that PROVIDER is asked to OUT."""
    from decisions import workbook
    from edition.access import Use
    from edition.folder import current
    from ground.files import write_whole

    now, reader = now_and_reader(home)
    with told():
        made = current(home)
        book = workbook.write_book(home, made, Use(made, now, reader, purpose, query=f"casework book-out {provider}"), provider, local(now))
        try:
            write_whole(out, book, 0o600)
        except OSError as error:
            stop(f"{out} cannot be written: {error.strerror}")
    click.echo(out)


@casework.command("book-in")
@HOME
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def casework_book_in(home: Path, book: Path) -> None:
    """Keep the answers in a workbook that came back. Exit 1 where a row could not be read; it is named, and the others count."""
    from decisions import workbook

    now, reader = now_and_reader(home)
    with told():
        read = workbook.read_book(home, reader, book.read_bytes(), local(now))
    click.echo(f"{len(read.kept)} answers kept, {len(read.late)} of them late")
    if read.faults:
        stop("\n".join(read.faults))


@casework.command("notice")
@HOME
@KEY
@click.argument("contract")
@click.option("--period", default="", help="The period that is audited.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day that is audited.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day that is audited.")
def casework_notice(home: Path, key: str, contract: str, period: str, first: datetime | None, last: datetime | None) -> None:
    """Note that the provider of CONTRACT was told today of an audit. What is written down later is seen by R47 from the next refresh on."""
    from decisions import casework

    now, reader = now_and_reader(home)
    days = {"from_date": first.date() if first else None, "to_date": last.date() if last else None}
    with told():
        number = casework.give_notice(home, reader, contract, _provider_of(home, contract), local(now), key or new_key(), period=period, **days)
    click.echo(f"notice {number}")


def _filter(rule: str, state: str, contract: str, provider: str, least: float | None, most: float | None) -> Filter:
    from decisions.casework import Filter

    bounds = [None if bound is None else Decimal(str(bound)) for bound in (least, most)]
    return Filter(rule, state, contract, provider, *bounds)


def _provider_of(home: Path, contract: str) -> str:
    """By the edition in force."""
    from edition.folder import current
    from edition.reading import opened

    with opened(current(home), tables=["dim_contract"]) as con:
        found = con.execute("select provider from dim_contract where contract_id = ?", [contract]).fetchone()
    if found is None:
        stop(f"there is no contract {contract} in the edition in force")
    return found[0] or ""
