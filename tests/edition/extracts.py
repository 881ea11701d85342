"""A home with two invented editions, the second a tenth larger, and what changed between them; and ways to change one thing in a file."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from edition.embargo import EmbargoGrant
from edition.extract import formats
from edition.extract.extract import Asking, write_standing
from edition.folder import current, edition, revision_file
from edition.rights import Grant, Reader
from tests.dashboard import invented

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
FIRST, SECOND = "invented-1", "invented-2"


def asking(day: str = "2026-11-27", person: str = "analyst.invented", role: str = "analyst", grants: tuple[EmbargoGrant, ...] = (), withdrawn=None) -> Asking:
    """An analyst, unless said otherwise, on a day."""
    return Asking(Reader(person, (Grant(role),)), NOW, dt.date.fromisoformat(day), grants, withdrawn or {})


def two_editions(home: Path) -> Path:
    """Both with their standing tables; the first is held against none, the second against the first."""
    invented.publish(home, FIRST, as_of="2023-06-30", scale=50)
    write_standing(current(home), asking(), lambda _: None)
    invented.publish(home, SECOND, as_of="2023-07-31", scale=55)
    entry = revision_file(home, FIRST, SECOND)
    entry.parent.mkdir(mode=0o700)
    figure = "measure_id, period_grain, period_start, geography_kind, geography_id"
    with duckdb.connect() as con:
        con.execute(f"""copy (select {figure}, case measure_id when 'M50' then 'corrected' when 'M51' then 'late' else 'matured' end as main_cause
            from read_parquet('{edition(home, SECOND).files('fct_measure_result', 'restricted')[0]}') where characteristic = 'all' and geography_kind <> 'provider')
            to '{entry}' (format parquet)""")  # fmt: skip
    write_standing(edition(home, SECOND), asking(), lambda _: None)
    return home


# One thing changed


def change(path: Path, form: str, rng: random.Random) -> str:
    """Change one cell, one row or one field of the passport of a file; returns what was done."""
    return {"csv": _csv, "json": _json, "parquet": _parquet, "xlsx": _xlsx, "ods": _ods}[form](path, rng)


def _other(value, rng: random.Random):
    """Something else of the same kind."""
    if value is None:
        return rng.choice((5, "[c]"))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice((-5, 1, 5))
    if isinstance(value, float):
        return round(value + rng.choice((-0.000001, 0.01)), 6)
    if isinstance(value, dict):
        return value | {"invented": 1}
    if isinstance(value, list):
        return [*value, "invented"]
    return value[:-1] if len(value) > 1 and rng.random() < 0.5 else f"{value}x"


def _passport(said: dict, rng: random.Random) -> str:
    field = rng.choice(sorted(said))
    said[field] = _other(said[field], rng)
    return f"passport field {field}"


def _row(rows: list, rng: random.Random) -> str:
    n = rng.randrange(len(rows))
    match rng.choice(("gone", "twice", "swapped")):
        case "gone":
            del rows[n]
            return f"row {n} gone"
        case "twice":
            rows.insert(n, rows[n])
            return f"row {n} twice"
    m = n + 1 if n + 1 < len(rows) else n - 1
    rows[n], rows[m] = rows[m], rows[n]
    return f"rows {n} and {m} swapped"


def _csv(path: Path, rng: random.Random) -> str:
    import csv

    beside = formats.sidecar(path)
    what = rng.choice(("cell", "row", "passport", "metadata"))
    if what in ("passport", "metadata"):
        said = json.loads(beside.read_text())
        done = _passport(said["notes"][0]["passport"], rng) if what == "passport" else "a datatype"
        if what == "metadata":
            said["tableSchema"]["columns"][rng.randrange(5)]["datatype"] = "anyURI"
        beside.write_text(json.dumps(said))
        return done
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    if what == "row":
        done = _row(rows, rng)
    else:
        n, c = rng.randrange(len(rows)), rng.randrange(len(head))
        rows[n][c] = f"{rows[n][c]}1" if rng.random() < 0.7 or not rows[n][c] else rows[n][c][:-1]
        done = f"cell {n}, {head[c]}"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return done


def _json(path: Path, rng: random.Random) -> str:
    whole = json.loads(path.read_text())
    what = rng.choice(("cell", "row", "passport"))
    if what == "passport":
        done = _passport(whole["passport"], rng)
    elif what == "row":
        done = _row(whole["rows"], rng)
    else:
        n, column = rng.randrange(len(whole["rows"])), rng.choice([*whole["rows"][0]])
        whole["rows"][n][column] = _other(whole["rows"][n][column], rng)
        done = f"cell {n}, {column}"
    path.write_text(json.dumps(whole))
    return done


def _parquet(path: Path, rng: random.Random) -> str:
    with duckdb.connect() as con:
        con.execute(f"create table t as select * from read_parquet('{path}')")
        said = json.loads(con.execute(f"select decode(value) from parquet_kv_metadata('{path}') where decode(key) = 'passport'").fetchone()[0])
        n = rng.randrange(con.execute("select count(*) from t").fetchone()[0])
        match rng.choice(("cell", "row", "passport")):
            case "passport":
                done = _passport(said, rng)
            case "row":
                con.execute("delete from t where rowid = ?", [n])
                done = f"row {n} gone"
            case _:
                column, kind = rng.choice([(name, kind) for name, kind, *_ in con.execute("describe t").fetchall()])
                new = {"DATE": "coalesce({0} + 1, date '2022-01-01')", "BIGINT": "coalesce({0} + 5, 5)", "DOUBLE": "coalesce({0} + 0.000001, 0.5)"}.get(kind, "coalesce({0} || 'x', 'x')")
                con.execute(f'update t set "{column}" = {new.format(column)} where rowid = ?', [n])
                done = f"cell {n}, {column}"
        text = json.dumps(said, ensure_ascii=False).replace("'", "''")
        con.execute(f"copy (select * from t order by rowid) to '{path}' (format parquet, kv_metadata {{passport: '{text}'}})")
    return done


def _in_zip(path: Path, member: Callable[[str], bool], edit: Callable[[str], str]) -> None:
    with zipfile.ZipFile(path) as source:
        entries = [(entry, source.read(entry)) for entry in source.infolist()]
    (name,) = [entry.filename for entry, _ in entries if member(entry.filename)]
    with zipfile.ZipFile(path, "w") as packed:
        for entry, data in entries:
            packed.writestr(entry, edit(data.decode()).encode() if entry.filename == name else data)


def _spot(text: str, spots: list[re.Match[str]], rng: random.Random, anew: Callable[[str], str]) -> str:
    one = rng.choice(spots)
    return text[: one.start(1)] + anew(one[1]) + text[one.end(1) :]


def _anew(said: str) -> str:
    return str(int(said) + 5) if said.isdigit() else f"{said}9" if re.fullmatch(r"[\d.]+", said) else f"{said}x"


def _xlsx(path: Path, rng: random.Random) -> str:
    """A cell of the table, a row of it, or a cell of the passport: the last sheet and the one before."""
    sheet, what = rng.choice(((6, "cell"), (6, "row"), (5, "passport")))
    done = f"{what} of sheet {sheet}"

    def edit(text: str) -> str:
        if what == "row":
            spots = list(re.finditer(r'(<row r="\d+".*?</row>)', text, re.S))[1:]
            return _spot(text, spots, rng, lambda _: "")
        # The value of a number, or the text of an inline string, beneath the header.
        body = text.index('<row r="2"')
        spots = list(re.compile(r"<(?:v|t(?: [^>]*)?)>([^<]+)</(?:v|t)>", re.S).finditer(text, body))
        return _spot(text, spots, rng, lambda said: f"{said}x" if what == "passport" and not said.startswith('"') else _anew(said))

    _in_zip(path, lambda name: name == f"xl/worksheets/sheet{sheet}.xml", edit)
    return done


def _ods(path: Path, rng: random.Random) -> str:
    what = rng.choice(("cell", "row", "passport"))

    def edit(text: str) -> str:
        tables = [one.start() for one in re.finditer("<table:table ", text)] + [len(text)]
        begin, end = (tables[5], tables[6]) if what != "passport" else (tables[4], tables[5])
        rows = [one for one in re.compile(r"(<table:table-row>.*?</table:table-row>)", re.S).finditer(text, begin, end)][1:]
        if what == "row":
            return _spot(text, rows, rng, lambda _: "")
        cells = [one for one in re.compile(r'office:(?:date-value|value)="([^"]+)"', re.S).finditer(text, rows[0].start(), end)] if rng.random() < 0.5 else []
        cells = cells or list(re.compile(r'office:value-type="string"[^>]*><text:p>([^<]+)</text:p>').finditer(text, rows[0].start(), end))
        return _spot(text, cells, rng, lambda said: (dt.date.fromisoformat(said) + dt.timedelta(1)).isoformat() if re.fullmatch(r"\d{4}-\d\d-\d\d", said) else _anew(said))

    _in_zip(path, lambda name: name == "content.xml", edit)
    return what
