"""An edition as SQL. Every row that anybody reads of an edition comes through `show`: whatever a reader may not see is left out there."""

from __future__ import annotations

import csv
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cache
from pathlib import Path
from typing import TextIO

import duckdb

from edition import embargo
from edition.access import NotRecorded, Use
from edition.folder import PROTECTED, REGISTER, RESTRICTED, Edition, EditionError, TableMissing, published
from edition.rights import LIMITED, RESULT, NotGranted, granted, is_whole, knows_best, must_be_granted, reachable, select
from ground.sql import literal

# What one query may take: seconds, memory, and rows of its answer.
QUERY_SECONDS, QUERY_MEMORY, QUERY_ROWS = 120, "2GB", 1_000_000
# What all small questions of a process together may take, and how many are answered at once: of more some would fail for want of memory, where they can wait.
SHARED_MEMORY, SHARED_QUESTIONS = "400MB", 8
_asking = threading.BoundedSemaphore(SHARED_QUESTIONS)
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
    is_counted: bool = False,
    is_copied: bool = False,
    embargoed: Sequence[embargo.Series] | None = None,
) -> list[Path]:
    """Make a view of each table of an edition in `schema` of `con`, or where that is '' for `con` alone; returns the files that the views read.

    Without `use` only protected tables are there. With it those are too that its reader may see, each cut to the rows and columns that are
    theirs (edition/rights.py), once the use is in the access record; where both sides have a table, the exact one is meant, as far as it is
    theirs. `tables`: those wanted, also the ones that lie beside an edition; None: all that lie in it and may be seen. `is_entered_later`:
    the caller enters the use himself, with the number of rows, before he gives one away. `is_counted`: rows are counted, and none is given
    away. `is_copied`: what is cut is a table of its own and not a view, so that nothing is left to look behind. `embargoed`: the series whose
    controlled figures are left out, where not those that are unpublished on the day of the use, and without one on the as-of day, which
    can only be too many. Raises TableMissing, and NotRecorded where the use cannot be recorded.
    """
    if use and not use.reader.sees_figures:
        raise NotGranted(f"Nothing is for {use.reader or 'somebody without a role'}.")
    wanted = list(tables) if tables is not None else _seen(edition, use)
    sides = {table: _side(edition, table, use, is_counted) for table in wanted}
    if use and not is_entered_later and RESTRICTED in sides.values():
        use.enter()
    shown = []
    if RESULT not in sides:
        held = ""
    elif embargoed is not None:
        held = embargo.condition(embargoed)
    else:
        held = embargo.condition(embargo.unpublished(edition, use.day if use else date.fromisoformat(edition.as_of)))
    for table, side in sides.items():
        files = edition.files(table, side)
        made = f'{"table" if is_copied else "view"} "{schema}"."{table}"' if schema else f'temp view "{table}"'
        if side == RESTRICTED and use is not None and _is_cut(edition, table, use):
            columns = [column for column, *_ in con.execute(f"describe {_from(files)}").fetchall()]
            cut = select(edition, use.reader, table, columns, is_counted, held)
        elif side == PROTECTED and table == RESULT and held:
            cut = f"select * {_from(files)} where not {held}"
        else:
            con.execute(f"create or replace {made} as {_from(files, is_named=table == REGISTER)}")
            shown += files
            continue
        con.execute(f"create or replace {made} as {cut}")
        # A copy is read in place of its files.
        shown += [] if is_copied else files
    return shown


def _seen(edition: Edition, use: Use | None) -> list[str]:
    """The tables that lie in an edition and that may be seen in any part, in the order of their names."""
    return sorted({*edition.tables(PROTECTED), *(reachable(edition, use.reader) if use else ())})


def _is_cut(edition: Edition, table: str, use: Use) -> bool:
    """Whether rows or columns of a table are left out for the reader."""
    return edition.has(table, RESTRICTED) and bool(granted(table, use.reader)) and not is_whole(use.reader, table)


def _side(edition: Edition, table: str, use: Use | None, is_counted: bool) -> str:
    """Where a table is read that is wanted. Raises TableMissing."""
    if use and edition.has(table, RESTRICTED):
        try:
            must_be_granted(table, use.reader, use.has_purpose or is_counted)
            return RESTRICTED
        except TableMissing:
            if not edition.has(table, PROTECTED):
                raise
    if not edition.has(table, PROTECTED):
        raise TableMissing(f"`{table}` is restricted." if edition.has(table, RESTRICTED) else f"`{table}` is not in this edition.")
    return PROTECTED


def view(con: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], is_named: bool = False) -> None:
    """Make the view `name`, as SQL writes it, over Parquet files; where `is_named` with a column `filename`. For the files of an edition
    that is still being written; whoever reads one that is there calls `show`."""
    con.execute(f"create or replace view {name} as {_from(files, is_named)}")


def _from(files: Sequence[Path], is_named: bool = False) -> str:
    named = ", filename = true, union_by_name = true" if is_named else ""
    return f"from read_parquet([{', '.join(literal(path) for path in files)}]{named})"


@contextmanager
def opened(
    edition: Edition,
    use: Use | None = None,
    tables: Iterable[str] | None = None,
    is_entered_later: bool = False,
    is_counted: bool = False,
    asks: str = "",
    embargoed: Sequence[embargo.Series] | None = None,
    beside: Mapping[str, tuple[Edition, Sequence[str]]] | None = None,
    writes: Path | None = None,
    is_shared: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees what `show` shows, and nothing else of this machine; what is asked in it cannot change that.

    `asks`: the question, where it is the reader's own and not ours; of tables that are cut for the reader those that it names are there.
    `beside`: by schema, another edition and protected tables of it that are shown too. `writes`: a folder in which files may be written. `is_shared`: one of many
    small questions of our own that a process asks of a home, all in one database; its views are seen in this connection alone.
    Raises what `show` raises, and QuestionError for whatever DuckDB cannot answer.
    """
    with _asking if is_shared else nullcontext(), _shared(edition.home).cursor() if is_shared else _database(edition.home, QUERY_MEMORY) as con:
        try:
            if is_shared:
                show(con, edition, use, tables, "", is_entered_later=is_entered_later, is_counted=is_counted, embargoed=embargoed)
                yield con
                return
            if asks and use:
                named = {name.lower() for name in con.get_table_names(asks)}
                for table in sorted(named & {*edition.tables(RESTRICTED)} - {*edition.tables(PROTECTED)}):
                    must_be_granted(table, use.reader, use.has_purpose)
                tables = [table for table in _seen(edition, use) if table in named or not _is_cut(edition, table, use)]
            paths = show(con, edition, use, tables, is_entered_later=is_entered_later, is_counted=is_counted, is_copied=bool(asks), embargoed=embargoed)
            for schema, (other, others) in (beside or {}).items():
                con.execute(f'create schema "{schema}"')
                paths += show(con, other, None, others, schema, embargoed=embargoed)
            if not asks:
                paths += [path for known in knows_best(edition) for path in known.files(LIMITED, RESTRICTED)]
                # Behind a view that is cut lie whole tables; our own questions name none of their files.
                con.execute(f"set allowed_directories = [{', '.join(literal(folder) for folder in (edition.folder, writes) if folder)}]")
            con.execute(f"set allowed_paths = [{', '.join(literal(path) for path in paths)}]")
            _close_in(con)
            yield con
        except duckdb.Error as error:
            raise QuestionError(str(error)) from error


@cache
def _shared(home: Path) -> duckdb.DuckDBPyConnection:
    """The database in which a process asks its own small questions of a home: to open one takes longer than most of them, and what Parquet files say of
    themselves is read once. It sees what is published, and nothing else of this machine."""
    con = _database(home, SHARED_MEMORY)
    con.execute(f"set allowed_directories = [{literal(published(home).resolve())}]")
    con.execute("set parquet_metadata_cache = true")
    con.execute("set enable_external_file_cache = false")
    _close_in(con)
    return con


def _database(home: Path, memory: str) -> duckdb.DuckDBPyConnection:
    # What does not fit into memory stays in the home, where rows about people belong, not in the folder somebody stands in.
    return duckdb.connect(config={"temp_directory": str(_spill(home)), "memory_limit": memory})


def _close_in(con: duckdb.DuckDBPyConnection) -> None:
    """What a database may read, and all else of how it is set, is so from now on."""
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def write_csv(edition: Edition, query: str, out: TextIO, use: Use | None, embargoed: Sequence[embargo.Series] | None = None) -> None:
    """Run one read-only query over an edition and write CSV with a header line; empty means unknown. Nothing is written of an answer that
    takes longer, or has more rows, than one query may, and nothing before `use` is entered with the number of rows. A question without an
    answer is a use too: what went wrong may tell of a row. Raises EditionError."""
    # Beside the rows themselves, for an answer may be as personal as they are.
    spill = _spill(edition.home)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", newline="", encoding="utf-8", dir=str(spill) if spill.is_dir() else None) as answer:
        try:
            rows = _answer(edition, query, answer, use, embargoed)
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


def _answer(
    edition: Edition, query: str, answer: tempfile.SpooledTemporaryFile[str], use: Use | None, embargoed: Sequence[embargo.Series] | None
) -> int:
    """Write the answer; returns the number of its rows."""
    if use and (why_not := use.why_not()):
        raise NotRecorded(why_not)
    rows = 0
    with opened(edition, use, is_entered_later=True, asks=query, embargoed=embargoed) as con:
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


def _spill(home: Path) -> Path:
    """The folder for what does not fit into memory."""
    return home / "work" / "spill"


def _only_select(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    statements = con.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise EditionError("only one SELECT is allowed: nothing can be written, attached, installed or set")
    return statements[0]
