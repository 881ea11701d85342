"""The floor that a refresh is held against: DuckDB alone reads the same files as text, casts, and writes zstd Parquet.

Two threads, warm cache: the files are read once before the clock starts. No door, no account of rows, no other work.
"""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path

import duckdb

from expectations.contract import find_table
from ground.sql import literal
from orchestration.landing.records import split_name

CASTS = {"integer": "bigint", "number": "double", "money": "decimal(18,2)", "rate": "decimal(18,6)", "date": "date", "timestamp": "timestamp"}


def floor_seconds(landing: Path, scratch: Path) -> float:
    """Seconds to take every CSV below `landing` (declared or not, packed or not) into `scratch` as typed Parquet."""
    files = sorted(path for path in landing.glob("*/*/*") if (split_name(path.name) or ("", ""))[1] in (".csv", ".csv.gz"))
    scratch.mkdir(parents=True, exist_ok=True)
    # Reads every file, so that the clock starts with a warm cache.
    statements = [_cast_and_write(path, scratch / f"{number}.parquet") for number, path in enumerate(files)]
    with duckdb.connect(config={"threads": 2}) as con:
        began = time.monotonic()
        for statement in statements:
            con.execute(statement)
        return time.monotonic() - began


def _cast_and_write(path: Path, target: Path) -> str:
    name, ext = split_name(path.name) or ("", "")
    table = find_table(path.parent.parent.name, name)
    casts = {c.label.upper(): CASTS[c.type] for c in table.columns if c.type in CASTS} if table else {}
    raw = gzip.decompress(path.read_bytes()) if ext == ".csv.gz" else path.read_bytes()
    columns, encoding = next(csv.reader([raw.partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r")])), _encoding(raw)
    shown = ", ".join(f'try_cast("{c}" as {casts[c.upper()]}) as "{c}"' if c.upper() in casts else f'"{c}"' for c in columns)
    types = ", ".join(f"{literal(c)}: 'varchar'" for c in columns)
    return (
        f"copy (select {shown} from read_csv({literal(path)}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"strict_mode = false, null_padding = true, ignore_errors = true, encoding = '{encoding}', columns = {{{types}}})) "
        f"to {literal(target)} (format parquet, compression zstd)"
    )


def _encoding(raw: bytes) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
