"""Every claim, rule, pound and line of the account in an edition is what a second writing of the payment rules makes of the same deliveries.

Who is who, the releases, statuses and recalls are given to it: they have truths of their own beside this one.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import duckdb
import pytest

from edition.folder import RESTRICTED, current
from tests.truth.conftest import Nation
from tests.truth.payment.comparing import compare, report
from worlds.nation.world import World


def _assert_true(landing: Path, home: Path, least: int) -> None:
    """No row differs, and the truth had something to say of most rules."""
    differ, true = compare(landing, home)
    assert differ == [], f"\n{report(differ)}"
    assert len({rule for _, _, rule in true["claim_test"]}) >= least
    assert {"R51", "R52", "R54", "R55", "R63", "R71"} <= {rule for rule, _ in true["contract_test"]}


def test_a_small_nation_is_audited_as_the_rules_say(small_nation: Nation, small_home: Path) -> None:
    _assert_true(small_nation.out, small_home, 50)


def test_planted_pairs_are_audited_as_the_rules_say(planted_nation: Nation, planted_home: Path) -> None:
    _assert_true(planted_nation.out, planted_home, 55)


def test_what_fails_stands_against_how_many_were_tested(small_home: Path) -> None:
    """The base of each rule comes to the tests of each claim, passes too, and to what is listed."""
    folder = current(small_home).folder / RESTRICTED
    with duckdb.connect() as con:
        con.execute("".join(f"create view {table} as from '{folder / table}.parquet';" for table in ("fct_rule_count", "fct_claim", "fct_claim_test", "fct_contract_test")))
        listed = """select rule_id, count(*) filter (where result = 'fail') as failed, count(*) filter (where result <> 'fail' and reason <> 'not_due') as unknown,
            count(*) filter (where reason = 'not_due') as not_yet_due from {} where rule_id <> 'R72' group by rule_id"""
        based = "select rule_id, sum(failed), sum(unknown), sum(not_yet_due) from fct_rule_count group by rule_id having sum(failed + unknown + not_yet_due) > 0 order by all"
        assert con.execute(based).fetchall() == con.execute(f"{listed.format('fct_claim_test')} union all {listed.format('fct_contract_test')} order by all").fetchall()
        without_claim = "('R50', 'R51', 'R52', 'R54', 'R55', 'R63', 'R64', 'R71')"
        whole = f"select sum(passed + failed + unknown + not_yet_due), sum(passed) from fct_rule_count where rule_id not in {without_claim}"
        assert con.execute(whole).fetchone() == con.execute("select sum(rules_applied), sum(rules_passed) from fct_claim").fetchone()
        # Days of authors that are nothing unusual are in the base of R50.
        assert con.execute("select sum(passed) from fct_rule_count where rule_id = 'R50'").fetchone()[0] > 100


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_twenty_thousand_releases_are_audited_as_the_rules_say(large_nation: tuple[World, Path]) -> None:
    world, home = large_nation
    before = time.process_time()
    _assert_true(world.out, home, 55)
    assert time.process_time() - before < 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4_500_000  # kilobytes, the nation's own making counted
