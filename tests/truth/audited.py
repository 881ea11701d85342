"""The payment audit's models, on a refreshed home again and again, or on deliveries as of any day, without the rest of a refresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.landing.land import land
from orchestration.landing.schema import write_run
from orchestration.linkage.history import Earlier
from orchestration.settings import DEFAULT_LINK_THRESHOLD
from tests.compiled import Models

TABLES = ("fct_claim", "fct_claim_test", "fct_contract_test", "fct_reconciliation", "fct_release", "fct_release_status", "fct_recall", "fct_evidence")
# Models that read what was delivered at all, whatever it holds.
OF_DELIVERIES = ("payment_sender", "payment_watermark", "payment_control", "int_domain_maturity")


def models(base: Path) -> Models:
    """What the tables of the audit rest on, compiled on `base`/warehouse.duckdb."""
    return Models(base, *(f"+{table}" for table in TABLES))


@contextmanager
def without(con: duckdb.DuckDBPyConnection, models: Models, table: str) -> Iterator[None]:
    """The audit as if `table` of landing had never come, from anybody; afterwards all is as it was."""
    con.begin()
    try:
        con.execute("delete from landing.delivery where table_name = ?", [table])
        (kind,) = con.execute("select table_type from information_schema.tables where table_schema = 'landing' and table_name = ?", [table]).fetchone() or ("VIEW",)
        if kind == "VIEW":
            con.execute(f"create table landing.none_of_{table} as from landing.{table} limit 0; create or replace view landing.{table} as from landing.none_of_{table}")
        else:
            con.execute(f"delete from landing.{table}")
        models.build(con, *models.resting_on(f"landing.{table}", *OF_DELIVERIES))
        yield
    finally:
        con.rollback()


def audit(models: Models, folder: Path, landing: Path, as_of: dt.date) -> Path:
    """The warehouse, in a new `folder`, of all that is delivered in `landing` as of a day; seeds are those of the warehouse on which `models` were compiled."""
    folder.mkdir()
    warehouse = folder / "warehouse.duckdb"
    result = land(landing, folder / "home", as_of, warehouse, lambda _: None)
    assert not result.refused, [(f.delivery_id, f.file, f.reason) for f in result.refused]
    with duckdb.connect(str(warehouse)) as con:
        write_run(con, as_of, DEFAULT_LINK_THRESHOLD, Earlier(), [])
        con.execute(f"attach '{models.base / 'warehouse.duckdb'}' as seeded (read_only); create schema if not exists seeds")
        for (table,) in con.execute("select table_name from duckdb_tables() where database_name = 'seeded' and schema_name = 'seeds'").fetchall():
            con.execute(f'create table seeds."{table}" as from seeded.seeds."{table}"')
        con.execute("detach seeded")
        models.build(con)
    return warehouse


def answers(con: duckdb.DuckDBPyConnection, view: str = "now") -> dict[tuple[str, str, str], str]:
    """By source, claim and rule, what the rule says of a tested claim in a view; nothing where it does not apply."""
    found: dict[tuple[str, str, str], str] = {}
    columns = con.execute("select table_name, column_name from information_schema.columns where table_schema = 'payment' and starts_with(table_name, 'rule_')").fetchall()
    for model in sorted({model for model, _ in columns}):
        rules = sorted(name.removesuffix("_evidence") for of, name in columns if of == model and name.endswith("_evidence"))
        query = f"select source, claim_id, {', '.join(f'said.{rule}_{view}' for rule in rules)} from payment.payment_claim inner join payment.{model} as said using (claim_no) where waterfall = 'tested' and {view == 'now' or 'said.is_dated'}"
        for source, claim_id, *told in con.execute(query).fetchall():
            found |= {(source, claim_id, rule.upper()): answer for rule, answer in zip(rules, told, strict=True) if answer is not None}
    return found
