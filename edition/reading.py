"""An edition as SQL. Every row that anybody reads of an edition comes through `show`: whatever a reader may not see is left out there."""

from __future__ import annotations

import csv
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import duckdb

from edition.access import NotRecorded, Use
from edition.folder import PROTECTED, REGISTER, RESTRICTED, Edition, EditionError, TableMissing
from ground.sql import literal

# What one query may take: seconds, memory, and rows of its answer.
QUERY_SECONDS, QUERY_MEMORY, QUERY_ROWS = 120, "2GB", 1_000_000
_IN_MEMORY = 16 << 20


class QuestionError(EditionError):
    """A query that cannot be answered. The text says why."""


def show(
    con: duckdb.DuckDBPyConnection,
    edition: Edition,
    use: Use | None = None,
    tables: Iterable[str] | None = None,
    schema: str = "main",
    is_entered_later: bool = False,
) -> list[Path]:
    """Make a view of each table of an edition in `schema` of `con`; returns their files.

    Without `use` only protected tables are there. With it restricted ones are too, once the use is in the access record; where both sides
    have a table, the exact one is meant. `tables`: those wanted, also the ones that lie beside an edition; None: all that lie in it.
    `is_entered_later`: the caller enters the use himself, with the number of rows, before he gives one away. Raises TableMissing, and NotRecorded where the use cannot be recorded.
    """
    sides = (RESTRICTED, PROTECTED) if use else (PROTECTED,)
    wanted = sorted({table for side in sides for table in edition.tables(side)}) if tables is None else list(tables)
    found: dict[str, tuple[str, list[Path]]] = {}
    for table in wanted:
        side = next((side for side in sides if edition.has(table, side)), None)
        if side is None:
            is_there = edition.has(table, RESTRICTED)
            raise TableMissing(f"`{table}` is restricted." if is_there else f"`{table}` is not in this edition.")
        found[table] = (side, edition.files(table, side))
    if use and not is_entered_later and any(side == RESTRICTED for side, _ in found.values()):
        use.enter()
    for table, (_, files) in found.items():
        view(con, f'"{schema}"."{table}"', files, is_named=table == REGISTER)
    return [path for _, files in found.values() for path in files]


def view(con: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], is_named: bool = False) -> None:
    """Make the view `name`, as SQL writes it, over Parquet files; where `is_named` with a column `filename`. For the files of an edition
    that is still being written; whoever reads one that is there calls `show`."""
    paths = ", ".join(literal(path) for path in files)
    named = ", filename = true, union_by_name = true" if is_named else ""
    con.execute(f"create or replace view {name} as from read_parquet([{paths}]{named})")


@contextmanager
def opened(
    edition: Edition, use: Use | None = None, tables: Iterable[str] | None = None, is_entered_later: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees what `show` shows, and nothing else of this machine; what is asked in it cannot change that.

    Raises what `show` raises, and QuestionError for whatever DuckDB cannot answer.
    """
    # What does not fit into memory stays in the home, where rows about people belong, not in the folder somebody stands in.
    with duckdb.connect(config={"temp_directory": str(_spill(edition)), "memory_limit": QUERY_MEMORY}) as con:
        try:
            paths = show(con, edition, use, tables, is_entered_later=is_entered_later)
            con.execute(f"set allowed_paths = [{', '.join(literal(path) for path in paths)}]")
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
            yield con
        except duckdb.Error as error:
            raise QuestionError(str(error)) from error


def write_csv(edition: Edition, query: str, out: TextIO, use: Use | None) -> None:
    """Run one read-only query over an edition and write CSV with a header line; empty means unknown. Nothing is written of an answer that
    takes longer, or has more rows, than one query may, and nothing before `use` is entered with the number of rows. A question without an
    answer is a use too: what went wrong may tell of a row. Raises EditionError."""
    # Beside the rows themselves, for an answer may be as personal as they are.
    spill = _spill(edition)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", newline="", encoding="utf-8", dir=str(spill) if spill.is_dir() else None) as answer:
        try:
            rows = _answer(edition, query, answer, use)
        except OSError as error:
            raise EditionError(f"the answer cannot be kept until it is whole ({error.strerror}): make room, or ask for fewer rows") from error
        except EditionError as error:
            if use and not isinstance(error, NotRecorded):
                use.enter()
            if isinstance(error, QuestionError):
                raise QuestionError(f"the query failed: {error}") from error
            raise
        if use:
            use.enter(rows)
        answer.seek(0)
        shutil.copyfileobj(answer, out)


def _answer(edition: Edition, query: str, answer: tempfile.SpooledTemporaryFile[str], use: Use | None) -> int:
    """Write the answer; returns the number of its rows."""
    if use and (why_not := use.why_not()):
        raise NotRecorded(why_not)
    rows = 0
    with opened(edition, use, is_entered_later=True) as con:
        clock = threading.Timer(QUERY_SECONDS, con.interrupt)
        clock.start()
        try:
            found = con.execute(_only_select(con, query))
            writer = csv.writer(answer, lineterminator="\n")
            writer.writerow([column[0] for column in found.description])
            while some := found.fetchmany(10_000):
                rows += len(some)
                if rows > QUERY_ROWS:
                    raise EditionError(f"the answer has more than {QUERY_ROWS:,} rows: ask for fewer")
                writer.writerows([["true" if v is True else "false" if v is False else v for v in row] for row in some])
        except duckdb.InterruptException:
            raise EditionError(f"the query takes more than {QUERY_SECONDS} seconds: ask for less at a time") from None
        finally:
            clock.cancel()
    return rows


def _spill(edition: Edition) -> Path:
    """The folder for what does not fit into memory."""
    return edition.home / "work" / "spill"


def _only_select(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    statements = con.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise EditionError("only one SELECT is allowed: nothing can be written, attached, installed or set")
    return statements[0]
