"""What machines ask of a home: whether it is well, and figures for Prometheus. On this machine only.

    /health    200: this process answers
    /ready     200 where pages can be shown and a refresh could run, else 503 with the reasons, one a line
    /metrics   the figures below, read from the home at each request

Nothing of a restricted table is read, and no figure or label says anything of a person: what there is comes from the manifest of the edition
in force, from its protected table of gaps, and from what the last refresh left. Rows loaded and rejected are told of in restricted tables
only, so they are not here.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import Collector

from decisions.store import MIGRATIONS, decisions_url, has_store
from edition.access import NotRecorded, head
from edition.folder import PROTECTED, Edition, EditionError, current, editions
from edition.reading import opened
from expectations.contract import declared_tables
from orchestration.failure import machine_error
from orchestration.refresh import FAILED, HELD, PUBLISHED
from orchestration.settings import Settings

HERE = "127.0.0.1"
_SECONDS_TO_WAIT = 5
Clock = Callable[[], datetime]


def serve(home: Path, port: int, clock: Clock, say: Callable[[str], None]) -> None:
    """Answer on `port` of this machine until the process ends. Raises OSError where the port is not free."""
    with make_server(HERE, port, answers(home, clock), ThreadingWSGIServer, _Quiet) as server:
        say(f"monitor on http://{HERE}:{server.server_port}")
        server.serve_forever()


def answers(home: Path, clock: Clock) -> WSGIApplication:
    """The three pages as WSGI. `clock` gives the moment with its time zone."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(home, clock))
    metrics = make_wsgi_app(registry)

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start)
        if path == "/health":
            return _plain(start, "200 OK", ["alive"])
        if path == "/ready":
            reasons = why_not_ready(home)
            return _plain(start, "503 Service Unavailable" if reasons else "200 OK", reasons or ["ready"])
        return _plain(start, "404 Not Found", ["there are /health, /ready and /metrics"])

    return answer


def why_not_ready(home: Path) -> list[str]:
    """Why pages cannot be shown or a refresh could not run, in sentences; none where all is well."""
    return [reason for check in (_no_edition, _no_record, _no_room, _no_decisions) if (reason := check(home))]


def _no_edition(home: Path) -> str:
    try:
        if lacking := current(home).not_whole():
            more = f", and {len(lacking) - 1} more" if lacking[1:] else ""
            return f"{lacking[0]} of the edition in force is missing or cut short{more}: put the edition back from a backup"
    except EditionError as error:
        return str(error)
    except OSError as error:
        return f"the edition in force cannot be read ({error.strerror}): see to the rights of the home"
    return ""


def _no_record(home: Path) -> str:
    try:
        head(home)
    except NotRecorded as error:
        return str(error)
    return ""


def _no_room(home: Path) -> str:
    if not home.is_dir():
        return "there is no home: name the folder of a refresh"
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        return f"the home cannot be written ({error.strerror}): see to its rights and the disk"
    fault = machine_error(home, None, "a refresh would fail")
    return str(fault.strerror) if fault else ""


def _no_decisions(home: Path) -> str:
    if not has_store(home):
        return ""
    script = ScriptDirectory(str(MIGRATIONS))
    try:
        engine = sa.create_engine(decisions_url() or "sqlite://", poolclass=sa.NullPool, **_way_in(home))
        with engine.connect() as con:
            now = MigrationContext.configure(con).get_current_revision()
    except Exception as error:  # a driver's own words may hold an address or a password
        return f"the decisions store cannot be read ({type(error).__name__}): see docs/operations.md, What goes wrong"
    if now == script.get_current_head():
        return ""
    if now is not None and now not in {one.revision for one in script.walk_revisions()}:
        return "the decisions store was last opened by a later version of Gatehouse: use that version"
    return "the decisions store lacks a migration: run `gatehouse refresh`, which brings it up to date"


def _way_in(home: Path) -> dict[str, Any]:
    """How the store is opened so that nothing is made or changed by looking."""
    if decisions_url():
        return {"connect_args": {"connect_timeout": _SECONDS_TO_WAIT}}
    import sqlite3

    address = f"{(home / 'decisions.sqlite').resolve().as_uri()}?mode=ro"
    return {"creator": lambda: sqlite3.connect(address, uri=True, timeout=_SECONDS_TO_WAIT)}


class Figures(Collector):
    """Figures about a home, anew at each request."""

    def __init__(self, home: Path, clock: Clock):
        self.home, self.clock = home, clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self.clock()
        yield _one("ready", "1 where pages can be shown and a refresh could run", not why_not_ready(self.home))
        try:
            usage = shutil.disk_usage(self.home)
            yield _one("home_free_bytes", "Bytes free on the disk of the home", usage.free)
            yield _one("home_disk_bytes", "Bytes of the disk of the home", usage.total)
        except OSError:
            pass
        yield from self._last_refresh()
        try:
            yield _one("access_record_entries", "Entries of the access record", head(self.home).entry)
        except NotRecorded:
            pass
        try:
            yield _one("editions", "Editions kept", len(editions(self.home)))
            yield from _of_edition(current(self.home), now)
        except EditionError:  # /ready says why
            pass

    def _last_refresh(self) -> Iterator[GaugeMetricFamily]:
        try:
            last = json.loads(Settings(self.home, self.home).last_refresh.read_text(encoding="utf-8"))
            ended, seconds, how = datetime.fromisoformat(last["ended"]).timestamp(), float(last["seconds"]), last["outcome"]
        except (OSError, ValueError, KeyError, TypeError):  # none yet
            return
        outcome = GaugeMetricFamily("gatehouse_last_refresh_outcome", "1 at how the last refresh ended", labels=["outcome"])
        for word in (PUBLISHED, HELD, FAILED):
            outcome.add_metric([word], how == word)
        yield outcome
        yield _one("last_refresh_seconds", "Seconds that the last refresh took", seconds)
        yield _one("last_refresh_end_timestamp_seconds", "When the last refresh ended", ended)


def _of_edition(edition: Edition, now: datetime) -> Iterator[GaugeMetricFamily]:
    said = edition.manifest
    as_of = date.fromisoformat(edition.as_of)
    yield _one("edition_as_of_timestamp_seconds", "The as-of day of the edition in force, at its midnight",
               datetime(as_of.year, as_of.month, as_of.day, tzinfo=now.tzinfo).timestamp())  # fmt: skip
    yield _one("edition_age_days", "Days since the as-of day of the edition in force", (now.date() - as_of).days)
    # Only what is declared: no other word of a delivery may become a label.
    ours = {table.landing_name for table in declared_tables()}
    marks = {table: day for table, day in said.get("watermarks", {}).items() if table in ours and day}
    ages = GaugeMetricFamily("gatehouse_watermark_age_days", "Days since the day up to which a table is complete", labels=["table"])
    for table, day in sorted(marks.items()):
        ages.add_metric([table], (now.date() - date.fromisoformat(day[:10])).days)
    yield ages
    refused = said.get("refused", [])
    yield _one("tables_refused", "Tables of which a file was refused", len({one["table"] for one in refused}))
    yield _one("files_refused", "Files that were refused or are held", len(refused))
    checks = GaugeMetricFamily("gatehouse_checks", "Checks of the edition in force", labels=["state"])
    for state in ("declared", "executed", "failed"):
        checks.add_metric([state], said["checks"][state])
    yield checks
    fates = {"quarantined": edition.rows.get("restricted/fct_quarantine", 0)}
    if edition.has("fct_gap", PROTECTED):
        with opened(edition, None, ["fct_gap"]) as con:
            query = "select coalesce(sum(unread_records), 0), coalesce(sum(lost_records), 0) from fct_gap"
            ((fates["unread"], fates["lost"]),) = con.execute(query).fetchall()
    rows = GaugeMetricFamily(
        "gatehouse_rows_left_out", "Rows of the edition in force that are in no figure, by their fate", labels=["fate"]
    )
    for fate, n in fates.items():
        rows.add_metric([fate], float(n))
    yield rows


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gatehouse_{name}", what, value=float(value))


def _plain(start: StartResponse, status: str, lines: list[str]) -> list[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
    return ["".join(f"{line}\n" for line in lines).encode()]


class _Quiet(WSGIRequestHandler):
    """A line for each scrape would drown the rest."""

    def log_message(self, format: str, *args: object) -> None:
        pass
