"""One refresh of a thousand invented releases gives back what is true of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.worlds.nation.world import World
from tests.truth.comparing import COMPARED, Comparison
from tests.truth.linkage import pairs


@pytest.fixture(scope="module")
def comparison(small_nation: World, small_home: Path) -> Comparison:
    return Comparison(small_nation.out, small_home, small_nation.truth_folder)


@pytest.mark.parametrize("table", sorted(COMPARED))
def test_every_row_is_true(comparison: Comparison, table: str) -> None:
    assert comparison.differences(table) == []


def test_every_movement_that_is_no_release_has_its_true_reason(comparison: Comparison) -> None:
    assert comparison.excluded_differences() == []


def test_every_release_can_be_walked_back_to_a_delivered_movement(comparison: Comparison) -> None:
    assert comparison.unmatched() == 0


def test_records_of_one_person_are_joined_and_hardly_any_others(small_nation: World, small_home: Path) -> None:
    found = pairs(small_home, small_nation.truth_folder)
    everyone = found["product", "all"]
    assert everyone.precision >= 0.997 and everyone.recall >= 0.975
    assert everyone.recall > found["number and agreement", "all"].recall > found["name and birth date", "all"].recall


def test_few_need_probabilistic_linkage(comparison: Comparison) -> None:
    assert 0 < comparison.share_set_aside() <= 0.02
