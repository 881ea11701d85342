"""The command `gatehouse`. It and the frame of the dashboard alone read the clock. Heavy libraries are imported by the
commands that need them."""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ground import log
from orchestration import settings as place

if TYPE_CHECKING:
    from decisions.casework import Filter
    from edition.rights import Reader

HOME = click.option("--home", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder that holds everything we keep.")


@click.group(context_settings={"max_content_width": 110})
@click.version_option(package_name="gatehouse")
def main() -> None:
    """Gatehouse: outcomes for people leaving prison."""


@main.command()
@click.option("--landing", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder that deliveries arrive in.")
@HOME
@click.option(
    "--as-of", help="Only what was delivered up to this day, such as 2024-03-31. Default: the latest day delivered, not after today."
)
# For `gatehouse thresholds`: no edition of the home itself is made at another.
@click.option("--link-threshold", type=click.Choice(place.LINK_THRESHOLDS), default=place.DEFAULT_LINK_THRESHOLD, hidden=True)
def refresh(landing: Path, home: Path, as_of: str | None, link_threshold: str) -> None:
    """Check, load, link, build and publish. Exit 0 when an edition was published."""
    try:
        day = datetime.strptime(as_of, "%Y-%m-%d").date() if as_of is not None else None
    except ValueError:
        _stop(f"--as-of {as_of} is not a day: write it as 2024-03-31")
    if not landing.is_dir():
        _stop(f"the landing folder {landing} does not exist: name the folder that holds <source>/<complete_to>/<TABLE>.csv")
    began = time.monotonic()
    settings = _enter(home, landing)
    from orchestration.refresh import PUBLISHED, RefreshError, keep_outcome, refresh

    place.say("starting")
    try:
        with place.still_saying():
            edition_id = refresh(settings, day, date.today(), link_threshold)
    except RefreshError as error:
        if error.outcome:
            keep_outcome(settings, error.outcome, time.monotonic() - began, datetime.now().astimezone())
        _stop(str(error), outcome=error.outcome or "did not begin")
    seconds = time.monotonic() - began
    keep_outcome(settings, PUBLISHED, seconds, datetime.now().astimezone())
    click.echo(edition_id)
    place.say(f"published {edition_id} in {seconds:.0f} s", outcome=PUBLISHED, edition=edition_id, seconds=round(seconds, 1))


@main.command()
@click.option("--landing", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder that deliveries arrive in.")
@HOME
def thresholds(landing: Path, home: Path) -> None:
    """Every rate of the current edition with surer and with less sure links. Takes two refreshes."""
    settings = _enter(home, landing)
    from orchestration.linkage.thresholds import ThresholdsError, compare_thresholds

    try:
        with place.still_saying(), settings.locked():
            made = compare_thresholds(settings, datetime.now().astimezone(), place.say)
    except (ThresholdsError, place.HomeInUse) as error:
        _stop(str(error))
    place.say(f"thresholds: {made}")


@main.command()
@HOME
@click.option("--json", "as_json", is_flag=True, help="For machines: editions, current, tables, row_accounts, refused, checks.")
def status(home: Path, as_json: bool) -> None:
    """Editions, tables with watermark and age, row accounts, refused tables, checks. The use is written to the access record."""
    from edition.folder import EditionError
    from orchestration.publishing import status as state

    now = datetime.now().astimezone()
    try:
        found = state.status(home, now, _reader(home, now))
    except (EditionError, state.StatusError) as error:
        _stop(str(error))
    click.echo(state.as_json(found) if as_json else state.as_text(found))


@main.command()
@HOME
@click.argument("edition_id")
def rollback(home: Path, edition_id: str) -> None:
    """Put an edition of before in force again. The next refresh puts a newer one in its place."""
    from edition.folder import EditionError
    from orchestration.publishing.publish import PublishError, roll_back

    settings = _enter(home, home / "landing")
    try:
        with settings.locked():
            roll_back(settings, edition_id)
    except (EditionError, PublishError, place.HomeInUse) as error:
        _stop(str(error))
    click.echo(edition_id)


@main.command()
@HOME
@click.option("--restricted", is_flag=True, help="All tables, exact counts. The use is written to the access record.")
@click.option("--purpose", default="", help="Why the restricted tables are needed. Required with --restricted.")
@click.argument("query")
def sql(home: Path, restricted: bool, purpose: str, query: str) -> None:
    """Run a read-only QUERY over the current edition; CSV on stdout. At most a million rows and two minutes."""
    from edition import embargo
    from edition.access import Use, is_purpose
    from edition.folder import EditionError, current
    from edition.reading import write_csv

    if restricted and not is_purpose(purpose):
        raise click.UsageError("--restricted needs --purpose: say in words why rows about people are read")
    now = datetime.now().astimezone()
    try:
        edition = current(home)
        use = Use(edition, now, _reader(home, now), purpose, query=query) if restricted else None
        write_csv(edition, query, sys.stdout, use, embargo.unpublished(edition, now.date()))
    except EditionError as error:
        _stop(str(error))


@main.command()
@HOME
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; its name says the format: .csv, .parquet, .xlsx, .ods or .json.")
@click.option("--table", default="", help="A standing table.")
@click.option("--measure", default="", help="Measures, joined by commas: with --grain, --from, --to and --geography.")
@click.option("--grain", default="", help="month, quarter, year, roll3 or roll12.")
@click.option("--from", "first", default="", help="First month of the first period, such as 2022-04.")
@click.option("--to", "last", default="", help="First month of the last period.")
@click.option("--geography", default="", help="A kind of place, and after a colon the codes of some: region:N07,N52.")
@click.option("--characteristic", default="all", show_default=True, help="What the figures are split by.")
@click.option("--edition", "edition_id", default="", help="Default: the one in force.")
@click.option("--list", "is_list", is_flag=True, help="The tables, the grid and the rows of each.")
@click.option("--json", "as_json", is_flag=True, help="With --list: for machines.")
@click.option("--verify", "to_verify", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Hold this file against the edition it names.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Embargoed is what is not published on this day. Default: today, and never later.")
def extract(home: Path, out: Path | None, table: str, edition_id: str, is_list: bool, as_json: bool, to_verify: Path | None, day: datetime | None, **filters: str) -> None:
    """Write controlled figures to a file that says what it is, list what there is, or verify a file.

    Exit 0 written or the same, 1 refused or different, 2 wrong arguments, 3 the edition or table is not there."""
    from decisions import extracts
    from decisions.store import StoreError
    from edition.extract.extract import listing, selected, write
    from edition.extract.selection import NoSuchTable, OffTheGrid
    from edition.extract.verify import verify
    from edition.folder import EditionError, current, edition

    now, reader = _now_and_reader(home)
    if day and day.date() > now.date():
        raise click.UsageError(f"--on {day.date()} is still to come: what is embargoed today is not handed out")
    has_filters = any(value for name, value in filters.items() if name != "characteristic") or filters["characteristic"] != "all"
    if [is_list, bool(to_verify), bool(out)].count(True) != 1 or (out and bool(table) == has_filters) or (not out and (table or has_filters)):
        raise click.UsageError("give --list, or --verify FILE, or --out FILE with --table or with --measure, --grain, --from, --to and --geography")
    if as_json and not is_list:
        raise click.UsageError("--json goes with --list")
    try:
        asking = extracts.asking(home, reader, now, day.date() if day else now.date())
        if to_verify:
            found, n = verify(home, to_verify, asking)
            for one in found:
                click.echo(f"different: {one}")
            if n:
                _stop(f"{to_verify.name}: {n} {'difference' if n == 1 else 'differences'} from the edition it names")
            click.echo("same")
            return
        try:
            of = edition(home, edition_id) if edition_id else current(home)
        except EditionError as error:
            _stop(str(error), status=3)
        if is_list:
            _say_listed(listing(of, asking), as_json)
            return
        if out is None:
            return
        asked = {"measures": filters["measure"].split(","), **{name: filters[name] for name in ("grain", "first", "last", "geography", "characteristic")}}
        try:
            write(of, asking, selected(of, table, **({} if table else asked)), out, click.echo)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            _stop(f"{out} cannot be written: {error.strerror}")
    except OffTheGrid as error:
        raise click.UsageError(str(error)) from None
    except NoSuchTable as error:
        _stop(str(error), status=3)
    except (StoreError, EditionError) as error:
        _stop(str(error))


def _say_listed(found: dict[str, Any], as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"edition {found['edition']}\nmeasures {', '.join(found['measures'])}")
    for one in found["tables"]:
        click.echo(f"table {one['table']}: {one['rows']} rows{_embargoed(one)}. {one['title']}")
    for one in found["grid"]:
        click.echo(f"grid {one['characteristic']} by {one['grain']} for {one['geography']}: {one['rows']} rows{_embargoed(one)}")


def _embargoed(one: dict[str, Any]) -> str:
    return f" and {one['embargoed']} embargoed" if one["embargoed"] else ""


@main.group()
def access() -> None:
    """Who may see what, and the record of who looked."""


@access.command("grant")
@HOME
@click.argument("person")
@click.argument("role")
@click.option("--region", default="", help="Code of the region, for a regional director.")
@click.option("--contract", default="", help="Code of the contract, for a contract manager or an approver.")
@click.option("--provider", default="", help="Code of a provider: all its contracts.")
@click.option("--named", is_flag=True, help="May read lists of people under restriction or exclusion.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day. Default: today.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day. One before today ends what was granted.")
def access_grant(home: Path, person: str, role: str, region: str, contract: str, provider: str, named: bool, first: datetime | None, last: datetime) -> None:
    """Grant ROLE to PERSON, by the name under which they sign in. For an administrator, and for the account that the home belongs to."""
    from decisions import grants
    from decisions.store import DecisionError, StoreError
    from edition.access import NotRecorded

    now = datetime.now().astimezone()
    reader = _reader(home, now)
    scopes = {kind: code for kind, code in (("region", region), ("contract", contract), ("provider", provider)) if code}
    if len(scopes) > 1:
        raise click.UsageError("give one of --region, --contract and --provider")
    ((kind, code),) = scopes.items() or (("all", ""),)
    by = reader.person if reader.may("grant") else _owner(home)
    if not by:
        _stop("grants are made by an administrator, or by the account that the home belongs to")
    new = grants.Granted(0, person, role, kind, code, named, first.date() if first else now.date(), last.date(), by, now.replace(tzinfo=None, microsecond=0))
    try:
        kept = grants.grant(home, new)
    except (DecisionError, StoreError, NotRecorded) as error:
        _stop(f"not granted: {error}")
    click.echo(f"{kept.person}: {kept.grant}, {kept.valid_from} to {kept.valid_to}, granted by {kept.granted_by}")


@access.command("early")
@HOME
@click.argument("person")
@click.argument("series")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--purpose", required=True, help="What the figures are needed for before they are published.")
def access_early(home: Path, person: str, series: str, first: datetime, last: datetime, purpose: str) -> None:
    """Let PERSON have the figures of SERIES, such as M50:2023-04:2024-03, before it is published: at most 24 hours before. For those who grant."""
    from decisions import extracts
    from edition.folder import current

    now = datetime.now().astimezone()
    with _told():
        made = extracts.grant_early(home, current(home), _grantor(home, now), _local(now), person, series, first.date(), last.date(), purpose)
    click.echo(f"grant {made.number}: {made.person}, {made.series}, {made.from_day} to {made.to_day}")


@main.command()
@HOME
@click.argument("permalink")
@click.argument("reason")
def withdraw(home: Path, permalink: str, reason: str) -> None:
    """Withdraw the extract of PERMALINK: its file goes, the REASON stays. For those who grant."""
    from decisions import extracts

    now = datetime.now().astimezone()
    with _told():
        extracts.withdraw(home, _grantor(home, now), _local(now), permalink, reason)
    click.echo(f"withdrawn {permalink}")


def _grantor(home: Path, now: datetime) -> str:
    """Who grants: an administrator, or the account that the home belongs to."""
    reader = _reader(home, now)
    by = reader.person if reader.may("grant") else _owner(home)
    if not by:
        _stop("this is for an administrator, or the account that the home belongs to")
    return by


@access.command("list")
@HOME
def access_list(home: Path) -> None:
    """What is granted to whom today."""
    from decisions import grants
    from decisions.store import StoreError

    now = datetime.now().astimezone()
    reader = _reader(home, now)
    if not (reader.may("grant") or reader.may("see_grants") or _owner(home)):
        _stop("what is granted is for an administrator, an auditor, and the account that the home belongs to")
    try:
        held = grants.in_force(grants.all_grants(home), now.date())
    except StoreError as error:
        _stop(str(error))
    for one in sorted(held, key=lambda one: one.what):
        named = ", named reader" if one.is_named else ""
        click.echo(f"{one.person}: {one.grant}{named}, {one.valid_from} to {one.valid_to}, granted by {one.granted_by}")


@access.command("verify")
@HOME
def access_verify(home: Path) -> None:
    """Whether every entry is there, in its place and as it was written. Exit 1 where not; the first that is not is named."""
    from edition.access import verify
    from edition.folder import EditionError

    try:
        entries, fault = verify(home)
    except (EditionError, OSError) as error:
        _stop(f"the access record cannot be read: {error}")
    if fault:
        _stop(f"access record: {fault}")
    click.echo(f"access record: {entries} entries, all as they were written")


KEY = click.option("--key", default="", help="Names the request: the same again changes nothing. Default: a new one.")
PURPOSE = click.option("--purpose", required=True, help="Why rows about people are read.")
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


@main.group()
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

    now, reader = _now_and_reader(home)
    with _told():
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

    now, reader = _now_and_reader(home)
    with _told():
        asked = casework.query(home, reader, case, why, _local(now), key or _new_key(), casework.bank_holidays())
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

    now, reader = _now_and_reader(home)
    with _told():
        made = casework.propose(home, reader, case, state, _local(now), key or _new_key(), amount=_amount(amount), reason=reason, evidence=evidence)
    click.echo(f"proposal {made.proposal_id}: case {case} {state}, £{made.amount:,.2f}")


@casework.command("approve")
@HOME
@KEY
@click.argument("proposal", type=int)
def casework_approve(home: Path, key: str, proposal: int) -> None:
    """Decide as another has proposed."""
    from decisions import casework

    now, reader = _now_and_reader(home)
    with _told():
        case = casework.approve(home, reader, proposal, _local(now), key or _new_key())
    click.echo(f"case {case.case_id}: {case.state}, £{case.holds:,.2f}")


@casework.command("preview")
@HOME
@_wanted
@click.option("--waiting", is_flag=True, help="Count what others have proposed and you may approve.")
@click.argument("rule")
def casework_preview(home: Path, waiting: bool, rule: str, **said: Any) -> None:
    """How many cases of RULE a step in bulk would reach, their pounds, and the frame to name with it."""
    from decisions import casework

    _, reader = _now_and_reader(home)
    with _told():
        seen = (casework.preview_proposals if waiting else casework.preview)(home, reader, _filter(rule, **said))
    click.echo(f"{seen.count} cases, £{seen.pounds:,.2f}, frame {seen.frame_hash}")


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

    now, reader = _now_and_reader(home)
    with _told():
        n = casework.propose_bulk(home, reader, _filter(rule, **said), frame, become, _local(now), key or _new_key(), reason=reason, evidence=evidence)
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

    now, reader = _now_and_reader(home)
    with _told():
        n = casework.query_bulk(home, reader, _filter(rule, **said), frame, reason, _local(now), key or _new_key(), casework.bank_holidays())
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

    now, reader = _now_and_reader(home)
    with _told():
        n = casework.approve_bulk(home, reader, _filter(rule, **said), frame, _local(now), key or _new_key())
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

    now, reader = _now_and_reader(home)
    with _told():
        made = current(home)
        book = workbook.write_book(home, made, Use(made, now, reader, purpose, query=f"casework book-out {provider}"), provider, _local(now))
        try:
            write_whole(out, book, 0o600)
        except OSError as error:
            _stop(f"{out} cannot be written: {error.strerror}")
    click.echo(out)


@casework.command("book-in")
@HOME
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def casework_book_in(home: Path, book: Path) -> None:
    """Keep the answers in a workbook that came back. Exit 1 where a row could not be read; it is named, and the others count."""
    from decisions import workbook

    now, reader = _now_and_reader(home)
    with _told():
        read = workbook.read_book(home, reader, book.read_bytes(), _local(now))
    click.echo(f"{len(read.kept)} answers kept, {len(read.late)} of them late")
    if read.faults:
        _stop("\n".join(read.faults))


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

    now, reader = _now_and_reader(home)
    days = {"from_date": first.date() if first else None, "to_date": last.date() if last else None}
    with _told():
        number = casework.give_notice(home, reader, contract, _provider_of(home, contract), _local(now), key or _new_key(), period=period, **days)
    click.echo(f"notice {number}")


@main.group()
def sample() -> None:
    """Samples of a contract's claims, and what they say of all of them."""


@sample.command("draw")
@HOME
@PURPOSE
@KEY
@click.argument("contract")
@click.option("--method", type=click.Choice(["money", "attribute"]), default="money", show_default=True)
@click.option("--seed", required=True, help="The same seed draws the same sample.")
@click.option("--size", required=True, type=int)
@click.option("--confidence", default="0.95", show_default=True)
@click.option("--period", default="", help="Only claims of this period.")
@click.option("--task", default="", help="Only claims of this task.")
@click.option("--strata", default="", help="Column that an attribute sample is stratified by: task_code, domain, prison or period.")
def sample_draw(home: Path, purpose: str, key: str, contract: str, method: str, seed: str, size: int, confidence: str, period: str, task: str, strata: str) -> None:
    """Draw a sample of CONTRACT's tested claims; those to examine as CSV on stdout."""
    import csv

    from decisions import samples
    from edition.access import Use
    from edition.folder import current

    now, reader = _now_and_reader(home)
    with _told():
        made = current(home)
        use = Use(made, now, reader, purpose, query=f"sample draw {contract}")
        drawn = samples.draw(home, made, use, samples.Scope(contract, period, task, strata), method, seed, size, _local(now), key or _new_key(), _amount(confidence))
        listed = samples.shown(made, use, drawn)
    hidden = f", {len(drawn.claims) - len(listed)} of them for a named reader" if len(listed) < len(drawn.claims) else ""
    place.say(f"sample {drawn.sample_id}: {len(drawn.claims)} of {drawn.frame_claims:,} claims{hidden}, £{drawn.frame_pounds:,.2f}, frame {drawn.frame_hash}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["sample", "source", "claim_id", "net", "stratum", "top"])
    writer.writerows([drawn.sample_id, one.source, one.claim_id, one.net, one.stratum, "yes" if one.is_top else ""] for one in listed)


@sample.command("examine")
@HOME
@KEY
@click.argument("number", type=int)
@click.argument("source")
@click.argument("claim")
@click.argument("supported")
@click.option("--note", default="", help="What was found.")
def sample_examine(home: Path, key: str, number: int, source: str, claim: str, supported: str, note: str) -> None:
    """Note how many pounds are SUPPORTED of a claim of a sample."""
    from decisions import samples

    now, reader = _now_and_reader(home)
    with _told():
        left = samples.examine(home, reader, number, source, claim, _amount(supported), note, _local(now), key or _new_key()).unexamined
    click.echo(f"{left} left to examine")


@sample.command("evaluate")
@HOME
@click.argument("number", type=int)
def sample_evaluate(home: Path, number: int) -> None:
    """What a sample says, once all of it is examined."""
    from dataclasses import asdict

    from decisions import samples

    _, reader = _now_and_reader(home)
    with _told():
        said = samples.evaluate(home, reader, number)
    for what, value in asdict(said).items():
        click.echo(f"{what}: {value}")


@main.group()
def audit() -> None:
    """Show, and have others check, what a payment audit rests on."""


@audit.command("pack")
@HOME
@PURPOSE
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write; its hash goes beside it.")
@click.option("--claim", default="", help="One claim, as SOURCE|ID.")
@click.option("--provider", default="", help="All claims of this provider.")
@click.option("--period", default="", help="Of the provider's only those of this period.")
@click.option("--rule", default="", help="Of the provider's only those that this rule does not pass.")
def audit_pack(home: Path, purpose: str, out: Path, claim: str, provider: str, period: str, rule: str) -> None:
    """Write an evidence pack of what you may see: claims, every result, the rows behind, decisions. The use is written to the access record."""
    from edition.access import Use
    from edition.folder import current
    from orchestration.audit.pack import PackError, Scope, make

    if bool(claim) == bool(provider) or claim.count("|") != int(bool(claim)) or (claim and (period or rule)):
        raise click.UsageError("give --claim SOURCE|ID, or --provider and, if you like, --period and --rule")
    source, _, claim_id = claim.partition("|")
    scope = Scope(source, claim_id, provider, period, rule.upper())
    now, reader = _now_and_reader(home)
    with _told():
        made = current(home)
        try:
            written = make(place.Settings(home.resolve(), home.resolve() / "landing"), made, Use(made, now, reader, purpose, query=f"audit pack: {scope}"), scope, out)
        except PackError as error:
            _stop(str(error))
        except OSError as error:
            _stop(f"{out} cannot be written: {error.strerror}")
    for member, rows in written.rows.items():
        click.echo(f"{member}: {rows}")
    click.echo(f"manifest {written.sha256}")


@audit.command("verify")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def audit_verify(pack: Path) -> None:
    """Check PACK by itself: hashes, rows, results, sums. Exit 1 where it is not as it was made; the first difference is named."""
    from orchestration.audit.verify import Differs, verify

    try:
        checked = verify(pack)
    except Differs as error:
        _stop(f"{pack.name} differs: {error}")
    except OSError as error:
        _stop(f"{pack} cannot be read: {error.strerror}")
    for line in checked.lines():
        click.echo(line)


@audit.command("rerun")
@HOME
@click.argument("edition_id", metavar="EDITION")
def audit_rerun(home: Path, edition_id: str) -> None:
    """Do the audit of EDITION again from the kept deliveries it names. Exit 1 with the first differences. Takes a refresh."""
    settings = _enter(home, home / "landing")
    from orchestration.audit.rerun import RerunError, as_lines, rerun

    with _told():
        try:
            with place.still_saying(), settings.locked():
                found = rerun(settings, edition_id, datetime.now().astimezone(), place.say)
        except (RerunError, place.HomeInUse) as error:
            _stop(str(error))
    for line in as_lines(found, edition_id):
        click.echo(line)
    if found.differences:
        _stop("\n".join(["not the same again:", *found.differences]))


def _now_and_reader(home: Path) -> tuple[datetime, Reader]:
    now = datetime.now().astimezone()
    return now, _reader(home, now)


def _local(now: datetime) -> datetime:
    return now.replace(tzinfo=None, microsecond=0)


def _new_key() -> str:
    import uuid

    return uuid.uuid4().hex


def _amount(text: str) -> Decimal:
    from decimal import InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation:
        _stop(f"{text} is no number: write it as 71.20")


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
        _stop(f"there is no contract {contract} in the edition in force")
    return found[0] or ""


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with a decision or an edition is said, and the command ends."""
    from decisions.store import DecisionError, StoreError
    from edition.folder import EditionError

    try:
        yield
    except (DecisionError, StoreError, EditionError) as error:
        _stop(str(error))


@main.command()
@HOME
@click.option("--port", default=9464, show_default=True, type=click.IntRange(1, 65535))
def monitor(home: Path, port: int) -> None:
    """Tell machines on this one whether the home is well: /health, /ready and, for Prometheus, /metrics."""
    log.stop_in_json()
    from orchestration.monitor import serve

    try:
        serve(home, port, lambda: datetime.now().astimezone(), place.say)
    except OSError as error:
        _stop(f"nothing can be served at 127.0.0.1:{port} ({error.strerror}): name another --port, or stop what is there")


@main.command()
@HOME
@click.option("--to", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder that holds the backups, outside the home.")
def backup(home: Path, to: Path) -> None:
    """Copy what cannot be made again, also while a refresh or a dashboard runs. Its folder on stdout."""
    from orchestration.backup import BackupError, backup

    try:
        made = backup(home, to, datetime.now(), place.say)
    except BackupError as error:
        _stop(str(error))
    click.echo(made)


@main.command()
@click.option("--from", "source", required=True, type=click.Path(file_okay=False, path_type=Path), help="A backup, or a folder of them: then the newest.")  # fmt: skip
@click.option("--home", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to put it in: new or empty.")
def restore(source: Path, home: Path) -> None:
    """Put a backup into an empty home, once every file of it is found as it was written."""
    from orchestration.backup import BackupError, restore

    try:
        restore(source, home, place.say)
    except BackupError as error:
        _stop(str(error))


@main.command()
@click.option("--inspection", is_flag=True, help="The inspection-sample world.")
@click.option("--releases", type=click.IntRange(min=1), help="An invented nation with this many releases; its truth goes to OUT-truth.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same nation, byte for byte.")
@click.option("--honest", is_flag=True, help="Providers who do what they are paid for and bill no more: no condition of a contract fails. Without it some do not.")
@click.option("--faults", is_flag=True, help="Plant faults, and for every payment rule a pair of claims on each side of its bounds, with the result expected of each in the truth.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Landing folder to write to.")
def generate(inspection: bool, releases: int | None, seed: int, honest: bool, faults: bool, out: Path) -> None:
    """Write invented deliveries: give --inspection or --releases."""
    if inspection == (releases is not None):
        raise click.UsageError("give one of --inspection and --releases")
    try:
        # Where the folder it lies in is new, that will be a home, with more in it than deliveries.
        out.parent.mkdir(parents=True, exist_ok=True, mode=place.OWNER_ONLY)
        with place.still_saying():
            if releases is None:
                from worlds.inspection import write_inspection_world

                place.say("generate: the inspection sample")
                write_inspection_world(out)
            else:
                from worlds.nation import write_nation

                place.say(f"generate: an invented nation of {releases} releases")
                write_nation(out, releases, seed, faults, honest)
    except OSError as error:
        _stop(f"{out} cannot be written: {error.strerror}" if error.errno else str(error))
    place.say(f"invented deliveries are in {out}")


@main.command()
@HOME
def login(home: Path) -> None:
    """Sign in at the identity provider, for the commands after; the address and a code to enter there are shown."""
    from sign_in.configuration import NotSignedIn
    from sign_in.login import login

    try:
        name = login(home, lambda: datetime.now().astimezone(), time.sleep, place.say)
    except NotSignedIn as error:
        _stop(str(error))
    place.say(f"signed in as {name}")


@main.command()
@HOME
def logout(home: Path) -> None:
    """Forget who signed in with `gatehouse login`."""
    from sign_in.configuration import NotSignedIn
    from sign_in.login import logout

    try:
        place.say("signed out" if logout(home) else "nobody was signed in")
    except NotSignedIn as error:
        _stop(str(error))


@main.command()
@HOME
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on. Another than this machine's needs sign-in.toml.")
def dashboard(home: Path, port: int, address: str) -> None:
    """Serve the dashboard, on this machine unless people sign in."""
    from sign_in import configuration

    try:
        if configuration.configured(home) is None and not configuration.is_loopback(address):
            _stop(f"the dashboard is not served on {address}: without sign-in.toml whoever reached it would see everything (docs/how-to.md)")
    except configuration.NotSignedIn as error:
        _stop(f"the dashboard is not served, for nobody could sign in: {error}")
    settings = _enter(home, home / "landing")
    place.say(f"Dashboard on http://{address}:{port}")
    # Streamlit looks for its configuration in the folder it runs in.
    os.chdir(place.REPOSITORY)
    app = str(place.REPOSITORY / "dashboard" / "app.py")
    quiet = ["--server.headless=true", "--browser.gatherUsageStats=false"]
    here = [f"--server.address={address}", f"--server.port={port}"]
    # Also where the file is not there: Streamlit would look for secrets elsewhere, and take whom a header names for signed in.
    who = [f"--secrets.files={configuration.file(settings.home)}", "--server.trustedUserHeaders={}"]
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", app, *here, *quiet, *who])


def _reader(home: Path, now: datetime) -> Reader:
    """Who gives the command, with what is granted to them today; where nobody signs in the account, which sees all."""
    from decisions import grants
    from decisions.store import StoreError
    from edition.rights import Reader, the_product
    from sign_in.configuration import NotSignedIn, configured
    from sign_in.identity import of_command

    try:
        person = of_command(home, now)
        return the_product(person) if configured(home) is None else Reader(person, grants.of(home, person, now.date()))
    except (NotSignedIn, StoreError) as error:
        _stop(str(error))


def _owner(home: Path) -> str:
    """The account that gives the command, where the home belongs to it; else ''."""
    from sign_in.identity import ACCOUNT, account

    return ACCOUNT + account() if home.exists() and home.stat().st_uid == os.getuid() else ""


def _enter(home: Path, landing: Path) -> place.Settings:
    try:
        return place.enter(home, landing)
    except OSError as error:
        if error.errno == errno.ENOSPC:  # which may name what was to be copied there
            _stop(f"the home cannot be written: {home}: {error.strerror}; make room on its disk and try again")
        _stop(f"the home cannot be written: {error.filename or home}: {error.strerror}")


def _stop(reason: str, status: int = 1, **facts: str) -> NoReturn:
    log.tell(reason, logging.ERROR, **facts)
    sys.exit(status)


if __name__ == "__main__":
    main()
