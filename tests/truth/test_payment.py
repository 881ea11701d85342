"""Every claim, rule, pound and line of the account in an edition is what a second writing of the payment rules makes of the same deliveries.

Who is who, the releases, statuses and recalls are given to it: they have truths of their own beside this one.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from tests.truth.payment.comparing import compare, report
from worlds.nation.world import World


def _assert_true(landing: Path, home: Path, least: int) -> None:
    """No row differs, and the truth had something to say of most rules."""
    differ, true = compare(landing, home)
    assert differ == [], f"\n{report(differ)}"
    assert len({rule for _, _, rule in true["claim_test"]}) >= least
    assert {"R51", "R52", "R54", "R55", "R63", "R71"} <= {rule for rule, _ in true["contract_test"]}


def test_a_small_nation_is_audited_as_the_rules_say(small_nation: World, small_home: Path) -> None:
    _assert_true(small_nation.out, small_home, 50)


def test_planted_pairs_are_audited_as_the_rules_say(planted_nation: World, planted_home: Path) -> None:
    _assert_true(planted_nation.out, planted_home, 55)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_twenty_thousand_releases_are_audited_as_the_rules_say(large_nation: tuple[World, Path]) -> None:
    world, home = large_nation
    before = time.process_time()
    _assert_true(world.out, home, 55)
    assert time.process_time() - before < 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4_500_000  # kilobytes, the nation's own making counted
