"""The command `gatehouse`. It and the frame of the dashboard alone read the clock. Heavy libraries are imported by the
commands that need them."""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ground import log
from orchestration import settings as place

if TYPE_CHECKING:
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
    from edition.access import Use, is_purpose
    from edition.folder import EditionError, current
    from edition.reading import write_csv

    if restricted and not is_purpose(purpose):
        raise click.UsageError("--restricted needs --purpose: say in words why rows about people are read")
    now = datetime.now().astimezone()
    try:
        edition = current(home)
        use = Use(edition, now, _reader(home, now), purpose, query=query) if restricted else None
        write_csv(edition, query, sys.stdout, use)
    except EditionError as error:
        _stop(str(error))


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


def _stop(reason: str, **facts: str) -> NoReturn:
    log.tell(reason, logging.ERROR, **facts)
    sys.exit(1)


if __name__ == "__main__":
    main()
