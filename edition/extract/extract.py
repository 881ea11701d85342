"""Make an extract and hand it out. The command and the page call the same function, and nothing else hands out figures in a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from edition import embargo
from edition.access import Use
from edition.embargo import EmbargoGrant, Series
from edition.extract import formats, shelf
from edition.extract.passport import as_file, passport, permalink
from edition.extract.printed import Printed, canonical, printed
from edition.extract.selection import CHANGES, DICTIONARY, MONEY, NoSuchTable, Offered, Selection, filtered, offered, standing, tables
from edition.extract.shelf import Made
from edition.folder import Edition, EditionError
from edition.reading import opened
from edition.rights import RESULT, NotGranted, Reader, the_product
from ground.files import whole

OTHERWISE_MADE = (MONEY, DICTIONARY, CHANGES)
# The CSV last: it is the canonical one, moved.
STANDING_FORMATS = (formats.PARQUET, formats.XLSX, formats.ODS, formats.CSV)


class Withdrawn(EditionError):
    """The extract was withdrawn. The text says why."""


class Miscounted(EditionError):
    """An extract has another number of rows than was expected, and was removed."""


@dataclass(frozen=True)
class Asking:
    """Who asks, when (with its time zone) and as of which day; the embargo grants that there are, and what was withdrawn: reasons by permalink."""

    reader: Reader
    at: datetime
    day: date
    grants: tuple[EmbargoGrant, ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)

    def left_out(self, of: Edition, selection: Selection) -> tuple[tuple[Series, ...], tuple[int, ...]]:
        """The series that are embargoed for whoever asks and may be in an extract, and the numbers of the grants by which others are in it."""
        held = [one for one in embargo.unpublished(of, self.day) if selection.concerns(one.measure_id, one.from_month, one.to_month)]
        by = {one: grant.number for one in held for grant in self.grants if grant.holds(self.reader.person, one.name, self.day)}
        return tuple(one for one in held if one not in by), tuple(sorted(set(by.values())))

    def enter(self, home: Path, made: Made) -> None:
        """Put the line of an extract that is about to be handed out into the register. Raises NotRecorded."""
        said = made.passport
        shelf.enter(
            home,
            {
                "time": self.at.isoformat(timespec="seconds"), "user": self.reader.person, "permalink": said["permalink"], "rows": said["rows_written"],
                "content_sha256": said["content_sha256"], "file_sha256": made.file_sha256, "grant": said["grants"],
            },
        )  # fmt: skip

    def use(self, of: Edition) -> Use:
        """The use under which the product looks up why figures changed: of that only a word is handed out."""
        return Use(of, self.at, the_product(self.reader.person), "extract: why printed figures changed", query="extract")


@dataclass(frozen=True)
class Handed:
    """An extract that was handed out: its file among those kept, and what it says of itself."""

    kept: Path
    made: Made
    until: date | None

    @property
    def passport(self) -> dict[str, Any]:
        return self.made.passport

    def lines(self) -> list[str]:
        """What the command and the page say when it is written."""
        said = [f"wrote {self.passport['rows_written']} rows"]
        if self.passport["rows_embargoed"]:
            said.append(f"embargoed {self.passport['rows_embargoed']} rows until {self.until or 'a day that nobody has said'}")
        return [*said, f"content {self.passport['content_sha256']}", f"permalink ?extract={self.passport['permalink']}"]


def selected(of: Edition, table: str = "", **filters: Any) -> Selection:
    """What is asked for of an edition: a standing table, or filters as `filtered` takes them. Raises OffTheGrid, NoSuchTable, TableMissing."""
    has = offered(of)
    return standing(table, of, has) if table else filtered(of, has, **filters)


def expected(of: Edition, asking: Asking, selection: Selection) -> tuple[int, int]:
    """How many rows an extract will have, and how many are left out because they are embargoed."""
    left_out, _ = asking.left_out(of, selection)
    if selection.table and not selection.blocks and (made := shelf.standing_made(of.home, of.edition_id).get(f"{selection.table}.{formats.CSV}")) and not left_out:
        return made.passport["rows_expected"], 0
    if selection.table in OTHERWISE_MADE:
        with shelf.making(of.home) as folder, printed(of, selection, left_out, offered(of), asking.use(of), folder) as rows:
            return rows.expected, rows.embargoed
    held = embargo.condition(left_out) or "false"
    with opened(of, tables=[RESULT], embargoed=(), is_shared=True) as con:
        return con.execute(f"select count(*) filter (not {held}), count(*) filter ({held}) from {RESULT} where {selection.condition()}").fetchall()[0]


def first_rows(
    of: Edition, asking: Asking, selection: Selection, most: int, left_out: Sequence[Series] | None = None
) -> tuple[list[str], list[tuple[Any, ...]], list[tuple[str, str]]]:
    """Names of the columns, at most `most` rows of an extract as they are printed, and the marks with what they mean. `left_out`: the series that are
    not among them, of an extract that was made before."""
    if left_out is None:
        left_out, _ = asking.left_out(of, selection)
    with shelf.making(of.home) as folder, printed(of, selection, left_out, offered(of), asking.use(of), folder, most) as rows:
        return [one.name for one in rows.columns], list(rows.rows()), legend(rows)


def listing(of: Edition, asking: Asking) -> dict[str, Any]:
    """What there is to extract, and how many rows of it: `tables`, and `grid`, whose rows are those of all measures."""
    has, listed = offered(of), []
    for name, said in tables().items():
        try:
            rows, embargoed = expected(of, asking, standing(name, of, has))
        except NoSuchTable:
            continue
        listed.append({"table": name, "title": said["title"], "rows": rows, "embargoed": embargoed})
    left_out, _ = asking.left_out(of, Selection(table=CHANGES))
    held = embargo.condition(left_out) or "false"
    with opened(of, tables=[RESULT], embargoed=()) as con:
        count = f"select characteristic, geography_kind, period_grain, count(*) filter (not {held}), count(*) filter ({held}) from {RESULT} group by all"
        found = {(way, kind, grain): (rows, embargoed) for way, kind, grain, rows, embargoed in con.execute(count).fetchall()}
    grid = [
        {"characteristic": way, "geography": kind, "grain": grain, "rows": found.get((way, kind, grain), (0, 0))[0], "embargoed": found.get((way, kind, grain), (0, 0))[1]}
        for way, kind, grain in sorted(has.grid)
    ]
    return {"edition": of.edition_id, "measures": list(has.measures), "tables": listed, "grid": grid}


def hand_out(of: Edition, asking: Asking, selection: Selection, form: str, say: Callable[[str], None]) -> Handed:
    """Make an extract, unless it is there already, and put its line into the register. `say` is told how many rows are expected. Raises TooLong,
    Withdrawn, Miscounted, NotGranted, NotRecorded and EditionError."""
    if not asking.reader.sees_figures:
        raise NotGranted(f"Nothing is for {asking.reader or 'somebody without a role'}.")
    left_out, grants = asking.left_out(of, selection)
    name = permalink(of, selection, form, [one.name for one in left_out], grants)
    if name in asking.withdrawn:
        raise Withdrawn(f"extract {name} was withdrawn: {asking.withdrawn[name]}")
    made = shelf.made_of(of.home, name)
    if made is None:
        made = _standing(of, selection, form, name) if not left_out else None
    if made is None:
        made = _make(of, asking, selection, form, left_out, grants, name, say)
    else:
        say(f"expected {made.passport['rows_expected']} rows")
    kept = shelf.file_of(of.home, name)
    if kept is None or shelf.sha256(kept) != made.file_sha256:
        raise EditionError(f"extract {name} is not as it was made: put {kept or 'its file'} back from a backup")
    asking.enter(of.home, made)
    return Handed(kept, made, until(of, selection, left_out) if made.passport["rows_embargoed"] else None)


def write(of: Edition, asking: Asking, selection: Selection, out: Path, say: Callable[[str], None]) -> Handed:
    """Hand an extract out as the file `out`, which appears whole. Raises what `hand_out` raises, ValueError for a name that says no format, and OSError."""
    form = formats.suffix(out)
    handed = hand_out(of, asking, selection, form, say)
    with whole(out) as part:
        shutil.copyfile(handed.kept, part)
        if form == formats.CSV:
            formats.describe(out, handed.passport)
    for line in handed.lines():
        say(line)
    return handed


def write_standing(of: Edition, asking: Asking, say: Callable[[str], None]) -> None:
    """Write the standing tables of an edition, embargoed rows and all, where they are not there yet. Raises EditionError, OSError."""
    folder = shelf.standing_folder(of.home, of.edition_id)
    if shelf.standing_made(of.home, of.edition_id):
        return
    has = offered(of)
    with shelf.making(of.home) as making:
        # Two at once: DuckDB and the writer of workbooks let other threads run. Backwards, so that the largest, half of all, is not left to the end.
        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(lambda name: _standing_files(of, name, has, asking, making, say), reversed(tables())))
        shelf.keep_standing(making, [one for files in reversed(made) for one in files])
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(making, folder)


def _standing_files(of: Edition, name: str, has: Offered, asking: Asking, making: Path, say: Callable[[str], None]) -> list[Made]:
    """Write one standing table in each format that can hold it; none where the edition cannot have it."""
    try:
        selection = standing(name, of, has)
    except EditionError as error:
        say(f"extracts: {error}")
        return []
    with printed(of, selection, (), has, asking.use(of), making) as rows:
        told = passport(of, rows, (), (), canonical(rows, _canonical_in(making, rows)))
        return [_written(of, rows, form, told, making) for form in STANDING_FORMATS if rows.expected <= formats.MOST_ROWS.get(form, rows.expected)]


def until(of: Edition, selection: Selection, left_out: Sequence[Series]) -> date | None:
    """The day from which none of the rows that are left out is embargoed; None where nobody has said."""
    counts = ", ".join(f"count(*) filter ({embargo.condition([one])})" for one in left_out)
    with opened(of, tables=[RESULT], embargoed=()) as con:
        found = con.execute(f"select {counts} from {RESULT} where {selection.condition()}").fetchall()[0]
    days = [one.published_on for one, n in zip(left_out, found, strict=True) if n]
    return None if None in days or not days else max(day for day in days if day)


def legend(rows: Printed) -> list[tuple[str, str]]:
    """The marks that may stand in a cell, in their order, and what they mean."""
    return rows.con.execute("select shorthand, meaning from dim_shorthand where shorthand not in ('[low]', '[high]') order by sort_order").fetchall()


def _standing(of: Edition, selection: Selection, form: str, name: str) -> Made | None:
    """The standing table of an edition, put where permalinks lie; None where it was not written."""
    file = f"{selection.table}.{form}"
    made = shelf.standing_made(of.home, of.edition_id).get(file) if selection.table else None
    if made is None or made.passport["permalink"] != name:
        return None
    folder = shelf.standing_folder(of.home, of.edition_id)
    with shelf.making(of.home) as making:
        shutil.copyfile(folder / file, making / file)
        shelf.keep(of.home, name, making, made)
    return made


def _make(
    of: Edition, asking: Asking, selection: Selection, form: str, left_out: tuple[Series, ...], grants: tuple[int, ...], name: str, say: Callable[[str], None]
) -> Made:
    with shelf.making(of.home) as making, printed(of, selection, left_out, offered(of), asking.use(of), making, is_once=True) as rows:
        say(f"expected {rows.expected} rows")
        formats.must_hold(form, rows.expected)
        made = _written(of, rows, form, passport(of, rows, left_out, grants, canonical(rows, _canonical_in(making, rows))), making)
        _canonical_in(making, rows).unlink(missing_ok=True)
        shelf.keep(of.home, name, making, made)
    return made


def _canonical_in(making: Path, rows: Printed) -> Path:
    return making / f"{rows.selection.name}.canonical"


def _written(of: Edition, rows: Printed, form: str, told: dict[str, Any], making: Path) -> Made:
    """Write one file. `told`: the passport of the rows that `canonical` wrote to the folder. Raises Miscounted."""
    file = f"{rows.selection.name}.{form}"
    said, n = as_file(told, of, rows.selection, form), told["rows_written"]
    written = formats.write(rows, said, legend(rows), form, making / file, _canonical_in(making, rows))
    if not rows.expected == n == written:
        raise Miscounted(f"{rows.expected} rows were expected and {written} written: the file was removed")
    (making / file).chmod(0o600)
    if rows.selection.table not in OTHERWISE_MADE and (n := rows.one(
        f"select count(*) from printed inner join measure using (measure_id) where unit = 'share' and value is not null and denominator < {said['disclosure']['minimum_base']}"
    )):  # fmt: skip
        raise EditionError(f"{n} controlled rows carry a rate on fewer than {said['disclosure']['minimum_base']} releases, which disclosure control does not allow")
    return Made(file, shelf.sha256(making / file), said)
