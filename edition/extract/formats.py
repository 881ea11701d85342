"""An extract as a file: CSV with CSVW beside it, Parquet, XLSX, ODS and JSON (definition: extract_formats), written and read again.

Whatever a format can hold, its cells come back as the same texts: those of the canonical CSV, and in workbooks, where no cell is empty, a
mark in place of nothing.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb

from edition.extract.passport import notes
from edition.extract.printed import COUNT, DAY, MONEYS, NUMBER, TEXT, Column, Printed, columns, key
from edition.extract.selection import Selection
from edition.folder import EditionError
from ground.sql import literal

CSV, PARQUET, XLSX, ODS, JSON = "csv", "parquet", "xlsx", "ods", "json"
# Rows that a file of each format may have; the others have no limit. The writers of ODS hold the whole file in memory.
MOST_ROWS = {XLSX: 1_048_575, ODS: 10_000, JSON: 100_000}
FORMATS = (CSV, PARQUET, XLSX, ODS, JSON)
PLACES = {NUMBER: 6, MONEYS: 2}
_CSVW_TYPE = {TEXT: "string", DAY: "date", COUNT: "integer", NUMBER: "decimal", MONEYS: "decimal"}
_PARQUET_TYPE = {TEXT: "VARCHAR", DAY: "DATE", COUNT: "BIGINT", NUMBER: "DOUBLE", MONEYS: "DOUBLE"}
_MARKS = ("[c]", "[x]", "[z]")
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_AT_ONCE = 1 << 24


class TooLong(EditionError):
    """The format cannot hold as many rows. The text says which can."""


class NotAsWritten(EditionError):
    """A file that is no extract, or is none any more. The text says why."""


def suffix(path: Path) -> str:
    """The format of a file, by its name. Raises ValueError."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise ValueError(f"{path.name}: the name ends in none of {', '.join(f'.{one}' for one in FORMATS)}")
    return ending


def must_hold(form: str, rows: int) -> None:
    """Raises TooLong."""
    if rows > MOST_ROWS.get(form, rows):
        able = [one for one in FORMATS if rows <= MOST_ROWS.get(one, rows)]
        raise TooLong(f"{rows:,} rows are more than the {MOST_ROWS[form]:,} that an extract in {form} may have: ask for {' or '.join(able)}, or for fewer rows")


def sidecar(path: Path) -> Path:
    """The CSVW description beside a CSV."""
    return path.with_name(f"{path.name}-metadata.json")


@dataclass(frozen=True)
class Book:
    """What stands in a workbook beside the table: sheets by name, each a list of rows of texts, the header first."""

    sheets: dict[str, list[list[str]]]


# Writing


def write(rows: Printed, passport: dict[str, Any], legend: Sequence[tuple[str, str]], form: str, path: Path, canonical: Path) -> int:
    """Writes `printed` and the passport to `path`; returns how many rows are in the file. `legend`: marks and what they mean; `canonical`: the
    rows as CSV, which becomes the file where that is what is wanted."""
    match form:
        case "csv":
            canonical.replace(path)
            describe(path, passport)
            return _counted(rows, CSV, path)
        case "parquet":
            rows.con.execute(
                f"copy (select {rows.shown()} from printed) to {literal(path)} (format parquet, compression zstd, kv_metadata {{passport: {literal(_json(passport))}}})"
            )
            return _counted(rows, PARQUET, path)
        case "json":
            return _write_json(rows, passport, path)
        case "xlsx":
            return _write_xlsx(rows, book(rows.selection, passport, legend), headings(rows.selection, passport), path)
        case "ods":
            return _write_ods(rows, book(rows.selection, passport, legend), headings(rows.selection, passport), path)
    raise ValueError(form)


def describe(path: Path, passport: dict[str, Any]) -> None:
    """Write the CSVW description of a CSV beside it."""
    sidecar(path).write_text(described(path.name, passport), encoding="utf-8")


def described(url: str, passport: dict[str, Any]) -> str:
    """The CSVW description of a CSV that somebody saves as `url`, as text."""
    return json.dumps(csvw(url, Selection(table=str(passport.get("table", ""))), passport), indent=1, ensure_ascii=False) + "\n"


def csvw(url: str, selection: Selection, passport: dict[str, Any]) -> dict[str, Any]:
    """The CSVW description of a CSV called `url`."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": passport["title"],
        "dc:license": passport["licence"],
        "dialect": {"encoding": "utf-8", "delimiter": ",", "lineTerminators": ["\n"], "header": True},
        "tableSchema": {
            "columns": [_described(one, any(measure["unit"] != "share" for measure in passport["measures"])) for one in columns(selection)],
            "primaryKey": list(key(selection)),
        },
        "notes": [{"passport": passport}],
    }


def _described(one: Column, has_days: bool) -> dict[str, Any]:
    kind: dict[str, Any] = {"base": _CSVW_TYPE[one.kind]}
    # Where there is a median, a value may be days.
    is_share = one.is_share and not (one.name == "value" and has_days)
    # Money may have been taken back.
    if one.kind in (COUNT, NUMBER):
        kind["minimum"] = "0"
    if is_share:
        kind["maximum"] = "1"
    if one.kind == DAY:
        kind["format"] = "yyyy-MM-dd"
    return {"name": one.name, "titles": one.name, "dc:description": one.meaning, "datatype": kind, **({"required": True} if one.is_required else {"null": ""})}


def _counted(rows: Printed, form: str, path: Path) -> int:
    """How many rows are in a file."""
    if form == CSV:
        with path.open("rb") as file:
            lines = sum(some.count(b"\n") for some in iter(lambda: file.read(_AT_ONCE), b""))
        if lines - 1 == rows.expected:
            return rows.expected
        # A cell may hold the end of a line.
        return rows.one(f"select count(*) from read_csv({literal(path)}, header = true, all_varchar = true)")
    return rows.one(f"select count(*) from read_parquet({literal(path)})")


def _json(what: Any) -> str:
    return json.dumps(what, ensure_ascii=False, sort_keys=True)


def _write_json(rows: Printed, passport: dict[str, Any], path: Path) -> int:
    names, written = [one.name for one in rows.columns], 0
    with path.open("w", encoding="utf-8") as out:
        out.write('{"passport": ' + _json(passport) + ',\n"rows": [')
        for row in rows.rows():
            values = [value.isoformat() if isinstance(value, date) else value for value in row]
            out.write(("," if written else "") + "\n" + json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False))
            written += 1
        out.write("\n]}\n")
    return written


def book(selection: Selection, passport: dict[str, Any], legend: Sequence[tuple[str, str]]) -> Book:
    """The sheets that stand before the table."""
    said = notes(selection, passport)
    sheets = [("Cover", "What this is"), ("Contents", "The sheets of this workbook"), ("Notes", "Notes and marks"), ("Definitions", "What is measured"),
              ("Passport", "What this extract is made of"), (selection.name, passport["title"])]  # fmt: skip
    cover = [
        passport["title"],
        f"Edition {passport['edition']}, everything known up to {passport['as_of']}.",
        f"{passport['rows_written']} rows; {passport['rows_embargoed']} are left out because an official series is not published yet.",
        f"Status: {passport['publication_status']}.",
        f"Licence: {passport['licence']}.",
        f"Contact: {passport['contact']}.",
        f"Not confirmed: {', '.join(passport['unverified']) or 'nothing'}.",
    ]
    definitions = [[one["id"], one["label"], one["unit"], one["definition"] or "[z]", one["caveat"] or "[z]"] for one in passport["measures"]]
    return Book(
        {
            "Cover": [["Gatehouse extract"], *([line] for line in cover)],
            "Contents": [["Sheet", "What it holds"], *map(list, sheets)],
            "Notes": [["Note or mark", "Text"], *([f"note {n}", text] for n, (_, text) in enumerate(said, 1)), *map(list, legend)],
            "Definitions": [["Measure", "Called", "Unit", "Definition", "Caveat"], *(definitions or [["[z]", "[z]", "[z]", "This table has no measures of its own.", "[z]"]])],
            "Passport": [["Field", "Value"], *([field, value] for field, value in flat(passport))],
        }
    )  # fmt: skip


def headings(selection: Selection, passport: dict[str, Any]) -> list[str]:
    """The header of the table in a workbook: each column with the note that goes with it; the notes of the table itself are the first column's."""
    numbered = [(n, of) for n, (of, _) in enumerate(notes(selection, passport), 1)]
    of_table = "".join(f" [note {n}]" for n, of in numbered if not of)
    by_column = {of: f" [note {n}]" for n, of in numbered if of}
    return [one.name + by_column.get(one.note, "") + (of_table if number == 0 else "") for number, one in enumerate(columns(selection))]


def filled(rows: Iterable[Sequence[Any]], shown: Sequence[Column]) -> Iterator[Sequence[Any]]:
    """Rows with a mark in each empty cell: [z] where there is nothing to say, for a figure [x] or [c] as the marks of the row have it."""
    names = [one.name for one in shown]
    at = names.index("marks") if "marks" in names else None
    for row in rows:
        if None in row:
            marks = (row[at] or "") if at is not None else ""
            figure = "[x]" if "[x]" in marks else "[c]" if "[c]" in marks else "[z]"
            row = [("[z]" if one.kind in (TEXT, DAY) else figure) if value is None else value for value, one in zip(row, shown, strict=True)]
        yield row


def _write_xlsx(rows: Printed, front: Book, names: list[str], path: Path) -> int:
    from rustpy_xlsxwriter import FastExcel, Format

    written = 0

    def records() -> Iterator[dict[str, Any]]:
        nonlocal written
        for row in filled(rows.rows(), rows.columns):
            written += 1
            yield dict(zip(names, row, strict=True))

    made = FastExcel(path).format(datetime_format="yyyy-mm-dd", bold_headers=True).freeze(row=1)
    for name, (head, *lines) in front.sheets.items():
        made.sheet(name, [dict(zip(head, line, strict=True)) for line in lines], column_widths=[28.0, *[60.0] * (len(head) - 1)] if len(head) > 1 else [100.0])
    # Text as text, also where it looks like a number.
    is_empty = not rows.expected
    made.sheet(rows.selection.name, [dict.fromkeys(names, "[z]")] if is_empty else records(), column_widths=[18.0] * len(names), header_format=Format().set_bold())
    made.save()
    return written


def _write_ods(rows: Printed, front: Book, names: list[str], path: Path) -> int:
    """odswriter holds each cell in memory as an object of its own, which is most of the time a table takes: it writes the book with an empty
    table, and the rows are put into that as text."""
    import odswriter

    book, name = io.BytesIO(), rows.selection.name
    with odswriter.writer(book) as made:
        for sheet, lines in front.sheets.items():
            made.new_sheet(sheet).writerows(lines)
        made.new_sheet(name).writerow(names)
    cells = [_ods_row(row) for row in filled(rows.rows(), rows.columns)]
    written = len(cells)
    _finished(book, [*front.sheets, name], "".join(cells or [_ods_row(["[z]"] * len(rows.columns))]), path)
    return written


def _ods_row(row: Iterable[Any]) -> str:
    """A row as odswriter writes one."""
    cells = []
    for value in row:
        if isinstance(value, str):
            cells.append(f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>')
        elif isinstance(value, date):
            cells.append(f'<table:table-cell office:value-type="date" office:date-value="{value}" table:style-name="cDateISO"><text:p>{value}</text:p></table:table-cell>')
        else:
            cells.append(f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>')
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


_ENTRY = ' <manifest:file-entry manifest:full-path="settings.xml" manifest:media-type="text/xml"/>\n</manifest:manifest>'
_FROZEN = (
    '<config:config-item-map-entry config:name="{name}"><config:config-item config:name="VerticalSplitMode" config:type="short">2</config:config-item>'
    '<config:config-item config:name="VerticalSplitPosition" config:type="int">1</config:config-item>'
    '<config:config-item config:name="PositionBottom" config:type="int">1</config:config-item></config:config-item-map-entry>'
)


def _finished(book: io.BytesIO, sheets: Iterable[str], rows: str, path: Path) -> None:
    """The book with the rows at the end of its last sheet and the first row of each sheet always in sight. Packed without a clock."""
    settings = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<office:document-settings xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0" office:version="1.2"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f'<config:config-item-map-named config:name="Tables">{"".join(_FROZEN.format(name=name) for name in sheets)}</config:config-item-map-named>'
        "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set></office:settings></office:document-settings>"
    )
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(path, "w") as packed:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "META-INF/manifest.xml":
                data = data.decode().replace("</manifest:manifest>", _ENTRY).encode()
            elif entry.filename == "content.xml":
                before, end, after = data.decode().rpartition("</table:table>")
                # Days are shown as they are written, wherever the file is opened.
                data = f"{before}{rows}{end}{after}".replace(' number:automatic-order="true"', "").encode()
            packed.writestr(zipfile.ZipInfo(entry.filename, _ZIP_DAY), data, entry.compress_type)
        packed.writestr(zipfile.ZipInfo("settings.xml", _ZIP_DAY), settings, zipfile.ZIP_DEFLATED)


# A passport in cells


def flat(what: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """A passport as fields and values, each a text in a cell; a field of a field is named after both."""
    if isinstance(what, dict | list) and what:
        inside = what.items() if isinstance(what, dict) else enumerate(what)
        for name, value in inside:
            yield from flat(value, f"{path}/{name}" if path else str(name))
    else:
        yield path, json.dumps(what, ensure_ascii=False)


def raised(cells: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The passport of what `flat` made."""
    root: dict[str, Any] = {}
    for path, value in cells:
        *way, last = path.split("/")
        at = root
        for name in way:
            at = at.setdefault(name, {})
        at[last] = json.loads(value)
    return _lists(root)


def _lists(what: Any) -> Any:
    if not isinstance(what, dict):
        return what
    inside = {name: _lists(value) for name, value in what.items()}
    return list(inside.values()) if inside and [*inside] == [str(n) for n in range(len(inside))] else inside


# Reading


@dataclass(frozen=True)
class Read:
    """A file as it was read. `rows` gives its cells as texts, as often as it is called; `front`: of a workbook what stands before the table;
    `description`: of a CSV what stands beside it."""

    form: str
    passport: dict[str, Any]
    head: list[str]
    rows: Callable[[], Iterator[list[str]]]
    front: Book | None = None
    description: dict[str, Any] | None = None


def read(path: Path, shown: Callable[[dict[str, Any]], tuple[str, tuple[Column, ...]]]) -> Read:
    """Read a file. `shown` says for a passport what the table is called and its columns. Raises NotAsWritten."""
    form = suffix(path)
    try:
        match form:
            case "csv":
                return _read_csv(path)
            case "parquet":
                return _read_parquet(path, shown)
            case "json":
                return _read_json(path, shown)
        return _read_book(path, form, shown)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, duckdb.Error, zipfile.BadZipFile) as error:
        raise NotAsWritten(f"{path.name} cannot be read as an extract ({type(error).__name__})") from error


def _read_csv(path: Path) -> Read:
    description = json.loads(sidecar(path).read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as file:
        head = next(csv.reader(file))

    def rows() -> Iterator[list[str]]:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            next(lines)
            yield from lines

    return Read(CSV, description["notes"][0]["passport"], head, rows, description=description)


def _read_parquet(path: Path, shown: Callable[[dict[str, Any]], tuple[str, tuple[Column, ...]]]) -> Read:
    with duckdb.connect() as con:
        (said,) = [value for name, value in con.execute(f"select decode(key), decode(value) from parquet_kv_metadata({literal(path)})").fetchall() if name == "passport"]
        kinds = {name: kind for name, kind, *_ in con.execute(f"describe from read_parquet({literal(path)})").fetchall()}
    passport = json.loads(said)
    _, wanted = shown(passport)
    if kinds != (agreed := {one.name: _PARQUET_TYPE[one.kind] for one in wanted}):
        wrong = next(name for name in [*agreed, *kinds] if kinds.get(name) != agreed.get(name))
        raise NotAsWritten(f"column {wrong} is {kinds.get(wrong, 'missing')} and not {agreed.get(wrong, 'there')}")

    def rows() -> Iterator[list[str]]:
        with duckdb.connect() as con:
            found = con.execute(f"from read_parquet({literal(path)})")
            while some := found.fetchmany(10_000):
                yield from ([_text(value, one) for value, one in zip(row, wanted, strict=True)] for row in some)

    return Read(PARQUET, passport, list(kinds), rows)


def _read_json(path: Path, shown: Callable[[dict[str, Any]], tuple[str, tuple[Column, ...]]]) -> Read:
    whole = json.loads(path.read_text(encoding="utf-8"))
    if [*whole] != ["passport", "rows"]:
        raise NotAsWritten("it holds something else than passport and rows")
    _, wanted = shown(whole["passport"])
    names = [one.name for one in wanted]
    for number, row in enumerate(whole["rows"], 1):
        if [*row] != names:
            raise NotAsWritten(f"row {number} has other columns")
    return Read(JSON, whole["passport"], names, lambda: ([_text(_day(row[one.name]) if one.kind == DAY else row[one.name], one) for one in wanted] for row in whole["rows"]))


def _day(value: Any) -> Any:
    """JSON has no days: one that is written as we write it is one."""
    return date.fromisoformat(value) if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else value


def _read_book(path: Path, form: str, shown: Callable[[dict[str, Any]], tuple[str, tuple[Column, ...]]]) -> Read:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        opened = CalamineWorkbook.from_path(str(path))
        *front, last = opened.sheet_names
        sheets = {name: [[_plain(cell) for cell in line] for line in opened.get_sheet_by_name(name).to_python(skip_empty_area=False)] for name in front}
        passport = raised((field, value) for field, value in sheets["Passport"][1:])
        name, wanted = shown(passport)
        if last != name:
            raise NotAsWritten(f"the last sheet is called {last} and not {name}")
        lines = opened.get_sheet_by_name(last).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise NotAsWritten(f"{path.name} cannot be read as a workbook") from error
    head, *cells = lines
    if cells == [["[z]"] * len(wanted)]:
        cells = []

    def rows() -> Iterator[list[str]]:
        for line in cells:
            yield [_text(value, one, is_book=True) for value, one in zip(line, wanted, strict=True)]

    return Read(form, passport, [_plain(one) for one in head], rows, front=Book(sheets))


def _plain(cell: Any) -> str:
    return cell if isinstance(cell, str) else f"<{cell!r}>"


def texts(rows: Iterable[Sequence[Any]], shown: Sequence[Column], is_book: bool = False) -> Iterator[list[str]]:
    """Rows as the texts that `read` gives: of a workbook with marks in place of nothing."""
    for row in filled(rows, shown) if is_book else rows:
        yield [_text(value, one, is_book) for value, one in zip(row, shown, strict=True)]


def _text(value: Any, one: Column, is_book: bool = False) -> str:
    """A cell as text; what is not of the kind of its column is told apart from everything that is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if one.kind == TEXT or (is_book and value in _MARKS) else f"<{value!r}>"
    if one.kind == DAY and isinstance(value, date) and (not isinstance(value, datetime) or value.time() == datetime.min.time()):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if one.kind == COUNT and value == int(value):
            return str(int(value))
        if one.kind in PLACES:
            text = f"{Decimal(repr(value) if isinstance(value, float) else value):.{PLACES[one.kind]}f}"
            return text if isinstance(value, Decimal) or float(text) == value else f"<{value!r}>"
    return f"<{value!r}>"


def without_notes(head: Iterable[str]) -> list[str]:
    """A header of a workbook without the notes."""
    return [re.sub(r" \[note \d+\]", "", one) for one in head]
