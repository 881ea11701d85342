"""The payment audit of a folder of deliveries as of any day: landing, and the models that the audit rests on, without the rest of a refresh."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from orchestration.landing.land import land
from orchestration.landing.schema import write_run
from orchestration.linkage.history import Earlier
from orchestration.settings import DEFAULT_LINK_THRESHOLD
from tests.compiled import Models, dbt

TABLES = ("fct_claim", "fct_claim_test", "fct_contract_test", "fct_reconciliation", "fct_release", "fct_release_status", "fct_recall", "fct_evidence")


def models(base: Path) -> Models:
    """What the tables of the audit rest on, compiled once; seeds are in `base`/warehouse.duckdb."""
    return Models(base, *(f"+{table}" for table in TABLES))


class Audits:
    """Audits of one folder of deliveries, each as of its own day."""

    def __init__(self, base: Path) -> None:
        self.base = base
        dbt(base, base / "warehouse.duckdb", "seed")
        self.models = models(base)

    def of(self, landing: Path, as_of: dt.date) -> Path:
        """The warehouse of `landing` as of a day, from the deliveries that are complete to it or an earlier one."""
        folder = self.base / as_of.isoformat()
        folder.mkdir()
        warehouse = folder / "warehouse.duckdb"
        land(landing, self.base / "home", as_of, warehouse, lambda _: None)
        with duckdb.connect(str(warehouse)) as con:
            write_run(con, as_of, DEFAULT_LINK_THRESHOLD, Earlier(), [])
            con.execute(f"attach '{self.base / 'warehouse.duckdb'}' as seeded (read_only)")
            con.execute("create schema if not exists seeds")
            for (table,) in con.execute("select table_name from duckdb_tables() where database_name = 'seeded' and schema_name = 'seeds'").fetchall():
                con.execute(f'create table seeds."{table}" as from seeded.seeds."{table}"')
            con.execute("detach seeded")
            self.models.build(con)
        return warehouse


def answers(warehouse: Path, views: tuple[str, ...]) -> dict[tuple[str, str, str], tuple]:
    """By source, claim and rule, what each view says of it: empty where the rule does not apply."""
    found: dict[tuple[str, str, str], tuple] = {}
    with duckdb.connect(str(warehouse), read_only=True) as con:
        columns = con.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'payment' and starts_with(table_name, 'rule_') order by all"
        ).fetchall()
        for model in sorted({model for model, _ in columns}):
            names = {name for of, name in columns if of == model}
            rules = sorted(name for name in names if f"{name}_evidence" in names)
            shown = ", ".join(f"of_{view}.{rule}" for rule in rules for view in views)
            joins = " ".join(f"left join payment.{model} as of_{view} on of_{view}.claim_no = claim.claim_no and of_{view}.view = '{view}'" for view in views)
            query = f"select claim.source, claim.claim_id, {shown} from payment.payment_claim as claim {joins} where claim.waterfall = 'tested'"
            for source, claim_id, *told in con.execute(query).fetchall():
                for n, rule in enumerate(rules):
                    found[source, claim_id, rule.upper()] = tuple(told[n * len(views) : (n + 1) * len(views)])
    return found
