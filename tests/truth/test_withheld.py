"""A table that never came: exactly the rules that need it say so, nothing that they say of a claim is a pass or a new fail, and nothing stops.

Which rules need a table stands in the registry (seeds/rule.csv, tables_needed), not in the SQL. All tiny worlds are asked, a table at a time.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.compiled import Models
from tests.truth.audited import answers, models, without
from tests.truth.payment.audit import audit as second_writing
from tests.truth.payment.comparing import differences, found_in, known_of_people, told_by_the_truth
from tests.truth.payment.terms import seed
from tests.truth.payment.worlds import AS_OF, SENDER

NEEDED: dict[str, set[str]] = defaultdict(set)
for _row in seed("rule"):
    for _table in filter(None, _row["tables_needed"].split(";")):
        NEEDED[_table].add(_row["rule_id"])

# Rules that need a table and have nothing to say without it, or had said already that they cannot be tested.
SILENT: dict[str, set[str]] = {
    # Nothing is asked, agreed, paid or in a cohort.
    "contracts__eligibility": {"R03"}, "contracts__period": {"R54", "R55"}, "contracts__service_level": {"R54", "R55"}, "contracts__service_level_report": {"R55"},
    "contracts__payment": {"R64"}, "contracts__pbr_cohort": {"R63"}, "contracts__pbr_result": {"R63", "R64"}, "contracts__task": {"R37"},
    # A claim's own reference is an approval until there is a list of them.
    "contracts__late_approval": {"R38"},
    # They ask only where another rule passes (R42, R04, R13, R14, R07, R22), which cannot be told.
    "contracts__rate_card": {"R41"}, "nomis__offender_external_movements": {"R05", "R17"}, "oasys__bcs_screening": {"R14", "R15", "R16", "R17"},
    **dict.fromkeys(("nomis__offenders", "nomis__offender_bookings"), {"R05", "R16", "R17"}),
    # No column, or no row behind the claim, has been the reason before.
    "ndelius__offender": {"R63"}, "ndelius__offender_manager": {"R63"}, "other__barred_address": {"R71"}, "refer_and_monitor__crs_performance_report_v2_appointments": {"R11"},
    "provider__plan": {"R13", "R15", "R17", "R23", "R48"}, "provider__plan_review": {"R12", "R23", "R48", "R55"}, "provider__plan_action": {"R71"},
    "provider__message": {"R48"}, "provider__person": {"R02"},
}  # fmt: skip
# Rules that read a table for some claims, or some results, only: of the others they go on as before.
_EACH_ITS_OWN = {"R07", "R46", "R47", "R48", "R53"}
IN_PART: dict[str, set[str]] = {
    "contracts__late_approval": {"R38"}, "nomis__offender_external_movements": {"R16"}, "nomis__offender_sentences": {"R03"},
    **dict.fromkeys(("oasys__assessment", "oasys__assessment_need", "oasys__bcs_need", "oasys__bcs_screening"), {"R33"}),
    # The evidence table of the claim's own task, or what one kind of work is begun by.
    "provider__plan": {"R13", *_EACH_ITS_OWN}, "provider__plan_review": _EACH_ITS_OWN, "provider__plan_action": {"R08", *_EACH_ITS_OWN}, "provider__contact": {"R08", *_EACH_ITS_OWN},
    "provider__service": {"R08", *_EACH_ITS_OWN}, "provider__message": _EACH_ITS_OWN, "provider__referral": {"R08"},
    "refer_and_monitor__crs_performance_report_v2_referrals": {"R53"}, "refer_and_monitor__crs_performance_report_v2_appointments": {"R11", "R53"},
}  # fmt: skip
# What fails newly by the words of the rules: work that is not there counts as none by the day of the task (R40), a booking that is not told is none (R37), who is led to
# by nothing is not linked (R01), names that are not known stay in a text (R23), of whom no recall is known is not at large (R69, a signal without money).
FAILS: dict[str, set[str]] = {
    "contracts__task": {"R40"}, "contracts__contract": {"R37"}, "nomis__offender_external_movements": {"R37"}, "ndelius__offender": {"R01", "R69"}, "provider__person": {"R23"},
    "ndelius__recall": {"R69"}, "ndelius__release": {"R69"},
    "provider__message": {"R40"}, "provider__plan_action": {"R40"},
}  # fmt: skip
QUICK = ("contracts__credit_line",)
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
    assert after.new_fails(before) <= FAILS.get(table, set())
    # And afterwards all is as it was.
    assert audit.told() == before


@pytest.fixture(scope="module")
def landing(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the home was delivered, to take files from."""
    return Path(shutil.copytree(tiny_home.parent / "landing", tmp_path_factory.mktemp("delivered") / "landing"))


@contextmanager
def files_without(landing: Path, table: str) -> Iterator[None]:
    """`landing` without the files of a table, from anybody."""
    away = landing.with_name("away")
    taken = [file for file in landing.rglob("*.csv") if table == f"{file.parts[-3].partition('_')[0] if file.parts[-3].startswith('provider_') else file.parts[-3]}__{file.stem.replace('-', '_').lower()}"]
    for file in taken:
        (away / file.relative_to(landing)).parent.mkdir(parents=True, exist_ok=True)
        file.rename(away / file.relative_to(landing))
    try:
        yield
    finally:
        for file in taken:
            (away / file.relative_to(landing)).rename(file)


@pytest.mark.parametrize("table", [pytest.param(one, marks=[] if one == "contracts__credit_line" else [pytest.mark.slow, pytest.mark.timeout(1800)]) for one in sorted(NEEDED)])
def test_without_a_table_the_second_writing_of_the_rules_says_the_same(audit: Audit, landing: Path, table: str) -> None:
    """Every claim, contract and line of the account; who is who, releases, statuses and recalls are the product's, and have truths of their own."""
    with without(audit.con, audit.models, table), files_without(landing, table):
        who = audit.con.execute("select source, source_key, person_id from linkage.person_link").fetchall()
        found = found_in(audit.con, lambda name: f"marts.{name}")
        known = known_of_people(audit.con, lambda name: f"marts.{name}", landing)
        true = told_by_the_truth(second_writing(landing, AS_OF, who, **known))
    # Of these the texts say nothing. Who is who is not linked anew, so that a person of a cohort is led to as before; and where nothing tells in which
    # of a person's prison records they were held, the product goes by any of them before it goes by probation's.
    open_to = {"provider__person": "R63", "nomis__offender_bookings": "R03"}.get(table)
    differ = differences(found, true)
    claims = {one.key[:2] for one in differ if one.table == "claim_test" and one.rule == open_to}
    assert len(claims) <= 1
    assert [one for one in differ if one.rule != open_to and not (one.table == "claim" and one.key in claims)] == []


def test_every_exception_is_of_a_rule_that_needs_the_table() -> None:
    assert {(table, rule) for of in (SILENT, {t: rules - _EACH_ITS_OWN for t, rules in IN_PART.items()}) for table, rules in of.items() for rule in rules if rule not in NEEDED[table]} == set()
