"""Which row of a key is current on a day, told by a plain reading of the delivery contract
(definition: delivery_recorded, delivery_recorded_late, delivery_newest_wins, delivery_key_twice, delivery_closed,
delivery_closing_suspended, delivery_bad_value, delivery_as_of). It shares nothing with the product and looks at one key at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

START, END = dt.time.min, dt.time.max


@dataclass(frozen=True)
class Row:
    """One record as delivered. `recorded`: 'no column' where the file has none that says; None where it is empty."""

    number: int
    content: tuple
    recorded: dt.datetime | None | str
    version: int | None = None
    is_bad: bool = False
    is_soft_deleted: bool = False
    parents: tuple[tuple[str, str], ...] = ()  # (table, key)


@dataclass
class Delivery:
    """One table of one delivery of one source. `rows` None: only deletions came."""

    source: str
    day: dt.date
    kind: str
    file: str
    rows: dict[str, list[Row]] | None = field(default_factory=dict)
    is_whole: bool = True  # every record could be read as far as its key
    deleted: set[str] = field(default_factory=set)


def current(tables: dict[str, list[Delivery]], as_of: dt.date) -> dict[str, dict[tuple[str, str], tuple[str, int]]]:
    """Table -> {(source, key): (delivery, record number)} of the rows that are live on `as_of`."""
    seen = {table: [d for d in deliveries if d.day <= as_of] for table, deliveries in tables.items()}
    newest = {table: _newest(deliveries, as_of) for table, deliveries in seen.items()}
    live: dict[tuple[str, str], bool] = {}

    def is_live(table: str, key: str) -> bool:
        if not any(d.rows is not None for d in seen[table]):
            return True  # the table was never delivered
        if (table, key) not in live:
            found = next((row for (_, k), (_, row) in newest[table].items() if k == key), None)
            live[table, key] = _is_lost(seen[table], key) if found is None else stands(found)
        return live[table, key]

    def stands(row: Row) -> bool:
        return not row.is_soft_deleted and all(is_live(table, key) for table, key in row.parents if key)

    return {
        table: {key: (f"{d.source}/{d.day}", row.number) for key, (d, row) in found.items() if stands(row)}
        for table, found in newest.items()
    }


def _newest(deliveries: list[Delivery], as_of: dt.date) -> dict[tuple[str, str], tuple[Delivery, Row]]:
    found = {}
    for source in {d.source for d in deliveries}:
        mine = sorted((d for d in deliveries if d.source == source), key=lambda d: d.day)
        for key in {key for d in mine for key in d.rows or {}}:
            versions = [(_recorded(mine, d, key, row), d, row) for d in mine for row in _used(d, key)]
            if versions and not _is_closed(mine, key):
                _, delivery, row = max(
                    versions,
                    key=lambda v: (v[0] or dt.datetime.min, v[1].day, -1 if v[2].version is None else v[2].version, v[2].number),
                )
                found[source, key] = delivery, row
    return found


def _used(delivery: Delivery, key: str) -> list[Row]:
    """Of the good rows of one key in one file the last."""
    return [row for row in (delivery.rows or {}).get(key, []) if not row.is_bad][-1:]


def _is_lost(deliveries: list[Delivery], key: str) -> bool:
    """Whether nothing can be said of a row that is not there: it came and could not be read, or it may be among those that could not."""
    came = [d for d in deliveries if d.rows is not None and key in d.rows]
    if came:
        return not any(_used(d, key) for d in came) and not _is_closed(sorted(deliveries, key=lambda d: d.day), key)
    full = [d for d in deliveries if d.rows is not None and d.kind == "full"]
    return any(not d.is_whole for d in full if d.day == max(one.day for one in full))


def _recorded(deliveries: list[Delivery], delivery: Delivery, key: str, row: Row) -> dt.datetime | None:
    """What the row says, but no later than the end of the delivery's day; where its file has no column that could say it, or says it is
    later, the end of the day it was first held since it last differed."""
    if row.recorded is None or (row.recorded != "no column" and row.recorded < dt.datetime.combine(delivery.day, END)):
        return row.recorded
    first = delivery
    for earlier in reversed([d for d in deliveries if d.day < delivery.day and key in (d.rows or {})]):
        if {r.content for r in _used(earlier, key)} - {row.content}:
            break
        if any(r.content == row.content for r in _used(earlier, key)):
            first = earlier
    return dt.datetime.combine(first.day, END)


def _is_closed(deliveries: list[Delivery], key: str) -> bool:
    """In the order of days: a row opens its key, a full delivery without it or a deletion closes it."""
    is_open = False
    for d in deliveries:
        if d.rows is not None and key in d.rows:
            is_open = True
        elif d.rows is not None and d.kind == "full" and d.is_whole:
            is_open = False
        if key in d.deleted:
            is_open = False
    return not is_open
