"""Writes schema landing of the warehouse: one table a declared table, from the typed files; the account of every file; what else a run is
made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import Table, declared_tables, find_table
from ground.sql import literal
from orchestration.landing.deliveries import DeliveryNote, KeptFile
from orchestration.landing.row_account import FileAccount, RowAccountError, TypedFile
from orchestration.landing.typed import STANDING, connect_for_typing, key_reasons, type_keys
from orchestration.linkage import history
from orchestration.linkage.history import Earlier

# Every landing table ends with these: where a row came from and how it stands.
PROVENANCE = (
    ("_source", "VARCHAR"), ("_delivery_id", "VARCHAR"), ("_file", "VARCHAR"), ("_file_number", "BIGINT"), ("_row_number", "BIGINT"),
    ("_complete_to", "DATE"), ("_kind", "VARCHAR"), ("_key", "VARCHAR"), ("_recorded_at", "TIMESTAMP"),
    ("_row_version", "BIGINT"), ("_row_hash", "VARCHAR"), ("_quarantine_reason", "VARCHAR"),
)  # fmt: skip
_DELIVERY = """file_number bigint, source varchar, delivery_id varchar, complete_to date, kind varchar, table_name varchar, file varchar,
    sha256 varchar, is_accepted boolean, is_whole boolean, reason varchar, rows_read bigint, rows_loaded bigint, rows_rejected bigint,
    rows_quarantined bigint, rows_refused bigint, rows_without_key bigint, checks_declared bigint, checks_executed bigint, warnings varchar"""
_REJECTED = "delivery_id varchar, file varchar, row_number bigint, table_name varchar, reason varchar"
_QUARANTINED = _REJECTED
_FINDING = "finding varchar, table_name varchar, delivery_id varchar, file varchar, row_number bigint, column_name varchar"
_RUN = """as_of date, link_threshold varchar, rules varchar, evidence_recipe varchar, links_as_of date, links_rules varchar, links_recipe varchar,
    links_fingerprint varchar"""
_EARLIER_LINK = "source varchar, source_key varchar, person_id varchar"
_EARLIER_EVIDENCE = "source varchar, source_key varchar, person usmallint, police usmallint, home usmallint, sentence usmallint"
_EARLIER_CHANGE = "as_of date, since date, person_id_before varchar, person_id varchar, records bigint, change varchar, cause varchar"
# The value that an emptied cell had in the last delivery before in which it could be read (definition: delivery_cell_before).
_KEPT_CELL = "table_name varchar, file_number bigint, row_number bigint, column_name varchar, value varchar"
_LOST_KEY = "source varchar, table_name varchar, key varchar, complete_to date"
_DELETED = "source varchar, table_name varchar, key varchar, complete_to date"


def write_landing_schema(
    warehouse: Path,
    accepted: Sequence[tuple[KeptFile, TypedFile, FileAccount]],
    accounts: Sequence[FileAccount],
    notes: dict[tuple[str, date], DeliveryNote],
) -> None:
    """Makes schema landing of the warehouse file anew. Rows come in the order of delivery day, source, file and record.

    The declared tables are views over the typed files, which are kept: copying them in would take longer than typing them."""
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    in_order = sorted(accepted, key=lambda a: (a[0].table.landing_name, a[0].complete_to, a[0].source, a[0].path.name))
    # Stands for an accepted file within this run, in every pointer to one of its records.
    number = {(account.delivery_id, account.file): n for n, (_, _, account) in enumerate(in_order, start=1)}
    files: dict[str, list[tuple[KeptFile, TypedFile, FileAccount]]] = defaultdict(list)
    for file, typed, account in in_order:
        if typed.profile["rows"] != account.rows_loaded + account.rows_quarantined:
            raise RowAccountError(
                f"{file.delivery_id} {file.path.name}: {typed.profile['rows']} rows reach landing, not what the account says"
            )
        files[file.table.landing_name].append((file, typed, account))
    with duckdb.connect(str(warehouse)) as con:
        con.execute("begin; drop schema if exists landing cascade; create schema landing")  # once: every commit waits for the disk
        for table in declared_tables():
            con.execute(_declared(table, files[table.landing_name], number))
        con.execute(_record([(number[a.delivery_id, a.file], typed) for _, typed, a in in_order]))
        con.execute(f"create table landing.finding ({_FINDING})")
        con.execute(f"create table landing.quarantined_row ({_QUARANTINED})")
        con.execute(f"create table landing.kept_cell ({_KEPT_CELL})")
        con.execute(f"create table landing.lost_key ({_LOST_KEY})")
        _insert_oddities(con, in_order)
        for table, kept in _kept_columns(con):
            con.execute(_declared(table, files[table.landing_name], number, kept))
        _insert(con, "finding", [_suspended(account) for _, _, account in in_order if account.kind == "full" and not account.is_whole])
        rejected = [
            {"delivery_id": f.delivery_id, "file": f.path.name, "row_number": n, "table_name": f.table.landing_name, "reason": reason}
            for f, typed, _ in in_order
            for n, reason in typed.rejected
        ]
        numbered = [
            asdict(a) | {"is_whole": a.is_whole, "file_number": number[a.delivery_id, a.file] if a.is_accepted else None} for a in accounts
        ]
        _fill(con, "delivery", _DELIVERY, numbered)
        _fill(con, "rejected_row", _REJECTED, rejected)
        deleted, misfits = _deleted_keys(accounts, notes)
        _fill(con, "deleted_key", _DELETED, deleted)
        _insert(con, "finding", misfits)
        con.execute("commit")


def write_run(con: duckdb.DuckDBPyConnection, as_of: date, link_threshold: str, earlier: Earlier, accepted: Iterable[str]) -> None:
    """Makes what a run is made of beside the deliveries, in schema landing of the warehouse that `con` is connected to: landing.run (one row: the day up to which everything is known, the threshold of
    the linkage model from which records are joined, and by what the links of now and before were made), the links of the refresh before
    with what they rest on, and the deliveries that may change many people."""
    facts = {
        "as_of": as_of, "link_threshold": link_threshold, "rules": history.rules(link_threshold), "evidence_recipe": history.recipe(),
        "links_as_of": earlier.as_of, "links_rules": earlier.rules, "links_recipe": earlier.recipe, "links_fingerprint": earlier.fingerprint,
    }  # fmt: skip
    brought = [{"what": what, "is_seen": what in earlier.brought} for what in sorted(earlier.ever)]
    con.execute("begin")
    _fill(con, "run", _RUN, [facts])
    con.execute(_kept("earlier_link", _EARLIER_LINK, [earlier.links]))
    con.execute(_kept("earlier_evidence", _EARLIER_EVIDENCE, [earlier.evidence]))
    con.execute(_kept("earlier_change", _EARLIER_CHANGE, earlier.changes))
    _fill(con, "earlier_brought", "what varchar, is_seen boolean", brought)
    _fill(con, "accepted_delivery", "delivery_id varchar", [{"delivery_id": delivery} for delivery in sorted(accepted)])
    con.execute("commit")


def _kept(table: str, columns: str, files: Sequence[Path | None]) -> str:
    """SQL that makes the landing table of files that earlier refreshes have kept; where there are none it stands empty."""
    if there := ", ".join(literal(file) for file in files if file):
        names = ", ".join(column.split()[0] for column in columns.split(", "))
        return f"create view landing.{table} as select {names} from read_parquet([{there}])"
    return f"create table landing.{table} ({columns})"


def _declared(
    table: Table, files: Sequence[tuple[KeptFile, TypedFile, FileAccount]], number: dict[tuple[str, str], int], kept: Sequence[str] = ()
) -> str:
    """SQL that makes the landing table of a declared table; one that was never delivered stands empty, with its columns. `kept`: the
    columns of which landing.kept_cell holds values."""
    if not files:
        columns = ", ".join(f'"{n}" {t}' for n, t in (*table.landing_columns, *PROVENANCE))
        return f"create table landing.{table.landing_name} ({columns})"
    named = ", ".join(f'"{n}"' for n, _ in table.landing_columns)
    parts = [
        f"""select {named}, {literal(file.source)} as _source, {literal(file.delivery_id)} as _delivery_id, {literal(file.path.name)} as _file,
            cast({number[account.delivery_id, account.file]} as bigint) as _file_number, _row_number, date '{file.complete_to}' as _complete_to, {literal(account.kind or "")} as _kind, _key,
            {_recorded(file, typed)} as _recorded_at,
            _row_version, _row_hash, _quarantine_reason
        from read_parquet({literal(typed.parquet)})"""
        for file, typed, account in files
    ]
    rows = " union all ".join(parts)
    if kept:
        types = dict(table.landing_columns)
        cells = ", ".join(f"max(case when column_name = {literal(n)} then cast(value as {types[n]}) end) as \"{n}\"" for n in kept)
        stood = ", ".join(f'coalesce(delivered."{n}", kept."{n}") as "{n}"' for n in kept)
        rows = f"""select delivered.* replace ({stood})
            from ({rows}) as delivered
            left join (
                select file_number, row_number, {cells} from landing.kept_cell
                where table_name = {literal(table.landing_name)} group by file_number, row_number
            ) as kept
                on kept.file_number = delivered._file_number and kept.row_number = delivered._row_number"""
    return f"create or replace view landing.{table.landing_name} as {rows}"


def _record(files: Sequence[tuple[int, TypedFile]]) -> str:
    """SQL that makes landing.record: every record of every accepted file with its hash."""
    parts = [
        f"select cast({number} as bigint) as file_number, _row_number as row_number, _row_hash as row_hash from read_parquet({literal(typed.parquet)})"
        for number, typed in files
    ]
    if not parts:
        return "create table landing.record (file_number bigint, row_number bigint, row_hash varchar)"
    return f"create view landing.record as {' union all '.join(parts)}"


def _recorded(file: KeptFile, typed: TypedFile) -> str:
    """A file without a column that says when its rows were recorded: they were by the end of its day (definition: delivery_recorded)."""
    if set(file.table.recorded) & set(typed.columns):
        return "_recorded_at"
    return f"coalesce(_recorded_at, timestamp '{datetime.combine(file.complete_to, time.max)}')"


def _insert_oddities(con: duckdb.DuckDBPyConnection, files: Sequence[tuple[KeptFile, TypedFile, FileAccount]]) -> None:
    """What typing emptied or set aside, of all files in one pass, and the keys of which every row was set aside."""
    if not files:
        return
    named = [
        {
            "path": str(typed.parquet),
            "place": n,  # as in landing.delivery
            "table_name": f.table.landing_name,
            "source": f.source,
            "complete_to": f.complete_to,
            "delivery_id": f.delivery_id,
            "file": f.path.name,
            "no_key": "|".join(key_reasons(f.table)),
        }
        for n, (f, typed, _) in enumerate(files, start=1)
    ]
    con.register("given", pa.Table.from_pylist(named))
    paths = ", ".join(sorted({literal(typed.parquet) for _, typed, _ in files}))
    con.execute(
        f"""
        create temp table odd as
        select given.*, _row_number, _key, _quarantine_reason, _findings
        from (
            select filename, _row_number, _key, _quarantine_reason, _findings
            from read_parquet([{paths}], filename = true, union_by_name = true)
            where _quarantine_reason is not null or _findings is not null
        ) as typed
        join given on given.path = typed.filename
        """
    )
    con.unregister("given")
    con.execute(
        """
        insert into landing.quarantined_row
        select delivery_id, file, _row_number, table_name, _quarantine_reason
        from odd where _quarantine_reason is not null
        order by place, _row_number;
        insert into landing.finding
        select split_part(word, ':', 1), table_name, delivery_id, file, _row_number, split_part(word, ':', 2)
        from (select *, unnest(string_split(_findings, ';')) as word
              from odd where _findings is not null and _quarantine_reason is null)
        order by place, _row_number, word
        """
    )
    set_aside = """select source, _key, max(complete_to) as complete_to from odd
        where table_name = ? and _quarantine_reason is not null and not list_contains(string_split(no_key, '|'), _quarantine_reason)
        group by source, _key"""
    for (table,) in con.execute("select distinct table_name from odd where _quarantine_reason is not null order by table_name").fetchall():
        con.execute(
            f"""insert into landing.lost_key
            select source, ?, _key, complete_to
            from ({set_aside}) as set_aside
            where not exists (
                select 1 from landing.{table} as good
                where good._source = set_aside.source and good._key = set_aside._key and good._quarantine_reason is null
            )
            order by source, _key""",
            [table, table],
        )
    for table in (f.table for f in {f.table.landing_name: f for f, _, _ in files}.values()):
        _keep_cells(con, table)
    con.execute("drop table odd")


def _keep_cells(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Fills landing.kept_cell for the rows of `table` in which a cell was emptied."""
    con.execute(
        f"""create or replace temp table emptied as
        select place as file_number, _row_number as row_number, source, _key as key, complete_to, string_split(split_part(word, ':', 2), ',')[-1] as label
        from (select *, unnest(string_split(_findings, ';')) as word from odd where table_name = ? and _findings is not null and _quarantine_reason is null)
        where split_part(word, ':', 1) not in ({", ".join(map(literal, STANDING))})""",
        [table.landing_name],
    )
    labels = {label for (label,) in con.execute("select distinct label from emptied").fetchall()}
    names = [(c.label, c.name) for c in table.columns if c.label in labels]
    if not names:
        return
    con.execute(
        f"""create or replace temp table before as
        select emptied.file_number, emptied.row_number, struct_pack(day := earlier._complete_to, file_number := earlier._file_number, row_number := earlier._row_number) as place,
            {", ".join(f'earlier."{n}"' for _, n in names)}
        from (select distinct file_number, row_number, source, key, complete_to from emptied) as emptied
        join landing.{table.landing_name} as earlier
            on earlier._source = emptied.source and earlier._key = emptied.key and earlier._complete_to < emptied.complete_to
        where earlier._quarantine_reason is null"""
    )
    for label, name in names:
        con.execute(
            f"""insert into landing.kept_cell
            select ?, file_number, row_number, ?, value
            from (
                select emptied.file_number, emptied.row_number,
                    cast((arg_max(struct_pack(value := before."{name}"), before.place)).value as varchar) as value
                from emptied
                join before on before.file_number = emptied.file_number and before.row_number = emptied.row_number
                where emptied.label = ? and not exists (
                    select 1 from emptied as also
                    where also.label = ? and also.file_number = before.place.file_number and also.row_number = before.place.row_number
                )
                group by emptied.file_number, emptied.row_number
            ) as last
            where value is not null
            order by file_number, row_number""",
            [table.landing_name, name, label, label],
        )


def _kept_columns(con: duckdb.DuckDBPyConnection) -> list[tuple[Table, list[str]]]:
    """Each table of which cells are kept, with their columns."""
    kept = con.execute("select table_name, list(distinct column_name order by column_name) from landing.kept_cell group by table_name").fetchall()
    columns = dict(kept)
    return [(table, columns[table.landing_name]) for table in declared_tables() if table.landing_name in columns]


def _suspended(account: FileAccount) -> dict[str, Any]:
    return {"finding": "closing_suspended", "table_name": account.table_name, "delivery_id": account.delivery_id, "file": account.file,
            "row_number": None, "column_name": None}  # fmt: skip


def _deleted_keys(
    accounts: Sequence[FileAccount], notes: dict[tuple[str, date], DeliveryNote]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Deleted keys in the form of _key, and findings for those that fit no declared table. A table refused in the same
    delivery deletes nothing either."""
    accepted = {(a.delivery_id, a.table_name) for a in accounts if a.is_accepted}
    refused = {(a.delivery_id, a.table_name) for a in accounts if not a.is_accepted} - accepted
    deleted, misfits = [], []
    with connect_for_typing() as con:
        for (source, complete_to), note in sorted(notes.items()):
            for name, keys in sorted(note.deleted.items()):
                table: Table | None = find_table(source, name)
                delivery_id = f"{source}/{complete_to}"
                landing_name = table.landing_name if table else ""  # a name that is not declared is not published
                if table and (delivery_id, landing_name) in refused:
                    continue
                for key in type_keys(con, table, name, keys, complete_to.year) if table else [None] * len(keys):
                    if key is None:
                        misfits.append(
                            {"finding": "unreadable_deleted_key", "table_name": landing_name, "delivery_id": delivery_id,
                             "file": "delivery.json", "row_number": None, "column_name": None}
                        )  # fmt: skip
                    else:
                        deleted.append({"source": source, "table_name": landing_name, "key": key, "complete_to": complete_to})
    return deleted, misfits


def _fill(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[dict[str, Any]]) -> None:
    con.execute(f"create table landing.{table} ({columns})")
    _insert(con, table, rows)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    con.register("given", pa.Table.from_pylist(rows))
    con.execute(f"insert into landing.{table} by name select * from given")
    con.unregister("given")
