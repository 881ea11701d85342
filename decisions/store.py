"""What people have decided about pairs of records: the same person, two people, or not sure. What is granted to whom (decisions/grants.py)
lies beside it.

A small store of its own (definition: edition_pure), by default one SQLite file in the home, else the PostgreSQL database that
GATEHOUSE_DECISIONS_URL names. Rows are only ever added: the newest of a pair is in force, so a decision is taken back by another.
Those in force never contradict each other. They reach the figures as deliveries of source `decisions`; a store that lacks some of what
its home has kept of these takes them in, so that one that is lost or moved goes on where it was.
"""

from __future__ import annotations

import csv
import io
import os
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from edition.access import NotRecorded, enter
from ground.files import write_whole

MIGRATIONS = Path(__file__).with_name("migrations")
ANSWERS = ("same", "different", "unsure")
SOURCE, TABLE = "decisions", "LINK_DECISION"
SECONDS_TO_WAIT = 10
# By what SQLite calls it.
_TOLD = {
    "SQLITE_BUSY": "somebody else has been writing to it for longer than can be waited for; nothing was kept, try again in a minute",
    "SQLITE_FULL": "the disk is full; nothing was kept, make room and try again",
    "SQLITE_READONLY": "decisions.sqlite in the home, or the folder it lies in, may not be written to; nothing was kept",
}
# Alembic keeps what it is at work on in its own module, for a whole process.
_migrating = threading.Lock()


@dataclass(frozen=True)
class Decision:
    """One row: what was decided on a pair of records, by whom, when, and as of which day of which edition.

    `left_record` and `right_record` are record tokens (linkage.record_token), the lower first. `decided_at` is naive local time.
    """

    decision_id: int
    left_record: str
    right_record: str
    decision: str
    note: str
    decided_by: str
    decided_at: datetime
    as_of: date
    edition_id: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.left_record, self.right_record


COLUMNS = tuple(field.name for field in fields(Decision))
# What is published was called a release once: decisions that were delivered then name it so.
COLUMNS_ONCE = tuple("release_id" if name == "edition_id" else name for name in COLUMNS)


class DecisionError(Exception):
    """A decision that cannot be taken as it is. The text says what to do."""


class ContradictionError(DecisionError):
    """`decisions`: those in force that together say the opposite, in the order in which they lead from one record to the other."""

    def __init__(self, decisions: Iterable[Decision]):
        self.decisions = tuple(decisions)
        numbers = " and ".join(str(one.decision_id) for one in self.decisions)
        super().__init__(f"this contradicts what is in force: decision {numbers}. Decide one of those pairs again first")


class StoreError(Exception):
    """The store, or what was delivered of it, cannot be read. The text says why and what to do, and quotes neither an address nor what was
    read."""


_table = sa.table(
    "link_decision",
    sa.column("decision_id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("left_record", "right_record", "decision", "note", "decided_by")),
    sa.column("decided_at", sa.DateTime),
    sa.column("as_of", sa.Date),
    sa.column("edition_id", sa.Text),
)


def decisions_url() -> str | None:
    """The database of the decisions store, where it is not the file in the home: GATEHOUSE_DECISIONS_URL, such as
    postgresql+psycopg://user:password@host/name."""
    return os.environ.get("GATEHOUSE_DECISIONS_URL") or None


def has_store(home: Path) -> bool:
    """Whether anybody may have decided anything in this home: a store is made when it is first written to."""
    return decisions_url() is not None or _file(home).exists()


class Store:
    """The store of a home, made and brought up to date when it is opened. Raises StoreError.

    What was delivered of it and it does not hold is taken in, under the same numbers: the store was lost, moved, or put back from a backup.
    """

    def __init__(self, home: Path):
        with _in_our_words():
            # The access record lies there, wherever the store does.
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._engine = _engine(home)
            if self._engine.dialect.name == "sqlite":
                _file(home).touch(mode=0o600)
                _begin_by_locking(self._engine)
            with self.alone() as con:
                if not _is_up_to_date(con):
                    _migrate(con)
                _take_in(con, home)
        self._home = home

    def decide(self, decision: Decision) -> Decision:
        """Add a decision; returns it with its number, whatever number it came with. It is in the access record before it is kept. Raises
        DecisionError for what is no decision, ContradictionError where it does not agree with those in force, on the as-of day or any later
        one, and NotRecorded."""
        _must_be_whole(decision)
        with self.alone() as con:
            known = _all(con)
            new = replace(decision, decision_id=max((one.decision_id for one in known), default=0) + 1)
            # An edition as of an earlier day sees fewer decisions than a later one.
            for day in sorted({new.as_of} | {one.as_of for one in known if one.as_of > new.as_of}):
                if chain := contradiction(new, in_force(one for one in known if one.as_of <= day)):
                    raise ContradictionError(chain)
            said = {"number": new.decision_id, "pair": "-".join(new.pair), "answer": new.decision}
            enter(self._home, new.decided_at.astimezone(), new.decided_by, {"decision": said, "edition_id": new.edition_id})
            _add(con, [new])
        return new

    def all(self) -> list[Decision]:
        """Every decision ever made, the oldest first."""
        with _in_our_words(), self._engine.connect() as con:
            return _all(con)

    @contextmanager
    def alone(self) -> Iterator[sa.Connection]:
        """A transaction that no other writer runs beside: what is checked in it is still so when it ends. Raises StoreError."""
        with _in_our_words(), self._engine.begin() as con:
            if con.dialect.name == "postgresql":
                con.exec_driver_sql(f"set local lock_timeout = '{SECONDS_TO_WAIT}s'")
                con.exec_driver_sql("select pg_advisory_xact_lock(hashtext('gatehouse link_decision'))")
            yield con


@contextmanager
def reading(home: Path) -> Iterator[sa.Connection]:
    """A store that is there, to be read: many do so at once, and wait for nobody but a writer at its end. One of an earlier version is brought up
    to date first. Raises StoreError."""
    with _in_our_words():
        engine = _engine(home)
        with engine.connect() as con:
            is_up_to_date = _is_up_to_date(con)
        if not is_up_to_date:
            Store(home)
        with engine.connect() as con:
            yield con


def decided(home: Path) -> list[Decision]:
    """Every decision that the store of a home holds, the oldest first; none where there is no store yet. Raises StoreError."""
    if not has_store(home):
        return []
    with reading(home) as con:
        return _all(con)


def in_force(decisions: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """The newest decision on each pair."""
    return {one.pair: one for one in sorted(decisions, key=lambda one: one.decision_id)}


def contradiction(new: Decision, force: dict[tuple[str, str], Decision]) -> list[Decision]:
    """The decisions of `force` that `new` cannot stand beside; empty where it can. `new` takes the place of the one on its pair.

    Who is the same as whom is followed from record to record: same, same and different round a triangle contradict."""
    others = [one for pair, one in force.items() if pair != new.pair]
    same: dict[str, list[tuple[str, Decision]]] = {}
    for one in others:
        if one.decision == "same":
            same.setdefault(one.left_record, []).append((one.right_record, one))
            same.setdefault(one.right_record, []).append((one.left_record, one))
    if new.decision == "different":
        return _chains(new.left_record, same).get(new.right_record, [])
    if new.decision == "same":
        of_left, of_right = _chains(new.left_record, same), _chains(new.right_record, same)
        for one in others:
            for a, b in (one.pair, one.pair[::-1]):
                if one.decision == "different" and a in of_left and b in of_right:
                    return [*of_left[a], one, *reversed(of_right[b])]
    return []


def _chains(start: str, same: dict[str, list[tuple[str, Decision]]]) -> dict[str, list[Decision]]:
    """Every record that is the same person as `start`, with the fewest decisions that lead there."""
    chains: dict[str, list[Decision]] = {start: []}
    waiting = deque([start])
    while waiting:
        record = waiting.popleft()
        for other, by in same.get(record, ()):
            if other not in chains:
                chains[other] = [*chains[record], by]
                waiting.append(other)
    return chains


def deliver(home: Path, landing: Path) -> int:
    """Write what was decided into the landing folder as deliveries of changes, one for each as-of day; returns how many files are
    new or different. A decision so becomes known on the as-of day of the edition that was looked at. Raises StoreError."""
    by_day: dict[date, list[Decision]] = {}
    for one in Store(home).all():
        by_day.setdefault(one.as_of, []).append(one)
    try:
        return sum(write_delivery(landing, day, TABLE, COLUMNS, map(_as_delivered, made)) for day, made in sorted(by_day.items()))
    except OSError as error:
        raise StoreError(
            f"decisions cannot be written to {landing / SOURCE} ({os.strerror(error.errno or 0)}): see that it can be"
        ) from None


def write_delivery(landing: Path, day: date, table: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> int:
    """Write one table of what was decided as of a day; returns how many files are new or different. Raises OSError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    folder = landing / SOURCE / day.isoformat()
    # The note names no hash: it would be held against the file that this one takes the place of, too.
    written = {"delivery.json": b'{"kind": "changes"}\n', f"{table}.csv": text.getvalue().encode()}
    new = [(path, wanted) for name, wanted in written.items() if not (path := folder / name).is_file() or path.read_bytes() != wanted]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, wanted in new:
        write_whole(path, wanted, mode=0o600)
    return len(new)


def _take_in(con: sa.Connection, home: Path) -> None:
    """Add the decisions that the home has kept as deliveries and the store does not hold. Two that share a number and are not the same come
    of two stores, and nobody but the people who use them can tell which is the right one."""
    known = {one.decision_id: (_as_delivered(one), "the store") for one in _all(con)}
    lacking = []
    for path in sorted((home / "landed" / SOURCE).glob(f"*/{TABLE}*.csv")):
        file = path.relative_to(home).as_posix()
        for one in _landed(path, file):
            row, where = known.setdefault(one.decision_id, (_as_delivered(one), file))
            if row != _as_delivered(one):
                raise StoreError(
                    f"decision {one.decision_id} in {file} of the home is another than in {where}: this is the store of another home, or "
                    "the home has had two. docs/how-to.md, Decide who is who, says what to do"
                )
            if where == file:
                lacking.append(one)
    _add(con, lacking)


def _landed(path: Path, file: str) -> list[Decision]:
    """The decisions in a file as it was delivered, which `file` names."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines, strict=True)
        if tuple(header) not in (COLUMNS, COLUMNS_ONCE):
            raise ValueError("other columns")
        decisions = [
            Decision(
                decision_id=int(number),
                left_record=left,
                right_record=right,
                decision=decision,
                note=note,
                decided_by=by,
                decided_at=datetime.fromisoformat(at),
                as_of=date.fromisoformat(as_of),
                edition_id=edition_id,
            )
            for number, left, right, decision, note, by, at, as_of, edition_id in rows
        ]
        for one in decisions:
            _must_be_whole(one)
    except (OSError, ValueError, TypeError, csv.Error, DecisionError) as error:
        raise StoreError(
            f"{file} cannot be read as decisions ({type(error).__name__}): docs/how-to.md, Decide who is who, says what to do"
        ) from None
    return decisions


def _as_delivered(decision: Decision) -> tuple[str, ...]:
    return tuple(_on_one_line(str(value)) for value in astuple(decision))


def _on_one_line(text: str) -> str:
    """Without what cannot be shown, so that no reader takes a note for more than one record."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _file(home: Path) -> Path:
    return home / "decisions.sqlite"


def _engine(home: Path) -> sa.Engine:
    url = _url(home)
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": SECONDS_TO_WAIT})
    if decisions_url() is None:
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": SECONDS_TO_WAIT})
    raise StoreError("GATEHOUSE_DECISIONS_URL does not name a PostgreSQL database: see docs/how-to.md, Decide who is who")


def _url(home: Path) -> sa.URL:
    try:
        return sa.make_url(decisions_url() or sa.URL.create("sqlite", database=str(_file(home))))
    except (ValueError, sa.exc.ArgumentError):
        raise StoreError(
            "GATEHOUSE_DECISIONS_URL is no address: see docs/how-to.md, Decide who is who. In a password @, : and / are written %40, %3A and %2F"
        ) from None


def _must_be_whole(decision: Decision) -> None:
    if not all(re.fullmatch(r"[0-9a-f]{24}", record) for record in decision.pair) or decision.left_record >= decision.right_record:
        raise DecisionError("a pair is two record tokens of 24 hexadecimal characters, the lower first: choose it on the page")
    if decision.decision not in ANSWERS:
        raise DecisionError(f"a decision is one of {', '.join(ANSWERS)}")
    if decision.decision != "unsure" and not _on_one_line(decision.note):
        raise DecisionError("say in a note why: it is needed for same and different")
    if not _on_one_line(decision.decided_by):
        raise DecisionError("who decided is not known: sign in")


def _all(con: sa.Connection) -> list[Decision]:
    columns = [_table.c[name] for name in COLUMNS]
    return [Decision(**row) for row in con.execute(sa.select(*columns).order_by(_table.c.decision_id)).mappings()]


def _add(con: sa.Connection, decisions: list[Decision]) -> None:
    """With the numbers they have: those the database would give do not know of the ones that were taken in."""
    if decisions:
        con.execute(sa.insert(_table), [asdict(one) for one in decisions])


def _migrate(con: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": con})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _migrating:
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise StoreError(
                "the decisions store was last opened by another version of Gatehouse, which knows more of it than this one: use that version"
            ) from None


def _is_up_to_date(con: sa.Connection) -> bool:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(con).get_current_heads() == (_newest_version(),)


@cache
def _newest_version() -> str | None:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _begin_by_locking(engine: sa.Engine) -> None:
    """SQLite lets two connections read and then write; here the second waits before it reads."""

    @sa.event.listens_for(engine, "connect")
    def no_transaction_of_its_own(connection, _record) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(con: sa.Connection) -> None:
        con.exec_driver_sql("begin immediate")


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What a driver says may hold an address, a password or a note, and each has its own errors."""
    try:
        yield
    except (DecisionError, StoreError, NotRecorded):
        raise
    except Exception as error:
        told = _TOLD.get(getattr(getattr(error, "orig", None), "sqlite_errorname", ""), "")
        raise StoreError(
            f"the decisions store cannot be used: {told}"
            if told
            else f"the decisions store cannot be used ({type(error).__name__}): see that decisions.sqlite in the home can be written, "
            "or that the database of GATEHOUSE_DECISIONS_URL answers"
        ) from None
