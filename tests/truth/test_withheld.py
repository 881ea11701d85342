"""A table that never came: exactly the rules that need it say so, nothing that they say of a claim is a pass or a new fail, and nothing stops.

Which rules need a table stands in the registry (seeds/rule.csv, tables_needed), not in the SQL. All tiny worlds are asked, a table at a time.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.compiled import Models
from tests.truth.audited import answers, models, without
from tests.truth.payment.terms import seed
from tests.truth.payment.worlds import SENDER

NEEDED: dict[str, set[str]] = defaultdict(set)
for _row in seed("rule"):
    for _table in filter(None, _row["tables_needed"].split(";")):
        NEEDED[_table].add(_row["rule_id"])

# Rules that need a table and have nothing to say without it, or had said already that they cannot be tested.
SILENT: dict[str, set[str]] = {}
# Rules that read a table for some claims, or some results, only: of the others they go on as before.
IN_PART: dict[str, set[str]] = {}
QUICK = ("contracts__credit_line", "oasys__bcs_screening", "refer_and_monitor__crs_performance_report_v2_referrals")
Said = dict[tuple[str, ...], str]


@dataclass
class Told:
    """What each rule says of each claim, and of each contract or author what is not a pass; by the rule in the last place of the key."""

    of_claims: Said
    of_contracts: Said

    def now_missing(self, before: Told) -> set[str]:
        """Rules that say newly that a table is missing, of claims of the sender who lacks none of his own, or of contracts."""
        claims = {key[2] for key, said in self.of_claims.items() if key[0] == SENDER and said == "table_missing" and before.of_claims.get(key) != said}
        # R72 is the account of these rules.
        return claims | {key[1] for key, said in self.of_contracts.items() if said == "table_missing" and before.of_contracts.get(key) != said and key[1] != "R72"}

    def new_fails(self, before: Told) -> set[str]:
        found = [(key[-1], said, before_.get(key)) for now, before_ in ((self.of_claims, before.of_claims), (self.of_contracts, before.of_contracts)) for key, said in now.items()]
        return {rule for rule, said, once in found if said == "fail" and once != "fail"}

    def passes(self) -> set[str]:
        return {key[2] for key, said in self.of_claims.items() if key[0] == SENDER and said == "pass"}


@dataclass
class Audit:
    con: duckdb.DuckDBPyConnection
    models: Models

    def told(self) -> Told:
        rows = self.con.execute("select subject_id, rule_id, coalesce(reason, result) from marts.fct_contract_test").fetchall()
        return Told(answers(self.con), {(subject, rule): said for subject, rule, said in rows})


@pytest.fixture(scope="module")
def audit(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    base = tmp_path_factory.mktemp("withheld")
    shutil.copy(tiny_home / "work" / "warehouse.duckdb", base / "warehouse.duckdb")
    made = models(base)
    with duckdb.connect(str(base / "warehouse.duckdb")) as con:
        yield Audit(con, made)


@pytest.fixture(scope="module")
def before(audit: Audit) -> Told:
    return audit.told()


@pytest.mark.parametrize("table", [one if one in QUICK else pytest.param(one, marks=[pytest.mark.slow, pytest.mark.timeout(1800)]) for one in sorted(NEEDED)])
def test_without_a_table_the_rules_that_need_it_say_so_and_no_other_and_none_of_them_passes(audit: Audit, before: Told, table: str) -> None:
    with without(audit.con, audit.models, table):
        after = audit.told()
    assert after.now_missing(before) == NEEDED[table] - SILENT.get(table, set())
    assert after.passes() & NEEDED[table] <= IN_PART.get(table, set())
    assert after.new_fails(before) == set()
    # And afterwards all is as it was.
    assert audit.told() == before


def test_every_exception_is_of_a_rule_that_needs_the_table() -> None:
    assert {(table, rule) for of in (SILENT, IN_PART) for table, rules in of.items() for rule in rules if rule not in NEEDED[table]} == set()
