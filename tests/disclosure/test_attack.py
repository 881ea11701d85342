"""What a reader with time and a solver can tell of a small count: nothing better than what is said beside the table. And that the same
reader finds what other ways of protecting leave open."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.publishing import disclosure
from tests.disclosure import cube
from tests.disclosure.attacker import Attack, Block, Cell
from tests.disclosure.cube import World, world


def of_region(made: World, numbers: np.ndarray, region: str) -> tuple[Block, dict[Cell, int]]:
    """What is printed of one region, and what is so."""
    printed: dict[str, dict[Cell, int]] = {"region": {}, "nation": {}}
    exact: dict[Cell, int] = {}
    spans = cube.SPANS
    for number, column, characteristic, value, kind, place, period in cube.cells(made.grid):
        if column in cube.COLUMNS and (kind, place) in (("region", region), ("nation", "EW")):
            grain, first, _ = spans[period]
            # The cube's year is its twelve months; the reader's begins in April.
            cell = (column, characteristic, value, grain, first + 3)
            printed[kind][cell] = int(numbers[number])
            if kind == "region":
                exact[cell] = int(made.n[number])
    grains = {"all": ("month", "quarter", "year"), "sex": ("quarter", "year")}
    values = {"all": ("all",), "sex": cube.SEX}
    sums = [("known", ("housed", "rough"))]
    return Block(printed["region"], cube.COLUMNS, grains, values, range(3, 15), sums, cube.HOLDS, printed["nation"]), exact


def left(made: World, numbers: np.ndarray, **how) -> list[int]:
    """How many values are left to each small count of the largest region."""
    block, exact = of_region(made, numbers, "N1")
    attack = Attack(block, **how)
    found = []
    for cell, n in exact.items():
        if 1 <= n <= 4:
            least, most = attack.values_left(cell)
            assert least <= n <= most, "the attack rules out what is so"
            found.append(most - least + 1)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_comes_down_to_three_values_or_fewer(seed):
    made = world(seed)
    values = left(made, made.printed())
    assert len(values) > 30 and min(values) > 3


def test_where_only_one_to_four_are_hidden_the_same_attack_finds_them():
    exact = 0
    for seed in range(3):
        made = world(seed)

        def between(shown):
            return (1, 4) if shown in (1, 2, 3, 4) else (shown or 0, shown or 0)

        exact += left(made, made.n, between=between).count(1)
    assert exact > 20


def test_without_the_cap_the_same_attack_finds_a_count_with_three_values_or_fewer():
    made = world(10)
    assert min(left(made, disclosure.rounded(made.n, made.remainders[made.key], 5))) <= 3
    assert min(left(made, made.printed())) > 3
