"""Hold a file against the edition it names: made anew from that edition, it has the same cells and the same passport, or the first differences
are told (definition: extract_verified)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb

from edition.embargo import Series
from edition.extract import formats, shelf
from edition.extract.extract import Asking, legend, selected
from edition.extract.formats import NotAsWritten, Read
from edition.extract.passport import as_file, passport
from edition.extract.printed import Column, Printed, canonical, columns, key, printed
from edition.extract.selection import Selection, offered
from edition.folder import Edition, EditionError, edition
from ground.sql import literal

MOST_TOLD = 3
_MISSING = "no such row"


@dataclass(frozen=True)
class Difference:
    """Where a file says something else than its edition: the key of a row or a part of the file, the column or field, and what stands there."""

    key: str
    column: str
    in_file: str
    rebuilt: str

    def __str__(self) -> str:
        return f"{self.key}, {self.column}: {self.in_file or 'nothing'} in the file, {self.rebuilt or 'nothing'} rebuilt"


def verify(home: Path, path: Path, asking: Asking) -> tuple[list[Difference], int]:
    """The first differences of a file from its edition, and how many there are; none where it is the same. Raises NotAsWritten for what is no
    extract, and EditionError where its edition is not there, or holds figures back that the file says to have."""
    read = formats.read(path, _shown)
    said = read.passport
    try:
        of = edition(home, str(said["edition"]))
        selection, form = selection_of(of, said), read.form
        left_out = left_out_of(said)
        grants = tuple(int(one) for one in said["grants"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAsWritten(f"{path.name} has no passport that can be read ({type(error).__name__})") from error
    held, _ = asking.left_out(of, selection)
    if hidden := sorted({one.name for one in held} - {one.name for one in left_out}):
        raise EditionError(f"{path.name} says to have figures of {', '.join(hidden)}, which are embargoed: it can be verified once they are published")
    with shelf.making(home) as making, printed(of, selection, left_out, offered(of), asking.use(of), making) as rows:
        content, n = canonical(rows, making / "canonical")
        rebuilt = as_file(passport(of, rows, left_out, grants, (content, n)), of, rows.selection, form)
        found = _of_passport(said, rebuilt)
        found += _of_front(read, rows, rebuilt, path)
        wanted = [one.name for one in rows.columns] if read.front is None else formats.headings(selection, rebuilt)
        if read.head != wanted:
            told = next((mine, theirs) for mine, theirs in zip_longest(read.head, wanted, fillvalue="") if mine != theirs)
            found.append(Difference("header", told[1], *told))
            return found[:MOST_TOLD], len(found)
        try:
            more, n = _of_rows(read, rows, selection, making)
        except (ValueError, csv.Error, UnicodeDecodeError) as error:
            raise NotAsWritten(f"{path.name} has a row that cannot be read ({type(error).__name__})") from error
    return (found + more)[:MOST_TOLD], len(found) + n


def _shown(said: dict[str, Any]) -> tuple[str, tuple[Column, ...]]:
    selection = Selection(table=str(said.get("table", "")))
    return selection.name, columns(selection)


def selection_of(of: Edition, said: dict[str, Any]) -> Selection:
    """What a passport says to be of."""
    if "table" in said:
        return selected(of, str(said["table"]))
    asked = said["filters"]
    places = ":" + ",".join(asked["places"]) if asked["places"] else ""
    return selected(of, measures=asked["measure"], grain=asked["grain"], first=asked["from"], last=asked["to"], geography=asked["geography"] + places,
                    characteristic=asked["characteristic"])  # fmt: skip


def left_out_of(said: dict[str, Any]) -> tuple[Series, ...]:
    """The series that were embargoed when an extract was made, by their names: what is known of them since may be something else."""
    return tuple(Series.named(name) for name in sorted(said["embargo"]))


def _of_passport(said: dict[str, Any], rebuilt: dict[str, Any]) -> list[Difference]:
    mine, theirs = dict(formats.flat(said)), dict(formats.flat(rebuilt))
    found = [Difference("passport", field, mine.get(field, ""), theirs.get(field, "")) for field in {**theirs, **mine} if mine.get(field) != theirs.get(field)]
    if not found and [*said] != [*rebuilt] and sorted(said) != [*said]:
        found.append(Difference("passport", "fields", ", ".join(said), ", ".join(rebuilt)))
    return found


def _of_front(read: Read, rows: Printed, rebuilt: dict[str, Any], path: Path) -> list[Difference]:
    """What stands beside the rows: the description of a CSV, the other sheets of a workbook."""
    if read.description is not None:
        agreed = formats.csvw(path.name, rows.selection, rebuilt)
        mine, theirs = dict(formats.flat(read.description)), dict(formats.flat(agreed))
        # What it says of its passport is told of already.
        names = [one for one in {**theirs, **mine} if mine.get(one) != theirs.get(one) and not one.startswith("notes/0/passport")]
        return [Difference("metadata", name, mine.get(name, ""), theirs.get(name, "")) for name in names]
    if read.front is None:
        return []
    agreed_book = formats.book(rows.selection, rebuilt, legend(rows))
    found = []
    if [*read.front.sheets] != [*agreed_book.sheets]:
        found.append(Difference("workbook", "sheets", ", ".join(read.front.sheets), ", ".join(agreed_book.sheets)))
    for name, lines in agreed_book.sheets.items():
        for number, (mine_line, line) in enumerate(zip_longest(read.front.sheets.get(name, []), lines, fillvalue=()), 1):
            for column, (cell, agreed_cell) in enumerate(zip_longest(mine_line, line, fillvalue=""), 1):
                if cell != agreed_cell and not (name == "Passport" and number > 1):
                    found.append(Difference(f"sheet {name}", f"row {number}, column {column}", cell, agreed_cell))
    return found


def _of_rows(read: Read, rows: Printed, selection: Selection, making: Path) -> tuple[list[Difference], int]:
    """Differences of rows: cell by cell where both have a row of that key."""
    names, by = [one.name for one in rows.columns], key(selection)
    mine, theirs = making / "mine.csv", making / "theirs.csv"
    _keep(mine, names, read.rows())
    _keep(theirs, names, formats.texts(rows.rows(), rows.columns, read.front is not None))
    if shelf.sha256(mine) == shelf.sha256(theirs):
        return [], 0
    # A table of texts for each; `n` tells apart rows of one key, and the order they stand in.
    with duckdb.connect() as con:
        for table, file in (("mine", mine), ("theirs", theirs)):
            con.execute(
                f"""create table {table} as select *, row_number() over (partition by {_quoted(by)} order by "@") as "#" from read_csv({literal(file)},
                header = true, all_varchar = true, quote = '"', escape = '"', strict_mode = true, parallel = false)"""
            )
        joined = " and ".join(f'mine."{one}" is not distinct from theirs."{one}"' for one in (*by, "#"))
        both = f"from mine full outer join theirs on {joined}"
        cells = [one for one in names if one not in by]
        apart = [f'mine."{one}" is distinct from theirs."{one}"' for one in cells]
        known = 'mine."#" is not null and theirs."#" is not null'
        n_cells = " + ".join(f"count(*) filter ({known} and {test})" for test in apart) or "0"
        n, rows_apart = con.execute(f"select {n_cells}, count(*) filter (not ({known})) {both}").fetchall()[0]
        order = 'order by coalesce(theirs."@"::bigint, mine."@"::bigint)'
        told = con.execute(
            f"""select concat_ws('|', {', '.join(f'coalesce(mine."{one}", theirs."{one}", $$$$)' for one in by)}), mine."#" is null, theirs."#" is null,
            {', '.join(f'mine."{one}", theirs."{one}"' for one in cells)} {both} where not ({known}) or {' or '.join(apart) or 'false'} {order} limit {MOST_TOLD}"""
        ).fetchall()
        found = list(_told(told, cells))
        if not n + rows_apart:
            # Each row is there, in another place.
            place = con.execute(
                f"""select concat_ws('|', {_quoted(by, 'mine.')}), mine."@", theirs."@" {both} where mine."@" <> theirs."@" {order} limit 1"""
            ).fetchall()
            return [Difference(where, "order", f"row {a}", f"row {b}") for where, a, b in place], 1
    return found[:MOST_TOLD], n + rows_apart


def _told(rows: Iterable[Sequence[Any]], cells: Sequence[str]) -> Iterator[Difference]:
    for where, is_new, is_gone, *values in rows:
        if is_new or is_gone:
            yield Difference(where, "row", _MISSING if is_new else "a row", "a row" if is_new else _MISSING)
            continue
        for name, a, b in zip(cells, values[::2], values[1::2], strict=True):
            if a != b:
                yield Difference(where, name, a or "", b or "")


def _keep(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of texts with their number."""
    with path.open("w", encoding="utf-8", newline="") as out:
        written = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        written.writerow(["@", *names])
        for number, row in enumerate(rows, 1):
            if len(row) != len(names):
                raise ValueError(f"row {number} has {len(row)} cells")
            written.writerow([number, *row])


def _quoted(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{one}"' for one in names)
