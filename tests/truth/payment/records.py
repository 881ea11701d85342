"""What was delivered, row by row: every version with when it was recorded, what stands now, and what was known at a moment.

Read from the delivery contract and the declarations of expectations/tables alone; nothing of the product's landing is used.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import yaml

TABLES = Path(__file__).parents[3] / "expectations" / "tables"
LONDON = ZoneInfo("Europe/London")
Value = Any
Fields = dict[str, Value]

_MONTHS = {m: n for n, m in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), start=1)}
_SHORTENED = re.compile(r"[+-]?\d+([.,]\d+)?[eE]\+\d+")
_SHEET = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|#+)", re.IGNORECASE)
_BLANKS = " \t\r\n\x0b\x0c\x85\xa0\u1680\u180e\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
# Columns that say when a row was written down first; the others say only when it was last changed.
FIRST_WRITTEN = {"create_date", "create_datetime", "created_datetime", "recorded_ts", "recorded_datetime"}


class Row:
    """One key of one table of one source: its versions, oldest first, each (recorded, fields, is known by its own column)."""

    __slots__ = ("source", "key", "versions", "turns", "first", "live", "is_orphan", "first_day", "opened")

    def __init__(self, source: str, key: str) -> None:
        self.source, self.key = source, key
        self.versions: list[tuple[dt.datetime, Fields, bool]] = []
        self.turns: list[tuple[dt.datetime, bool]] = []  # closed or opened again, at the end of a delivery's day
        self.first: dt.datetime | None = None  # written down first, by its own column
        self.live: Fields | None = None
        self.is_orphan = False
        self.first_day: dt.date | None = None  # of the first delivery that held it
        self.opened = True

    def at(self, moment: dt.datetime) -> tuple[Fields | None, bool]:
        """(what was known of it at a moment, whether that cannot be told)."""
        if self.is_orphan:
            return None, False
        known = None
        for recorded, fields, _ in self.versions:
            if recorded <= moment:
                known = fields
        if known is not None:
            closed = False
            for turn, is_open in self.turns:
                if turn <= moment:
                    closed = not is_open
            return (None if closed or known.get("soft_deleted") == "Y" else known), False
        if self.first is not None and self.first > moment:
            return None, False
        fields = self.versions[0][1]
        return (None if fields.get("soft_deleted") == "Y" else fields), True


class Table:
    """All rows of one declared table, of every source that sends it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[tuple[str, str], Row] = {}
        self.complete_to: dict[str, dt.date] = {}  # by source
        self.spoiled: set[tuple[str, str]] = set()  # keys of rows that could not be used
        self._by: dict[str, dict[Value, list[Row]]] = {}

    def by(self, column: str) -> dict[Value, list[Row]]:
        """Rows by each value that any of their versions has in `column`."""
        if column not in self._by:
            index: dict[Value, list[Row]] = defaultdict(list)
            for row in self.rows.values():
                for value in {f.get(column) for _, f, _ in row.versions}:
                    if value is not None:
                        index[value].append(row)
            self._by[column] = dict(index)
        return self._by[column]

    def all(self, source: str | None = None) -> list[Fields]:
        """What stands now."""
        return [r.live for r in self.rows.values() if r.live is not None and source in (None, r.source)]

    def find(self, column: str, value: Value, source: str | None = None) -> list[Fields]:
        """What stands now with `value` in `column`."""
        if value is None:
            return []
        found = (r.live for r in self.by(column).get(value, ()) if source in (None, r.source))
        return [f for f in found if f is not None and f[column] == value]

    def is_delivered(self, source: str | None = None) -> bool:
        return bool(self.complete_to) if source is None else source in self.complete_to

    def watermark(self, source: str | None = None) -> dt.date | None:
        if source is not None:
            return self.complete_to.get(source)
        return max(self.complete_to.values(), default=None)

    @cache  # noqa: B019 one per run
    def is_ever_filled(self, column: str, source: str | None = None) -> bool:
        """A column in which nobody ever wrote is one that is not delivered."""
        return any(f.get(column) is not None for (s, _), r in self.rows.items() if source in (None, s) for _, f, _ in r.versions)


class Landing:
    """The deliveries in a folder that are complete to a day on or before `as_of`."""

    def __init__(self, folder: Path, as_of: dt.date, wanted: Iterable[str], refused: Iterable[tuple[str, str]] = ()) -> None:
        self.as_of, self.refused = as_of, set(refused)
        self.tables: dict[str, Table] = {}
        for name in wanted:
            self.tables[name] = self._read(folder, name, _declared(*name.split(".", 1)))
        for name, table in self.tables.items():
            _settle(table, name, self)
        self.lists, self.descriptions = _lists(folder / "ndelius", as_of)

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def _read(self, folder: Path, name: str, declared: _Declared) -> Table:
        table = Table(name)
        for source_folder in sorted(folder.iterdir()):
            source = source_folder.name
            if not (source == declared.source or (declared.source == "provider" and source.startswith("provider_"))):
                continue
            rows: dict[str, Row] = {}
            for delivery in sorted(d for d in source_folder.iterdir() if d.is_dir()):
                day = dt.date.fromisoformat(delivery.name)
                if day <= self.as_of:
                    _take(table, rows, source, declared, delivery, day, self.refused)
            table.rows.update(((source, key), row) for key, row in rows.items())
        return table


class _Declared:
    def __init__(self, source: str, name: str, body: dict[str, Any]) -> None:
        self.source, self.name = source, name
        self.columns = {c.lower(): t for c, t in {**body["columns"], **body.get("optional", {})}.items()}
        self.optional = {c.lower() for c in body.get("optional", {})}
        self.key = [c.lower() for c in body["key"]]
        self.may_be_empty = {c.lower() for c in body.get("may_be_empty", [])}
        self.instead = {a.lower(): b.lower() for a, b in body.get("instead", {}).items()}
        self.recorded = [c.lower() for c in body.get("recorded", [])]
        self.parents = {c.lower(): p for c, p in body.get("parents", {}).items()}
        self.essential = {c.lower() for c in body.get("essential", [])}
        self.ordered = [(a.lower(), b.lower()) for a, b in body.get("ordered", [])]
        self.span = [c.lower() for c in body.get("evidence_span", [])]
        self.events = {c.lower() for c in body.get("events", [])}
        self.codes = {c.lower(): {v.lower(): v for v in vs} for c, vs in body.get("listed_codes", {}).items()}
        self.time_of = {a.lower(): b.lower() for a, b in body.get("time_of", {}).items()}
        self.named = {n.upper(): c.lower() for c, ns in body.get("named", {}).items() for n in ns}
        self.files = [n.upper() for n in body.get("delivered_as", [name])]


@cache
def _declared(source: str, name: str) -> _Declared:
    body = yaml.safe_load((TABLES / f"{source}.yml").read_text(encoding="utf-8"))
    return _Declared(source, name, body[name])


def _take(table: Table, rows: dict[str, Row], source: str, declared: _Declared, delivery: Path, day: dt.date, refused: set) -> None:
    end = dt.datetime.combine(day, dt.time.max)
    note = json.loads((delivery / "delivery.json").read_text("utf-8")) if (delivery / "delivery.json").exists() else {}
    mine = (f for f in sorted(delivery.iterdir()) if _stem(f) in declared.files and (f"{source}/{delivery.name}", f.name) not in refused)
    file = next(mine, None)
    if file is not None:
        table.complete_to[source] = day
        found: dict[str, tuple[int, Fields, dt.datetime | None | str]] = {}
        is_whole = True
        for number, record in enumerate(_records(file), start=1):
            key, fields, recorded = _typed(declared, record, day, end)
            if key is None:
                is_whole = False
            elif fields is None:
                table.spoiled.add((source, key))
            else:
                found.pop(key, None)
                found[key] = (number, fields, recorded)
        for key, (number, fields, recorded) in found.items():
            row = rows.get(key)
            if row is None:
                row = rows[key] = Row(source, key)
                row.first_day = day
            if not row.opened:
                row.opened = True
                row.turns.append((end, True))
            fields["_place"] = (day, fields.get("row_version") or -1, number)
            _add(row, fields, recorded, end)
        if note.get("kind", "full") == "full" and is_whole:
            for key, row in rows.items():
                if key not in found and (source, key) not in table.spoiled and row.opened:
                    row.opened = False
                    row.turns.append((end, False))
    for deleted in note.get("deleted", {}).items():
        if deleted[0].upper() in declared.files:
            for parts in deleted[1]:
                key = "|".join(str(p).strip().upper() for p in (parts if isinstance(parts, list) else [parts]))
                if key in rows and rows[key].opened:
                    rows[key].opened = False
                    rows[key].turns.append((end, False))


def _add(row: Row, fields: Fields, recorded: dt.datetime | None | str, end: dt.datetime) -> None:
    content = {k: v for k, v in fields.items() if k != "_place"}
    if row.versions:
        last = row.versions[-1][1]
        if {k: v for k, v in last.items() if k not in ("_place", "_rank")} == content:
            return
    by_itself = isinstance(recorded, dt.datetime)
    moment = min(recorded, end) if isinstance(recorded, dt.datetime) else end
    fields["_rank"] = (moment if recorded is not None else dt.datetime.min, *fields["_place"])
    row.versions.append((moment, fields, by_itself))
    for name in FIRST_WRITTEN & fields.keys():
        first = fields[name]
        if isinstance(first, dt.date) and not isinstance(first, dt.datetime):
            first = dt.datetime.combine(first, dt.time.min)
        if first is not None and (row.first is None or first < row.first):
            row.first = first


def _settle(table: Table, name: str, landing: Landing) -> None:
    declared = _declared(*name.split(".", 1))
    for row in table.rows.values():
        row.versions.sort(key=lambda v: v[1]["_rank"])
        newest = row.versions[-1][1]
        if row.opened and newest.get("soft_deleted") != "Y":
            row.live = newest
    for column, target in declared.parents.items():
        parent = f"{declared.source}.{target.split('.')[0]}"
        if parent not in landing.tables or not landing[parent].complete_to:
            continue
        parents = landing[parent]
        for row in table.rows.values():
            value = row.versions[-1][1].get(column)
            if value is None:
                continue
            above = parents.rows.get((row.source, str(value)))
            if above is None:
                if (row.source, str(value)) not in parents.spoiled:
                    row.live, row.is_orphan = None, True
            elif above.live is None:
                row.live, row.is_orphan = None, above.is_orphan or row.is_orphan


def _lists(folder: Path, as_of: dt.date) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """The reference lists by name without R_: id -> code, and code -> description."""
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    descriptions: dict[str, dict[str, str]] = defaultdict(dict)
    for delivery in sorted(folder.iterdir()) if folder.exists() else ():
        if dt.date.fromisoformat(delivery.name) > as_of:
            continue
        for file in sorted(delivery.iterdir()):
            stem = _stem(file)
            if stem.startswith("R_"):
                name = stem[2:]
                for record in _records(file):
                    key = _filled(record.get(f"{name}_ID"))
                    code = next((c for n in ("CODE_VALUE", "CODE", f"{name}_CODE") if (c := _filled(record.get(n)))), None)
                    if key and code:
                        lists[name][key] = code
                        descriptions[name][code] = _filled(record.get("CODE_DESCRIPTION") or record.get("DESCRIPTION")) or ""
    return dict(lists), dict(descriptions)


def _stem(file: Path) -> str:
    return re.sub(r"\.(csv|csv\.gz|zip|parquet|xlsx)$", "", file.name, flags=re.IGNORECASE).upper()


def _records(file: Path) -> Iterable[dict[str, str | None]]:
    name = file.name.lower()
    if name.endswith(".parquet"):
        with duckdb.connect() as con:
            cursor = con.execute(f"select cast(columns(*) as varchar) from read_parquet('{file}')")
            names = [d[0].upper() for d in cursor.description]
            yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        return
    if name.endswith(".xlsx"):
        sheet = openpyxl.load_workbook(file, read_only=True).worksheets[0].iter_rows(values_only=True)
        names = [str(n or "").strip().upper() for n in next(sheet)]
        yield from ({n: None if v is None else str(v) for n, v in zip(names, row, strict=False)} for row in sheet)
        return
    content = file.read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    elif name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(archive.namelist()[0])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    reader = csv.reader(io.StringIO(text, newline=""))
    names = [n.strip().upper() for n in next(reader, [])]
    for record in reader:
        if record:
            # A record of another length was rejected: what it was cannot be told.
            yield dict(zip(names, record, strict=True)) if len(record) == len(names) else {}


def _typed(declared: _Declared, record: dict[str, str | None], day: dt.date, end: dt.datetime):
    """(key, fields or None where the row cannot be used, its recorded time: None empty, 'no column')."""
    given: dict[str, str | None] = {}
    for name, text in record.items():
        column = declared.named.get(name, name.lower())
        if column in declared.columns:
            given[column] = _filled(text)
    fields: Fields = {}
    bad: set[str] = set()
    for column, kind in declared.columns.items():
        text = given.get(column)
        value = None
        if text is not None:
            if column in declared.codes:
                value = declared.codes[column].get(text.lower())
            elif column in declared.time_of and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
                on = moment(given.get(declared.time_of[column]))
                value = dt.datetime.combine(on.date(), dt.time(*map(int, text.split(":")))) if on else None
            else:
                value = read_value(text, kind)
            if value is None:
                bad.add(column)
        fields[column] = value
    for column, beside in declared.time_of.items():
        value, on = fields[column], fields[beside]
        if value is not None and on is not None and value.date() != on:
            wall = moment(re.sub(r" ?(Z|[+-]\d{2}(:?\d{2})?)$", "", given[column] or ""))
            fields[column] = wall if wall and wall.date() == on else dt.datetime.combine(on, value.time())
    key = _key(declared, fields)
    if key is None:
        return None, None, None
    for column in declared.events:
        value = fields[column]
        if value is not None and (value.date() if isinstance(value, dt.datetime) else value) > day:
            fields[column] = None
            bad.add(column)
    for a, b in declared.ordered:
        if fields[a] is not None and fields[b] is not None and fields[b] < fields[a]:
            fields[b] = None
            bad |= {b} & declared.essential
    if len(declared.span) == 2:
        a, b = declared.span
        if {a, b} & bad or (fields[a] is not None and fields[b] is not None and fields[b] < fields[a]):
            return key, None, None
    if bad & declared.essential:
        return key, None, None
    there = [c for c in declared.recorded if c in given]
    if not there:
        return key, fields, "no column"
    stamps = [s if isinstance(s, dt.datetime) else dt.datetime.combine(s, dt.time.min) for c in there if (s := fields[c]) is not None]
    return key, fields, max(stamps) if stamps else None


def _key(declared: _Declared, fields: Fields) -> str | None:
    parts = []
    for column in declared.key:
        value = fields[column]
        if value is None and column in declared.instead:
            value = fields[declared.instead[column]]
        if value is None and column not in declared.may_be_empty:
            return None
        parts.append("" if value is None else str(value).upper())
    return "|".join(parts) if any(parts) else None


def _filled(text: str | None) -> str | None:
    if text is None:
        return None
    text = text.strip(_BLANKS)
    return None if not text or _SHEET.fullmatch(text) else text


def read_value(text: str, kind: str) -> Value:
    match kind:
        case "id":
            return reference(text)
        case "code":
            return None if _SHORTENED.fullmatch(text) else text
        case "text" | "identifier":
            return text
        case "date":
            at = moment(text)
            return at.date() if at else None
        case "timestamp":
            return moment(text)
        case "integer":
            return int(text.split(".")[0]) if re.fullmatch(r"[+-]?\d+(\.0*)?", text) else None
        case "number":
            return _decimal(text)
        case "money" | "rate":
            places = 2 if kind == "money" else 6
            is_one = re.fullmatch(rf"[+-]?£?(\d+|\d{{1,3}}(,\d{{3}})+)(\.\d{{0,{places}}}0*)?", text)
            return Decimal(text.replace("£", "").replace(",", "")) if is_one else None
        case "flag":
            return {"Y": "Y", "YES": "Y", "1": "Y", "T": "Y", "TRUE": "Y", "N": "N", "NO": "N", "0": "N", "F": "N", "FALSE": "N"}.get(
                text.upper()
            )
        case "noms_number":
            plain = re.sub(r"[^0-9A-Za-z]", "", text).upper()
            return plain if re.fullmatch(r"[A-Z]\d{4}[A-Z]{2}", plain) else None
        case "crn":
            plain = re.sub(r"[^0-9A-Za-z]", "", text).upper()
            return plain if re.fullmatch(r"[A-Z]\d{6}", plain) else None
        case "pnc":
            return _pnc(text)
        case "cro":
            return text.upper()
    raise ValueError(f"{kind} is no type of a column")


def _pnc(text: str) -> str | None:
    plain = re.sub(r"[^0-9A-Za-z/]", "", text).upper()
    found = re.fullmatch(r"(\d{4}|\d{2})/(\d{1,7})([A-Z])", plain)
    if found:
        year, serial, letter = found.groups()
    elif found := re.fullmatch(r"((?:19|20)\d{2})(\d{1,7})([A-Z])", plain) or re.fullmatch(r"(\d{2})(\d{1,7})([A-Z])", plain):
        year, serial, letter = found.groups()
    else:
        return None
    if len(year) == 2:
        year = ("19" if int(year) > 24 else "20") + year
    serial = serial.zfill(7)
    good = "ZABCDEFGHJKLMNPQRTUVWXY"[int(year[2:] + serial) % 23]
    return f"{year}/{serial}{letter}" if letter == good else None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def reference(text: str) -> str | None:
    """A reference as it is compared: upper case; what a spreadsheet has shortened is none."""
    if _SHORTENED.fullmatch(text) or not any(c.isalnum() for c in text):
        return None
    return (text.split(".")[0] if re.fullmatch(r"-?\d+\.0+", text) else text).upper()


@lru_cache(maxsize=1 << 18)
def moment(text: str | None) -> dt.datetime | None:
    """A day or a moment in one of the agreed ways, local in England and Wales."""
    if not text:
        return None
    try:
        if re.match(r"\d{4}-\d{2}-\d{2}", text):
            zoned = re.search(r" ?(Z|[+-]\d{2}(:?\d{2})?)$", text[16:]) if len(text) > 16 else None
            at = dt.datetime.fromisoformat(re.sub(r" (?=[Z+-])", "", text).replace(" ", "T", 1))
            return at.astimezone(LONDON).replace(tzinfo=None) if zoned and at.tzinfo else at
        if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", text):
            d, m, y, h, i, s = (int(g or 0) for g in found.groups())
            return dt.datetime(y, m, d, h, i, s)
        if found := re.fullmatch(r"(\d{4})(\d{2})(\d{2})(?: (\d{2}):(\d{2}):(\d{2})(\.\d+)?)?", text):
            y, m, d, h, i, s = (int(g or 0) for g in found.groups()[:6])
            return dt.datetime(y, m, d, h, i, s)
        if found := re.fullmatch(r"(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{2}|\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", text):
            d, name, y, h, i, s = found.groups()
            year = int(y) if len(y) == 4 else int(y) + (1900 if int(y) >= 50 else 2000)
            return dt.datetime(year, _MONTHS[name.upper()], int(d), int(h or 0), int(i or 0), int(s or 0))
    except (ValueError, KeyError):
        return None
    return None


class View:
    """What can be seen: now (`moment` empty), or what was known at a moment, with the rows of which that cannot be told or without."""

    def __init__(self, landing: Landing, at: dt.datetime | None = None, with_doubtful: bool = True) -> None:
        self.landing, self.moment, self.with_doubtful = landing, at, with_doubtful
        self.is_doubtful = False  # whether something was looked at of which it cannot be told
        self._kept: dict[Any, tuple[Any, bool]] = {}

    def of(self, row: Row) -> Fields | None:
        if self.moment is None:
            return row.live
        fields, is_doubtful = row.at(self.moment)
        if is_doubtful:
            self.is_doubtful = True
            return fields if self.with_doubtful else None
        return fields

    def find(self, table: str, column: str, value: Value, source: str | None = None) -> list[Fields]:
        if value is None:
            return []
        rows = self.landing[table].by(column).get(value, ())
        found = (self.of(r) for r in rows if source is None or r.source == source)
        return [f for f in found if f is not None and f[column] == value]

    def one(self, table: str, key: str | None, source: str) -> Fields | None:
        row = self.landing[table].rows.get((source, key)) if key is not None else None
        return self.of(row) if row is not None else None

    def kept(self, name: Any, work_out: Callable[[], Any]) -> Any:
        """Worked out once for this view; doubt is remembered with it."""
        if name not in self._kept:
            before, self.is_doubtful = self.is_doubtful, False
            self._kept[name] = (work_out(), self.is_doubtful)
            self.is_doubtful = before
        value, is_doubtful = self._kept[name]
        self.is_doubtful = self.is_doubtful or is_doubtful
        return value
