"""Corrupts a delivered table at random, from a seed: bytes, columns, values, encodings, packing. Each corruption is a function
(rng, table, rows) -> (file name, content, number of records where a person could tell it, else None)."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from conftest import delivered_name

from expectations.contract import Table

SECRET = "QZX9SECRET"  # stands in every text of every row, and must never be told
Row = dict[str, str]
Corrupted = tuple[str, bytes, int | None]
HOSTILE = [
    "", " ", "\u00a0", "NULL", "'; drop table landing.delivery; --", "=1+1", "@SUM(A1)", "9" * 400, "1e999", "-0", "NaN", "inf", "0x1F", "１２３", "1_000",
    "١٢٣", "0000-00-00", "99999-01-01", "2022-02-30", "2022-02-01 25:61", "31/12/9999", "01/01/0001", "00000000", "24:00", "2022-02-01T10:00:00+99:99",
    "2022-02-01 10:00:00.123456789012", "-4713-01-01", "infinity", "epoch", "today", "\u202eab", "a\u2028b", "\x85", "\x0b\x0c", "\x1a", "\x00", "a\rb", "a\nb",
    "a\r\nb", "💥", "e\u0301", "\ufeff", "\ufffe", '"', '""', "'", "\\", "\\N", ",", "a,b", "|", "%s", "{0}", "A0001ZZ ", "x" * 70_000, "-1", "1,2", "£1,234.50",
    "1.005", "12e-3", "True", "Yes", "Ⅷ", "0/00Z", "000000/00Z", "99/9999999Z", "-" * 50, "(1)", "1.", ".5", "1-1-1", "20220201 10:00:00.0000000",
]  # fmt: skip


def text_of(rows: list[Row], **dialect: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, **{"lineterminator": "\n"} | dialect)
    writer.writerows([list(rows[0]), *(list(r.values()) for r in rows)])
    return out.getvalue()


def _named(table: Table, ext: str = "csv") -> str:
    return f"{delivered_name(table)}.{ext}"


def _zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def _parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False), out)
    return out.getvalue()


def _workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _packed(rng: random.Random, table: Table, rows: list[Row]) -> tuple[str, bytes]:
    """The table in a format of its source."""
    text = text_of(rows, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).encode()
    match rng.choice(["csv", "csv", "csv.gz", "zip", "parquet", "xlsx" if table.source == "provider" else "csv"]):
        case "csv.gz":
            return "csv.gz", gzip.compress(text, mtime=0)
        case "zip":
            return "zip", _zip(("inside.csv", text))
        case "parquet":
            return "parquet", _parquet(pd.DataFrame(rows))
        case "xlsx":
            return "xlsx", _workbook([list(rows[0]), *(list(r.values()) for r in rows)])
    return "csv", text


def flipped(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    ext, content = _packed(rng, table, rows)
    spoiled = bytearray(content)
    for _ in range(rng.choice([1, 3, 30, 300])):
        spoiled[rng.randrange(len(spoiled))] = rng.randrange(256)
    return _named(table, ext), bytes(spoiled), None


def cut(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    ext, content = _packed(rng, table, rows)
    return _named(table, ext), content[: rng.randrange(len(content))], None


def a_part_lost_doubled_or_put_in(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    ext, content = _packed(rng, table, rows)
    a, b = sorted(rng.randrange(len(content)) for _ in range(2))
    put_in = rng.choice([b"", content[a:b] * 2, rng.randbytes(200), b"\0" * 500, b'"' * rng.randrange(1, 9), b"\n" * 99, b"\r"])
    return _named(table, ext), content[:a] + put_in + content[b if rng.random() < 0.5 else a :], None


def columns_lost_renamed_doubled_or_mixed(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    names = list(rows[0])
    header = list(names)
    at = rng.randrange(len(names))
    match rng.randrange(6):
        case 0:
            rows = [{k: v for k, v in r.items() if k != names[at]} for r in rows]
            if not rows[0]:
                return _named(table), b"\n" * len(rows), None
            return _named(table), text_of(rows).encode(), len(rows)
        case 1:
            header[at] = rng.choice(
                ["", SECRET, " ", '"', "a,b", "x" * 5000, "SELECT", "_row_number", "N", "C0", "rowid", "file_row_number"]
            )
        case 2:
            header[at] = rng.choice(names)
        case 3:
            rng.shuffle(header)
        case 4:
            header = header[:at]
        case 5:
            header += ["_key", "_key", "", "", "select"]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *(list(r.values()) + [""] * (len(header) - len(names)) for r in rows)])
    return _named(table), out.getvalue().encode(), None


def quotes_unbalanced(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    text = text_of(rows, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    for _ in range(rng.choice([1, 2, 9])):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(['"', '""', '"\n', ',"', '",', '\n"']) + text[at:]
    return _named(table), text.encode(), None


def another_encoding(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    rows = [r | {k: v + rng.choice("é“’€ÉŽ") for k, v in r.items() if SECRET in v} for r in rows]
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "latin-1", "cp1252", "shift_jis", "utf-7", "utf-8-sig", "mac-roman"])  # fmt: skip
    return _named(table), text_of(rows).encode(encoding, errors="replace"), len(rows) if encoding in ("cp1252", "utf-8-sig") else None


def values_scrambled(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    """Hostile values in a good CSV: every record can be told."""
    for row in rows:
        for name in row:
            if rng.random() < 0.2:
                row[name] = rng.choice([*HOSTILE, rng.choice(list(row.values())), "".join(rng.choices("0123456789-/: .TZ+", k=12))])
    text = text_of(rows, quoting=csv.QUOTE_ALL)
    return _named(table), text.encode(), None if "\0" in text or len(rows[0]) == 1 else len(rows)


def dates_scrambled(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    of_type = {n for c in table.columns if c.type in ("date", "timestamp") for n in c.delivered_names}
    pieces = ["0000", "2022", "99", "02", "30", "00", "13", "24:00", "23:59:60", "-", "/", " ", "T", "Z", "+01", "+99", ".1234567890123", ":"]  # fmt: skip
    for row in rows:
        for name in row:
            if name.upper() in of_type:
                row[name] = "".join(rng.choices(pieces, k=rng.randrange(1, 9)))
    return _named(table), text_of(rows).encode(), len(rows)


def a_huge_field(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    name = rng.choice(list(rows[0]))
    rng.choice(rows)[name] = rng.choice(["x", "é", '"', "\n", "9", "0", " "]) * rng.choice([300_000, 2_500_000])
    return _named(table), text_of(rows).encode(), None


def next_to_nothing(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    header = text_of(rows).split("\n")[0]
    content = rng.choice(["", "\n", "\r\n\r\n", " ", "\0", '"', '""', ",", header, header + "\n", header + "\n\n\n", "\ufeff", "\ufeff" + header, "," * 3000, "\r"])  # fmt: skip
    return _named(table), content.encode(), 0 if content.strip("\n\ufeff") == header else None


def not_what_it_says(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    _, content = _packed(rng, table, rows)
    ext = rng.choice(["csv", "csv.gz", "zip", "parquet", "xlsx", "CSV", "Csv.GZ"])
    return (
        _named(table, ext),
        rng.choice([content, gzip.compress(content), _zip(("x.csv", content)), b"PK\x03\x04" + content, b"PAR1" + content + b"PAR1"]),
        None,
    )


def zip_spoiled(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    text = text_of(rows).encode()
    names = ["../../x.csv", "/etc/x.csv", "x.CSV", "a/b/c.csv", "x\\y.csv", "é.csv", ".csv", "x.csv/", ".", " ", "con.csv", SECRET + ".csv"]
    members = [(rng.choice(names), rng.choice([text, b"", text[:50]])) for _ in range(rng.choice([0, 1, 1, 1, 2]))]
    content = bytearray(_zip(*members))
    if rng.random() < 0.5:
        for _ in range(4):
            content[rng.randrange(len(content))] = rng.randrange(256)
    return _named(table, "zip"), bytes(content), None


def odd_parquet(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    n = len(rows)
    day = datetime.datetime(2022, 2, 1, 10, 5)
    odd = [
        pa.array([1.5] * n), pa.array([float("nan")] * n), pa.array([float("inf")] * n), pa.array([b"\xff\xfe"] * n), pa.array([[1, 2]] * n), pa.array([{"a": 1}] * n),
        pa.array([None] * n), pa.array([True] * n), pa.array([Decimal("1.005")] * n), pa.array([day] * n, pa.timestamp("ns")), pa.array([day] * n, pa.timestamp("s", tz="America/Lima")),
        pa.array([day.date()] * n), pa.array([day.time()] * n), pa.array([datetime.timedelta(1)] * n), pa.array([2**64 - 1] * n, pa.uint64()), pa.array([-(2**63)] * n),
        pa.array(["x"] * n).dictionary_encode(), pa.array([2**62] * n, pa.int64()).cast(pa.timestamp("us")), pa.array([9e18] * n), pa.array([-(10**6)] * n, pa.int32()).cast(pa.date32()),
        pa.array([SECRET] * n, pa.large_string()), pa.array([0.1 + 0.2] * n, pa.float32()), pa.array([[("k", 1)]] * n, pa.map_(pa.string(), pa.int64())),
    ]  # fmt: skip
    columns = {name: rng.choice(odd) if rng.random() < 0.3 else pa.array([r[name] for r in rows]) for name in rows[0]}
    if rng.random() < 0.2:
        columns |= {"file_row_number": odd[0], 'a"b': odd[4], "": odd[0]}
    return _named(table, "parquet"), _parquet(pa.table(columns)), n


def odd_workbook(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    day = datetime.datetime(2022, 2, 1, 10, 5)
    odd = [1, 1.5, True, None, day, day.date(), day.time(), datetime.timedelta(1), "=1+1", "=A1", "#N/A", 1e300, -1, 10**17, "'", SECRET, " ", "=" * 9, 60.0]  # fmt: skip
    body = [[rng.choice(odd) if rng.random() < 0.2 else v for v in r.values()] for r in rows]
    for row in body:
        if rng.random() < 0.1:
            row += rng.choice([[None], ["surplus"], [""]])
    return _named(table, "xlsx"), _workbook([list(rows[0]), *body]), None


def keys_repeated(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    return _named(table), text_of([rng.choice(rows[:3]) for _ in rows]).encode(), len(rows)


def lines_ended_or_cut_otherwise(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    text = text_of(rows, delimiter=rng.choice(",,,;\t|"))
    ends = rng.choice([["\r\n"], ["\r"], ["\n", "\r\n"], ["\n", "\r"], ["\n\n"], [",\n"], [" \n"], ["\x85"], ["\u2028"], ["\n\r"], ["\v"], [""]])  # fmt: skip
    return _named(table), "".join(line + rng.choice(ends) for line in text.split("\n")).encode(), None


def gzip_continued(rng: random.Random, table: Table, rows: list[Row]) -> Corrupted:
    one, two = gzip.compress(text_of(rows).encode()), gzip.compress(b"more,fields\n" * 3)
    return _named(table, "csv.gz"), one + rng.choice([two, b"\0" * 600, rng.randbytes(50), one[:40]]), None


CORRUPTIONS: tuple[Callable[[random.Random, Table, list[Row]], Corrupted], ...] = (
    flipped, cut, a_part_lost_doubled_or_put_in, columns_lost_renamed_doubled_or_mixed, quotes_unbalanced, another_encoding, values_scrambled,
    dates_scrambled, a_huge_field, next_to_nothing, not_what_it_says, zip_spoiled, odd_parquet, odd_workbook, keys_repeated,
    lines_ended_or_cut_otherwise, gzip_continued,
)  # fmt: skip


def a_note(rng: random.Random, file: str) -> bytes:
    """A delivery.json: good, odd or broken."""

    def anything(depth: int = 0) -> Any:
        simple = [None, True, -1, 1e308, 10**30, "", "full", "changes", SECRET, file, "\ud800", "\0", float("nan")]
        if depth > 2 or rng.random() < 0.5:
            return rng.choice(simple)
        if rng.random() < 0.5:
            return [anything(depth + 1) for _ in range(rng.randrange(4))]
        return {str(rng.choice(simple)): anything(depth + 1) for _ in range(rng.randrange(4))}

    stem = file.split(".")[0]
    note = {
        "kind": rng.choice(["full", "changes", "Full", None, anything()]),
        "files": rng.choice([{}, {file: {"rows": rng.choice([25, "25", -1, None])}}, {file.lower(): anything()}, anything()]),
        "deleted": rng.choice(
            [{}, {stem: [["1"], "2", [3], ["4", "5"]]}, {stem: anything()}, {stem: [anything(), anything()]}, anything()]
        ),
    }
    content = json.dumps({k: v for k, v in note.items() if rng.random() < 0.7}).encode()
    if rng.random() < 0.2:
        content = rng.choice([content[: rng.randrange(len(content) + 1)], content.decode().encode("utf-16"), b"[" * 50_000, b"\xff" + content, b"", b"null", b"7"])  # fmt: skip
    return content
