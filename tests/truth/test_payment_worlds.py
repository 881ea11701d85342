"""What the payment rules say of three temperaments: honest providers fail nothing, planted pairs fall on their side of each bound, and of
ordinary providers most rules find some."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.truth.conftest import Nation, refreshed
from tests.truth.planted import PaymentTests
from worlds.nation import build_nation
from worlds.nation.world import World

RULES = {row["rule_id"] for row in csv.DictReader((Path(__file__).parents[2] / "seeds" / "rule.csv").open(encoding="utf-8", newline=""))}
# Nothing that is delivered says which result a payment is for; R72 is an account, not a test.
UNTESTABLE = {"R64", "R72"}


@pytest.fixture(scope="module")
def planted(planted_nation: Nation, planted_home: Path) -> PaymentTests:
    return PaymentTests(planted_home, planted_nation.truth_folder)


def test_ninety_kinds_or_more_are_planted_in_pairs_over_every_testable_rule(planted: PaymentTests) -> None:
    kinds = planted.con.execute("select kind, list(distinct side order by side), count(distinct rule) from plant group by kind").fetchall()
    assert len(kinds) >= 90
    assert [kind for kind, sides, rules in kinds if sides != ["fail", "pass"] or rules != 1] == []
    assert {rule for (rule,) in planted.con.execute("select distinct rule from plant").fetchall()} == RULES - UNTESTABLE


def test_every_planted_claim_is_tested(planted: PaymentTests) -> None:
    assert planted.untested() == []


def test_every_planted_pair_falls_on_its_side_with_its_pounds_and_lights_what_is_listed_and_no_more(planted: PaymentTests) -> None:
    assert planted.unlike_truth() == []


def test_honest_providers_fail_no_condition_and_give_no_signal(planted: PaymentTests) -> None:
    tested = planted.con.execute("select count(*) from fct_claim where waterfall = 'tested' and source <> 'provider_planted'").fetchone()[0]
    assert tested > 200
    assert planted.honest_fails() == []
    assert planted.honest_contract_fails() == []


def test_of_ordinary_providers_most_rules_find_some_and_none_finds_nearly_all(small_nation: Nation, small_home: Path) -> None:
    found = dict(
        PaymentTests(small_home, small_nation.truth_folder)
        .con.execute("select rule_id, count(*) / (select count(*) from fct_claim where waterfall = 'tested') from fct_claim_test where result = 'fail' and class in ('E', 'Q') group by rule_id")
        .fetchall()
    )
    assert len(found) >= 40
    assert max(found.values()) < 0.2


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_twenty_thousand_releases_with_honest_providers_and_every_pair(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "landing", seed=seed, releases=20_000, honest=True, faults=True)
    build_nation(world)
    tests = PaymentTests(refreshed(world.out, tmp_path / "home"), world.truth_folder)
    assert tests.unlike_truth() == []
    assert tests.honest_fails() == []
    assert tests.honest_contract_fails() == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_of_twenty_thousand_releases_with_ordinary_providers_every_rule_but_few_finds_some(large_nation: tuple[World, Path]) -> None:
    world, home = large_nation
    tests = PaymentTests(home, world.truth_folder)
    found = {rule for (rule,) in tests.con.execute("select distinct rule_id from fct_claim_test where result = 'fail' union select distinct rule_id from fct_contract_test where result = 'fail'").fetchall()}
    # Nobody says which plans a level counts, and these providers neither hurry at the end of a month nor bill releases that never came.
    assert RULES - UNTESTABLE - found <= {"R09", "R17", "R50", "R51", "R52"}
