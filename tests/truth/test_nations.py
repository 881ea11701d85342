"""Large nations, past days, and deliveries in other shapes and orders: always the truth."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.truth.claims import ClaimComparison
from tests.truth.comparing import COMPARED, Comparison
from tests.truth.conftest import refreshed
from tests.truth.linkage import GROUPS, WAYS, pairs
from worlds.nation import build_nation
from worlds.nation.claims import claim_truth
from worlds.nation.truth import work_out_truth, write_truth
from worlds.nation.world import FULL_DAY, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

WEEKS = tuple(FULL_DAY + timedelta(days=7 * week) for week in range(1, 14))
# Twenty days: most of them deliveries, some between two.
PAST_DAYS = sorted({FULL_DAY, *WEEKS, *(day + timedelta(days=3) for day in WEEKS[:6])})


def _differences(world: World, home: Path, truth: Path) -> dict[str, list[tuple[object, ...]]]:
    """What is not true, by table; empty when all is."""
    comparison = Comparison(world.out, home, truth)
    found = {table: comparison.differences(table)[:20] for table in COMPARED}
    found["fct_release_excluded"] = comparison.excluded_differences()[:20]
    claims = ClaimComparison(comparison, home, truth)
    found["fct_claim"] = claims.differences()[:20]
    assert comparison.unmatched() == 0
    if world.releases >= 20_000:  # in a small nation the few people that every nation has are a larger share
        assert comparison.share_set_aside() <= 0.02
        assert claims.share_set_aside() <= 0.06
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_twenty_thousand_releases_are_true(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "landing", seed=seed, releases=20_000)
    build_nation(world)
    assert _differences(world, refreshed(world.out, tmp_path / "home"), world.truth_folder) == {}
    found = pairs(tmp_path / "home", world.truth_folder)
    print(*(f"{way}, {group}: {one}" for (way, group), one in found.items()), sep="\n")
    everyone, numbered, others = (found["product", group] for group in GROUPS)
    assert everyone.precision >= 0.997 and everyone.recall >= 0.975
    assert numbered.precision >= 0.998 and numbered.recall >= 0.99
    assert others.records > 20 and others.precision >= 0.99
    assert all(everyone.recall > found[way, "all"].recall for way in WAYS if way != "product")


def test_what_was_known_on_twenty_days_is_what_was_true_then(tmp_path: Path) -> None:
    world = World(tmp_path / "landing", seed=21, releases=500, change_days=WEEKS, second_full_day=date(2024, 6, 11))
    build_nation(world)
    assert len(PAST_DAYS) == 20
    wrong = {}
    for day in PAST_DAYS:
        work_out_truth(world, day)
        claim_truth(world, day)
        write_truth(world, tmp_path / f"truth-{day}")
        refreshed(world.out, tmp_path / "home", day)
        wrong[day] = _differences(world, tmp_path / "home", tmp_path / f"truth-{day}")
    assert {day: tables for day, tables in wrong.items() if tables} == {}


def test_one_full_delivery_says_the_same_as_a_full_one_and_its_changes(tmp_path: Path) -> None:
    many, one = (
        World(tmp_path / name / "landing", seed=31, releases=500, in_one=in_one) for name, in_one in (("many", False), ("one", True))
    )
    build_nation(many)
    build_nation(one)
    assert _differences(many, refreshed(many.out, tmp_path / "many" / "home"), many.truth_folder) == {}
    assert _differences(one, refreshed(one.out, tmp_path / "one" / "home"), many.truth_folder) == {}


def test_the_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    """The changes arrive first, the last of them before the others, and the full delivery that they change comes last."""
    world = World(tmp_path / "landing", seed=41, releases=300)
    build_nation(world)
    arriving = tmp_path / "arriving"
    for days in ({"2024-06-30"}, {"2024-06-15", "2024-04-30"}, {"2024-05-31", "2024-03-31"}):
        for delivery in sorted(world.out.glob("*/*")):
            if delivery.name in days:
                shutil.copytree(delivery, arriving / delivery.relative_to(world.out))
        refreshed(arriving, tmp_path / "home")
    assert _differences(world, tmp_path / "home", world.truth_folder) == {}
