"""The invented nation's workbench: one DuckDB connection, draws that need no order, and the writing of deliveries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from ground.sql import literal

FIRST_DAY = date(2019, 7, 1)
FULL_DAY = date(2024, 3, 31)
CHANGE_DAYS = (date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30))
# On this day some tables come again in full, without the rows that the source system has lost.
SECOND_FULL_DAY = date(2024, 6, 15)

_OPTIONS = {"csv": "format csv, header", "csv.gz": "format csv, header, compression gzip", "parquet": "format parquet, compression zstd"}


@dataclass
class World:
    """One invented nation.

    `con` holds the schemas `life` (what happened), `record` (what the systems wrote down, every version) and `truth`.
    A delivery is complete to the end of its day: `full_day`, then each of `change_days`; the last of them is `last_day`. With
    `in_one` the same nation comes as one full delivery on the last day. `honest`: the providers do what they are paid for and bill no more;
    `faults`: faults are planted, each with the result expected of it.
    The SQL macros `draw(id, name)` (double in [0, 1)) and `draw_int(id, name, n)` (0 to n - 1) depend on the seed, the id and
    the name alone, so that rows can be made in any order and by any number of threads.
    """

    out: Path
    seed: int
    releases: int
    first_day: date = FIRST_DAY
    full_day: date = FULL_DAY
    change_days: tuple[date, ...] = CHANGE_DAYS
    second_full_day: date | None = SECOND_FULL_DAY
    faults: bool = False
    honest: bool = False
    in_one: bool = False
    con: duckdb.DuckDBPyConnection = field(init=False, repr=False)
    delivered: list[tuple[str, str, date, str, int]] = field(init=False, default_factory=list)
    _deleted: dict[tuple[str, date], dict[str, list[list[str]]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.out.exists() and any(self.out.iterdir()):
            raise FileExistsError(f"{self.out} is not empty: name a new folder for the invented deliveries")
        self.out.parent.mkdir(parents=True, exist_ok=True)  # what does not fit into memory goes beside it
        self.con = duckdb.connect(":memory:")
        self.con.execute(f"set memory_limit = '4GB'; set temp_directory = {literal(self.out.parent / (self.out.name + '.spill'))}")
        # The inner hash is spread again: hashes of two columns are combined by XOR, which would tie two draws of one id together.
        self.con.execute(
            f"""
            create macro draw(id, name) as (hash(xor(hash(id), hash(name || '|{self.seed}'))) >> 11)::double / 9007199254740992.0;
            create macro draw_int(id, name, n) as cast(floor(draw(id, name) * n) as integer);
            create schema life;
            create schema record;
            create schema truth;
            create table life.world as
            select cast({self.seed} as bigint) as seed, date '{self.first_day}' as first_day, date '{self.last_day}' as last_day,
                   date '{self.full_day}' as full_day;
            """
        )

    @property
    def last_day(self) -> date:
        return self.change_days[-1]

    @property
    def days(self) -> tuple[date, ...]:
        return (self.last_day,) if self.in_one else (self.full_day, *self.change_days)

    @property
    def truth_folder(self) -> Path:
        return self.out.parent / f"{self.out.name}-truth"

    def delivery_day(self, recorded: str) -> str:
        """SQL: the day of the first delivery that holds what was recorded at `recorded` (null: after the last)."""
        later = " ".join(f"when {recorded} < date '{day}' + 1 then date '{day}'" for day in self.change_days)
        return f"case when {recorded} is null or {recorded} < date '{self.full_day}' + 1 then date '{self.full_day}' {later} end"


def settle(world: World, table: str, key: str, stamp: str | None = None) -> None:
    """Give the versions in `record.<table>` the day of the delivery that first holds them, `_day`, by their `_recorded_at`.

    What is recorded after the last day is dropped. Of several versions of a `key` (column list) in one delivery the newest stays:
    a system sends the row as it then stands. One key in thirty keeps them all, as a system that sends its change log does.
    stamp: the column that says when a row was changed. Half of what was written in the last days before a delivery is touched once more
    by the night run that makes it: `_stamp` is then what is written, some hours after the delivery's day and one for all its rows, so that
    none is newer than another, and the row counts from the end of that day (definition: delivery_recorded_late).
    """
    touched = "false"
    if stamp:
        touched = f"_place = 1 and _recorded_at >= _day - 2 and draw(hash({key}, _day), 'night run {table}') < rate('night_run')"
    seen = f"_day = date '{world.last_day}'" if world.in_one else "true"
    counts = "_day + interval 1 day - interval 1 microsecond"
    marked = f""", if({touched}, {counts}, _recorded_at) as _recorded_at, if({touched}, {counts}, {stamp}) as {stamp},
            if({touched}, if({seen}, _day + interval 1 day + to_minutes(5 + draw_int(hash(_day), 'hour of the night', 300)), {counts}), {stamp}) as _stamp"""
    world.con.execute(
        f"""
        create or replace table record.{table} as
        with dated as (select *, {world.delivery_day("_recorded_at")} as _day from record.{table}),
        placed as (
            select *, row_number() over (partition by {key}, _day order by _recorded_at desc) as _place, hash({key}) % 30 = 0 as _keeps_all
            from dated where _day is not null
        )
        select * exclude (_place, _keeps_all{f", _recorded_at, {stamp}" if stamp else ""}){marked if stamp else ""} from placed where _place = 1 or _keeps_all
        """
    )


def deliver(
    world: World,
    source: str,
    table: str,
    query: str,
    recorded: str | None = "_recorded_at",
    ext: str = "csv",
    order: str = "all",
    again: str | None = None,
    key: tuple[str, ...] = (),
) -> None:
    """Write the rows of `query` into the deliveries of `source` by the day they were recorded.

    recorded: the column that says when a row was written down (date or timestamp; null means before the first delivery). Each
        row goes into the first delivery complete to that day or later; what is recorded after the last day is never delivered.
        None: everything goes into the first delivery and the table is not delivered again.
    order: the columns that order the rows of a file (the same seed must give the same bytes); of two versions the newer is last.
    again: a condition; the rows that meet it are delivered once more in full on `second_full_day` (the others are then closed).
    key: with a column `_deleted_on`, the table's key: a row delivered before that day is deleted by the first delivery after it.
    Columns whose name begins with `_` are for the delivery alone and are not written.
    """
    con = world.con
    day = world.delivery_day(f"rows_.{recorded}") if recorded else f"date '{world.full_day}'"
    con.execute(f"create or replace temp table outgoing as select *, {day} as _day from ({query}) as rows_ order by {order}")
    names = [name for (name, *_) in con.execute("describe outgoing").fetchall()]
    columns = ", ".join(f'"{name}"' for name in names if not name.startswith("_"))
    kept = "true"
    if "_deleted_on" in names:
        gone = world.delivery_day("_deleted_on")
        kept = f"(_deleted_on is null or {gone} > _day)"
        key_columns = ", ".join(f'cast("{column}" as varchar)' for column in key)
        for *parts, complete_to in con.execute(
            f"select distinct {key_columns}, {gone} from outgoing where {gone} > _day order by all"
        ).fetchall():
            world._deleted.setdefault((source, complete_to), {}).setdefault(table, []).append(parts)
    if world.in_one:
        gone_by_now = f"_deleted_on <= date '{world.last_day}'" if "_deleted_on" in names else "false"
        kept = f"_day is not null and not coalesce({gone_by_now}, false) and ({again or 'true'})"
        _write(world, source, table, world.last_day, f"select {columns} from outgoing where {kept}", ext)
    else:
        for complete_to in world.days if recorded else (world.full_day,):
            _write(world, source, table, complete_to, f"select {columns} from outgoing where _day = date '{complete_to}' and {kept}", ext)
        if again is not None and world.second_full_day is not None:
            known = f"_day <= date '{world.full_day}'" + (f" or {recorded} < date '{world.second_full_day}' + 1" if recorded else "")
            _write(world, source, table, world.second_full_day, f"select {columns} from outgoing where ({known}) and ({again})", ext)
    con.execute("drop table outgoing")


def write_manifests(world: World) -> None:
    """Write each changes delivery's delivery.json: its kind, what was deleted, and the rows and SHA-256 of its files."""
    folders: dict[tuple[str, date], dict[str, dict[str, object]]] = {}
    for source, _, complete_to, file, rows in world.delivered:
        if complete_to != world.days[0]:
            content = (world.out / source / complete_to.isoformat() / file).read_bytes()
            entry = {"rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
            folders.setdefault((source, complete_to), {})[file] = entry
    for (source, complete_to), files in folders.items():
        manifest: dict[str, object] = {"kind": "full" if complete_to == world.second_full_day else "changes", "files": files}
        gone = world._deleted.get((source, complete_to))
        if gone:
            manifest["deleted"] = {table: sorted(keys) for table, keys in sorted(gone.items())}
        path = world.out / source / complete_to.isoformat() / "delivery.json"
        path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load_table(world: World, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    """Make table `name` with the SQL column definitions `columns` and fill it with a small list of rows."""
    world.con.execute(f"create table {name} ({columns})")
    if rows:
        places = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
        world.con.execute(f"insert into {name} values {places}", [value for row in rows for value in row])


def _write(world: World, source: str, table: str, complete_to: date, query: str, ext: str) -> None:
    folder = world.out / source / complete_to.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    file = f"{table}.{ext}"
    [(rows,)] = world.con.execute(f"copy ({query}) to {literal(folder / file)} ({_OPTIONS[ext]})").fetchall()
    world.delivered.append((source, table, complete_to, file, rows))
