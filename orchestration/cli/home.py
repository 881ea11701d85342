"""A home and what becomes of it: made, refreshed, looked at, kept, served."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path

import click

from ground import log
from orchestration import settings as place
from orchestration.cli.asking import HOME, clock, enter, local, reader_of, stop


@click.command()
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
        stop(f"--as-of {as_of} is not a day: write it as 2024-03-31")
    if not landing.is_dir():
        stop(f"the landing folder {landing} does not exist: name the folder that holds <source>/<complete_to>/<TABLE>.csv")
    began = time.monotonic()
    settings = enter(home, landing)
    from orchestration.refresh import PUBLISHED, RefreshError, keep_outcome, refresh

    place.say("starting")
    try:
        with place.still_saying():
            edition_id = refresh(settings, day, clock().date(), link_threshold)
    except RefreshError as error:
        if error.outcome:
            keep_outcome(settings, error.outcome, time.monotonic() - began, clock())
        stop(str(error), outcome=error.outcome or "did not begin")
    seconds = time.monotonic() - began
    keep_outcome(settings, PUBLISHED, seconds, clock())
    click.echo(edition_id)
    place.say(f"published {edition_id} in {seconds:.0f} s", outcome=PUBLISHED, edition=edition_id, seconds=round(seconds, 1))


@click.command()
@click.option("--landing", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder that deliveries arrive in.")
@HOME
def thresholds(landing: Path, home: Path) -> None:
    """Every rate of the current edition with surer and with less sure links. Takes two refreshes."""
    settings = enter(home, landing)
    from orchestration.linkage.thresholds import ThresholdsError, compare_thresholds

    try:
        with place.still_saying(), settings.locked():
            made = compare_thresholds(settings, clock(), place.say)
    except (ThresholdsError, place.HomeInUse) as error:
        stop(str(error))
    place.say(f"thresholds: {made}")


@click.command()
@HOME
@click.option("--json", "as_json", is_flag=True, help="For machines: editions, current, tables, row_accounts, refused, checks.")
def status(home: Path, as_json: bool) -> None:
    """Editions, tables with watermark and age, row accounts, refused tables, checks. The use is written to the access record."""
    from edition.folder import EditionError
    from orchestration.publishing import status as state

    now = clock()
    try:
        found = state.status(home, now, reader_of(home, now))
    except (EditionError, state.StatusError) as error:
        stop(str(error))
    click.echo(state.as_json(found) if as_json else state.as_text(found))


@click.command()
@HOME
@click.argument("edition_id")
def rollback(home: Path, edition_id: str) -> None:
    """Put an edition of before in force again. The next refresh puts a newer one in its place."""
    from edition.folder import EditionError
    from orchestration.publishing.publish import PublishError, roll_back

    settings = enter(home, home / "landing")
    try:
        with settings.locked():
            roll_back(settings, edition_id)
    except (EditionError, PublishError, place.HomeInUse) as error:
        stop(str(error))
    click.echo(edition_id)


@click.command()
@HOME
@click.option("--port", default=9464, show_default=True, type=click.IntRange(1, 65535))
def monitor(home: Path, port: int) -> None:
    """Tell machines on this one whether the home is well: /health, /ready and, for Prometheus, /metrics."""
    log.stop_in_json()
    from orchestration.monitor import serve

    try:
        serve(home, port, clock, place.say)
    except OSError as error:
        stop(f"nothing can be served at 127.0.0.1:{port} ({error.strerror}): name another --port, or stop what is there")


@click.command()
@HOME
@click.option("--to", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder that holds the backups, outside the home.")
def backup(home: Path, to: Path) -> None:
    """Copy what cannot be made again, also while a refresh or a dashboard runs. Its folder on stdout."""
    from orchestration.backup import BackupError, backup

    try:
        made = backup(home, to, local(clock()), place.say)
    except BackupError as error:
        stop(str(error))
    click.echo(made)


@click.command()
@click.option("--from", "source", required=True, type=click.Path(file_okay=False, path_type=Path), help="A backup, or a folder of them: then the newest.")  # fmt: skip
@click.option("--home", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to put it in: new or empty.")
def restore(source: Path, home: Path) -> None:
    """Put a backup into an empty home, once every file of it is found as it was written."""
    from orchestration.backup import BackupError, restore

    try:
        restore(source, home, place.say)
    except BackupError as error:
        stop(str(error))


@click.command()
@HOME
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on. Another than this machine's needs sign-in.toml.")
def dashboard(home: Path, port: int, address: str) -> None:
    """Serve the dashboard, on this machine unless people sign in."""
    from sign_in import configuration

    try:
        if configuration.configured(home) is None and not configuration.is_loopback(address):
            stop(f"the dashboard is not served on {address}: without sign-in.toml whoever reached it would see everything (docs/how-to.md)")
    except configuration.NotSignedIn as error:
        stop(f"the dashboard is not served, for nobody could sign in: {error}")
    settings = enter(home, home / "landing")
    place.say(f"Dashboard on http://{address}:{port}")
    # Streamlit looks for its configuration in the folder it runs in.
    os.chdir(place.REPOSITORY)
    app = str(place.REPOSITORY / "dashboard" / "app.py")
    quiet = ["--server.headless=true", "--browser.gatherUsageStats=false"]
    here = [f"--server.address={address}", f"--server.port={port}"]
    # Also where the file is not there: Streamlit would look for secrets elsewhere, and take whom a header names for signed in.
    who = [f"--secrets.files={configuration.file(settings.home)}", "--server.trustedUserHeaders={}"]
    # Each look at a page is a thread, and glibc would keep memory apart for as many as it can: it grew for as long as people looked.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", app, *here, *quiet, *who])


@click.command()
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
        stop(f"{out} cannot be written: {error.strerror}" if error.errno else str(error))
    place.say(f"invented deliveries are in {out}")
