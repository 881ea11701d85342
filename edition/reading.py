"""An edition as SQL. Every row that anybody reads of an edition comes through `show`: whatever a reader may not see is left out there."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import duckdb

from edition.access import Use
from edition.folder import PROTECTED, REGISTER, RESTRICTED, Edition, EditionError, TableMissing
from ground.sql import literal


class QuestionError(EditionError):
    """A query that cannot be answered. The text says why."""


def show(
    con: duckdb.DuckDBPyConnection, edition: Edition, use: Use | None = None, tables: Iterable[str] | None = None, schema: str = "main"
) -> list[Path]:
    """Make a view of each table of an edition in `schema` of `con`; returns their files.

    Without `use` only protected tables are there. With it restricted ones are too, once the use is in the access record; where both sides
    have a table, the exact one is meant. `tables`: those wanted, also the ones that lie beside an edition; None: all that lie in it.
    Raises TableMissing, and NotRecorded where the use cannot be recorded.
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
    if use and any(side == RESTRICTED for side, _ in found.values()):
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
def opened(edition: Edition, use: Use | None = None, tables: Iterable[str] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees what `show` shows, and nothing else of this machine; what is asked in it cannot change that.

    Raises what `show` raises, and QuestionError for whatever DuckDB cannot answer.
    """
    # What does not fit into memory stays in the home, where rows about people belong, not in the folder somebody stands in.
    with duckdb.connect(config={"temp_directory": str(edition.home / "work" / "spill")}) as con:
        try:
            paths = show(con, edition, use, tables)
            con.execute(f"set allowed_paths = [{', '.join(literal(path) for path in paths)}]")
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
            yield con
        except duckdb.Error as error:
            raise QuestionError(str(error)) from error


def write_csv(edition: Edition, query: str, out: TextIO, use: Use | None) -> None:
    """Run one read-only query over an edition and write CSV with a header line; empty means unknown. Raises EditionError."""
    try:
        with opened(edition, use) as con:
            answer = con.execute(_only_select(con, query))
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([column[0] for column in answer.description])
            while rows := answer.fetchmany(10_000):
                writer.writerows([["true" if v is True else "false" if v is False else v for v in row] for row in rows])
    except QuestionError as error:
        raise QuestionError(f"the query failed: {error}") from error


def _only_select(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    statements = con.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise EditionError("only one SELECT is allowed: nothing can be written, attached, installed or set")
    return statements[0]
