"""Extracts of many rows: XLSX of a million rows of twelve typed cells, CSV and Parquet of five million beside DuckDB alone writing the same query.

Seconds are those of the processors, of a process of its own for each, so that what others do on the machine counts little.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.watch import watched
from edition.extract import formats
from edition.extract.formats import Book
from edition.extract.printed import COUNT, DAY, NUMBER, RESULTS, TEXT, Column, Printed, canonical
from edition.extract.selection import Selection

REPOSITORY = Path(__file__).resolve().parents[1]
ROWS, XLSX_SECONDS, XLSX_BYTES = 1_000_000, 60, 300 << 20
LONG, WORSE = 5_000_000, 1.5
TWELVE = (*(Column(f"text_{n}", TEXT, "") for n in range(3)), *(Column(f"day_{n}", DAY, "") for n in range(2)), *(Column(f"count_{n}", COUNT, "") for n in range(4)),
          *(Column(f"share_{n}", NUMBER, "") for n in range(3)))  # fmt: skip
_SQL = {TEXT: "'invented ' || (n % 97)", DAY: "date '2020-01-01' + cast(n % 1500 as integer)", COUNT: "cast(n % 1000 * 5 as bigint)", NUMBER: "cast((n % 1000) / 1000.0 as decimal(18, 6))"}


class Invented(Printed):
    """Rows that are no extract, in columns of their own."""

    shown_columns: tuple[Column, ...] = RESULTS

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.shown_columns


def query(rows: int, columns: tuple[Column, ...]) -> str:
    cells = ", ".join(f'{_SQL[one.kind]} as "{one.name}"' for one in columns)
    return f"select {cells} from range({rows}) as t(n)"


def one(what: str, folder: Path) -> None:
    """One measured thing, in a process of its own."""
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder)}) as con:
        columns, rows = (TWELVE, ROWS) if what == "xlsx" else (RESULTS, LONG)
        if what.startswith("floor"):
            form = what.rsplit("-", 1)[1]
            options = "csv, header" if form == "csv" else "parquet, compression zstd"
            con.execute(f"copy ({query(rows, columns)}) to '{folder / what}' (format {options})")
            return
        con.execute(f"create temp view printed as {query(rows, columns)}")
        made = Invented(con, Selection(), rows, 0)
        object.__setattr__(made, "shown_columns", columns)
        if what == "xlsx":
            formats._write_xlsx(made, Book({"Cover": [["Bench"], ["Invented"]]}), [one.name for one in columns], folder / "bench.xlsx")
            return
        content, n = canonical(made, folder / "canonical")
        said = {"title": "bench", "licence": "", "measures": [], "content_sha256": content}
        if formats.write(made, said, [], what, folder / f"bench.{what}", folder / "canonical") != n:
            raise SystemExit(f"not every row is in the {what}")


def extracts(scratch: Path) -> tuple[list[str], list[str]]:
    """Lines for the report, and what is too slow or too large."""
    lines, problems, spent = ["| What | Processor seconds | Seconds | Peak MiB |", "|---|---|---|---|"], [], {}
    for what in ("xlsx", "floor-csv", "csv", "floor-parquet", "parquet"):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            run = watched([sys.executable, "-m", "bench.extracts", what, folder], REPOSITORY, {})
        spent[what] = run
        lines.append(f"| {what} | {run.cpu_seconds:.1f} | {run.seconds:.1f} | {run.peak >> 20} |")
    if spent["xlsx"].cpu_seconds > XLSX_SECONDS or spent["xlsx"].peak > XLSX_BYTES:
        problems.append(f"XLSX of {ROWS:,} rows: {spent['xlsx'].cpu_seconds:.0f} s and {spent['xlsx'].peak >> 20} MiB; {XLSX_SECONDS} s and {XLSX_BYTES >> 20} MiB are allowed")
    for form in ("csv", "parquet"):
        ratio = spent[form].cpu_seconds / spent[f"floor-{form}"].cpu_seconds
        lines.append(f"| {form} by DuckDB alone | {ratio:.2f} times | | |")
        if ratio > WORSE:
            problems.append(f"{form} of {LONG:,} rows takes {ratio:.2f} times what DuckDB takes alone; {WORSE} are allowed")
    return lines, problems


if __name__ == "__main__":
    began = time.monotonic()
    one(sys.argv[1], Path(sys.argv[2]))
    print(json.dumps({"seconds": time.monotonic() - began}))
