"""What is printed in place of exact counts: held against the definition, done once more the slow way on worlds small enough for it."""

from __future__ import annotations

import hashlib
import hmac
import math
from itertools import product

import numpy as np
import pytest

from orchestration.publishing import disclosure, rates
from orchestration.publishing.disclosure import Link
from orchestration.publishing.grid import Columns, Grid, Periods
from orchestration.publishing.rates import Limits
from tests.disclosure import cube
from tests.disclosure.cube import Release, World, world

LIMITS = Limits(5, 30, 100, 3, 3, 10, 0.5, 1.959963984540054)
SEEDS = (1, 2, 3)


def naive_key(release_id: str) -> int:
    outer = hmac.new(b"\x07" * 32, b"gatehouse disclosure 1", hashlib.sha256).digest()
    return int.from_bytes(hmac.new(outer, release_id.encode(), hashlib.sha256).digest()[:8], "big")


def naive_rounded(members: frozenset[str]) -> int:
    return (len(members) + min(map(naive_key, members)) % 5) // 5 * 5 if members else 0


def naive_wholes(made: World) -> dict[int, list[int]]:
    """The printed wholes of every cell, itself among them, from their labels alone."""
    columns = {"settled": ["settled", "housed", "known"], "housed": ["housed", "known"], "rough": ["rough", "known"]}

    def values(characteristic: str, value: str) -> list[tuple[str, str]]:
        crossed = list(zip(("sex", "ethnicity"), value.split(", "), strict=False)) if characteristic == "sex_x_ethnicity" else []
        return list({(characteristic, value), ("all", "all"), *crossed})

    def places(kind: str, place: str) -> list[tuple[str, str]]:
        return list({(kind, place), ("nation", "EW"), *([("provider", cube.CONTRACTS[place])] if kind == "contract" else [])})

    spans = cube.spans()
    longer = [[n for n, (first, last) in enumerate(spans) if first <= one and other <= last] for one, other in spans]
    shown = {tuple(labels): cell for cell, *labels in cube.cells(made.grid) if not made.grid.is_open[cell]}
    found = {}
    for (column, characteristic, value, kind, place, period), cell in shown.items():
        wholes = product(columns.get(column, [column]), values(characteristic, value), places(kind, place), longer[period])
        labelled = [(c, *v, *p, t) for c, v, p, t in wholes]
        found[cell] = [shown[one] for one in labelled if one in shown]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_rounded_capped_and_alike_as_the_definition_says(seed):
    made = world(seed, 120)
    wholes = naive_wholes(made)
    expected = {cell: naive_rounded(made.members[cell]) for cell in wholes}
    while True:
        capped = {cell: min(expected[whole] for whole in of) for cell, of in wholes.items()}
        same: dict[tuple, int] = {}
        for cell, number in capped.items():
            if made.members[cell]:
                people = (len(made.members[cell]), min(map(naive_key, made.members[cell])))
                same[people] = min(same.get(people, number), number)
        after = {
            cell: same[len(made.members[cell]), min(map(naive_key, made.members[cell]))] if made.members[cell] else 0 for cell in capped
        }
        if after == expected:
            break
        expected = after
    printed = made.printed()
    assert {cell: int(printed[cell]) for cell in wholes} == expected
    assert len(set(expected.values())) > 5, "a world with hardly a number in it shows nothing"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_is_within_four_and_no_part_is_above_its_whole(seed):
    made = world(seed)
    printed = made.printed()
    shown = ~made.grid.is_open
    assert np.abs(printed - made.n)[shown].max() <= 4
    assert np.all(printed % 5 == 0)
    pairs = 0
    for link in made.grid.holds():
        for whole, parts in link.pieces():
            assert np.all(printed[parts] <= printed[whole][:, None])
            assert np.all(made.n[parts] <= made.n[whole][:, None])
            pairs += parts.size
    assert pairs > 3_000


def test_rounding_is_all_but_unbiased():
    made = [world(seed) for seed in range(10, 18)]
    off = np.concatenate([(one.printed() - one.n)[~one.grid.is_open & (one.n > 0)] for one in made])
    unhindered = np.concatenate([disclosure.rounded(one.n, one.remainders[one.key], 5) - one.n for one in made])
    assert abs(unhindered.mean()) <= 0.1
    # Parts of small wholes are lowered with them, in a world where most wholes are small.
    assert -0.5 <= off.mean() <= 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_people_are_printed_by_one_number_wherever_they_are_counted(seed):
    made = world(seed)
    printed, by_members = made.printed(), {}
    for cell in np.flatnonzero(~made.grid.is_open & (made.n > 0)).tolist():
        by_members.setdefault(made.members[cell], set()).add(int(printed[cell]))
    assert {len(numbers) for numbers in by_members.values()} == {1}
    assert sum(1 for cell in by_members) < np.count_nonzero(made.n[~made.grid.is_open]), "no people are counted in two places"


def test_one_more_person_moves_only_what_they_are_counted_in_or_what_lies_in_that():
    made = world(4)
    one = Release("invented-late", 3, "N3", "P4", ("B1",), "Female", "Asian", frozenset({"rough", "known"}))
    later = World([*made.releases, one])
    moved = np.flatnonzero(made.printed() != later.printed())
    touched = {cell for cell in range(made.grid.size) if made.members[cell] != later.members[cell]}
    wholes = naive_wholes(made)
    shown = [cell for cell in moved.tolist() if not made.grid.is_open[cell]]
    assert shown and set(shown) & touched
    alike = {made.members[cell] for cell in wholes if touched & set(wholes[cell])}
    assert all(touched & set(wholes[cell]) or made.members[cell] in alike for cell in shown)


def test_what_is_done_twice_comes_out_the_same():
    assert np.array_equal(world(5).printed(), world(5).printed())
    other = replace_key(world(5), b"\x08" * 32)
    assert not np.array_equal(world(5).printed(), other)


def replace_key(made: World, identity_key: bytes) -> np.ndarray:
    keys = disclosure.record_keys(disclosure.disclosure_key(identity_key), [one.id for one in made.releases])
    rank = dict(zip((made.releases[n].id for n in np.argsort(keys).tolist()), range(len(keys)), strict=True))
    key = np.array([min((rank[one] for one in some), default=0) for some in made.members], np.int32)
    return disclosure.protect(made.n, key, np.sort(keys) % 5, made.grid.holds(), 5)


def test_a_record_key_is_the_first_eight_bytes_of_the_keyed_hash():
    ids = ["invented-1", "invented-é"]
    assert disclosure.record_keys(cube.KEY, ids).tolist() == [naive_key(one) for one in ids]
    assert cube.KEY.hex() not in disclosure.fingerprint(cube.KEY) and len(disclosure.fingerprint(cube.KEY)) == 16


@pytest.mark.parametrize(("n", "key", "number"), [(0, 4, 0), (1, 3, 0), (1, 4, 5), (4, 0, 0), (4, 1, 5), (5, 4, 5), (6, 4, 10), (17, 2, 15), (17, 3, 20)])
def test_a_count_is_rounded_up_by_its_key(n, key, number):
    assert disclosure.rounded(np.array([n]), np.array([key], np.uint64), 5).tolist() == [number]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_audit_ends_where_every_sum_has_been_used_and_never_loses_the_truth(seed):
    made = world(seed, 150)
    printed, sums = made.printed(), made.grid.sums()
    for link in sums:
        for whole, parts in link.pieces():
            assert np.array_equal(made.n[parts].sum(axis=1), made.n[whole])
    start = disclosure.bounds(printed, made.grid.is_open, 5)
    low, high = disclosure.audit(*start, sums)
    assert np.all(low <= made.n) and np.all(made.n <= high)
    assert np.any(low > start[0]) and np.any(high[~made.grid.is_open] < start[1][~made.grid.is_open])
    for link in sums:
        for wholes, all_parts in link.pieces():
            for whole, parts in zip(wholes.tolist(), all_parts.tolist(), strict=True):
                assert low[whole] >= sum(low[p] for p in parts) and high[whole] <= sum(high[p] for p in parts)
                for part in parts:
                    others = [p for p in parts if p != part]
                    assert high[part] <= max(high[whole] - sum(low[p] for p in others), low[part])
                    assert low[part] >= low[whole] - sum(min(high[p], disclosure.NO_BOUND) for p in others)


def test_a_number_that_gives_a_small_count_away_is_left_empty():
    # One whole of 7, printed 5, with seven parts of 1, printed 5 each: a reader knows of each part that it is 1 to 3.
    printed = np.array([5] * 8, np.int32)
    sums = [Link(np.array([0]), np.array([1]), np.arange(7))]
    is_open = np.zeros(8, bool)
    low, high = disclosure.audit(*disclosure.bounds(printed, is_open, 5), sums)
    assert disclosure.recovered(low, high, 3).tolist() == [1, 2, 3, 4, 5, 6, 7]
    mended = disclosure.mend(printed, is_open, sums, 5, 3)
    assert np.flatnonzero(mended.is_blank).tolist() == [0] and not len(mended.left) and mended.audits == 2


@pytest.mark.parametrize("seed", [3, 7, 10, 30])
def test_what_is_found_anew_beside_an_emptied_number_is_what_would_be_found_from_the_start(seed):
    # Without the cap, so that there is something to mend.
    made = world(seed)
    printed, sums = disclosure.rounded(made.n, made.remainders[made.key], 5), made.grid.sums()
    mended = disclosure.mend(printed, made.grid.is_open, sums, 5, 3)
    assert mended.is_blank.any() and mended.audits > 1
    low, high = disclosure.audit(*disclosure.bounds(printed, made.grid.is_open | mended.is_blank, 5), sums)
    assert disclosure.recovered(low, high, 3).tolist() == mended.left.tolist() == []


def test_an_edition_that_cannot_be_mended_says_which_counts_are_left():
    printed = np.array([5] * 8, np.int32)
    sums = [Link(np.array([0]), np.array([1]), np.arange(7))]
    assert len(disclosure.mend(printed, np.zeros(8, bool), sums, 5, 3, most_mends=0).left) == 7


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_left_to_recover_after_mending(seed):
    made = world(seed)
    printed, mended = made.mended()
    assert not len(mended.left)
    low, high = disclosure.audit(*disclosure.bounds(printed, made.grid.is_open | mended.is_blank, 5), made.grid.sums())
    small = (made.n >= 1) & (made.n <= 4) & ~made.grid.is_open
    assert np.all((high - low + 1)[small] > 3) and np.count_nonzero(small) > 400


def test_without_the_cap_there_is_more_to_recover():
    left = {True: 0, False: 0}
    for seed in range(8):
        made = world(seed)
        for is_capped in left:
            printed = made.printed() if is_capped else disclosure.rounded(made.n, made.remainders[made.key], 5)
            low, high = disclosure.audit(*disclosure.bounds(printed, made.grid.is_open, 5), made.grid.sums())
            shown = ~made.grid.is_open
            left[is_capped] += np.count_nonzero((made.n >= 1) & (made.n <= 4) & (high - low < 4) & shown)
    assert left[False] > left[True]


def rows(**given):
    n = max(len(value) for value in given.values())
    counts = {name: np.full(n, 0.0) for name in rates.COUNTS} | {name: np.array(value, float) for name, value in given.items() if name in rates.COUNTS}
    effect = np.array(given.get("effect", [1.0] * n))
    direction = np.array(given.get("direction", ["good"] * n))
    return rates.beside_counts(counts, np.array(given.get("is_share", [True] * n)), direction, effect, np.array(given.get("days", [math.nan] * n)), LIMITS)


def test_rates_come_from_printed_counts_and_from_nothing_smaller_than_thirty():
    made = rows(numerator=[25, 5, 95, 0, 30, math.nan], denominator=[30, 25, 100, 0, 30, 40], unknown=[10, 0, 5, 5, 0, 5])
    assert made.value[0] == 25 / 30 and np.isnan(made.value[1]) and made.value[2] == 0.95 and np.isnan(made.value[3]) and np.isnan(made.value[5])
    assert made.is_thin.tolist() == [True, False, False, False, True, False]
    assert made.is_hidden.tolist() == [False, True, False, False, False, True]
    assert made.value_all_in[0] == 25 / 40 and made.value_if_unknown_all_good[0] == 35 / 40 and made.value_if_unknown_all_bad[0] == 25 / 40
    assert made.upper[4] == 1.0 and made.lower[4] < 1.0


def test_limits_are_wilson_limits_of_three_fewer_and_three_more():
    z, n, effect = LIMITS.z, 200, 1.6

    def wilson(p, n, sign):
        return (p + z * z / (2 * n) + sign * z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    made = rows(numerator=[50], denominator=[n], effect=[effect])
    assert made.lower[0] == pytest.approx(wilson(47 / n, n / effect, -1), abs=1e-12)
    assert made.upper[0] == pytest.approx(wilson(53 / n, n / effect, 1), abs=1e-12)
    assert rows(numerator=[0], denominator=[30]).lower[0] == 0.0


def test_a_median_is_printed_in_whole_days_of_thirty_or_more():
    made = rows(denominator=[30, 25], numerator=[math.nan] * 2, is_share=[False, False], days=[12.5, 12.5])
    assert made.value[0] == 13 and np.isnan(made.value[1]) and np.isnan(made.lower[0])
    assert made.is_thin.tolist() == [True, False] and made.is_hidden.tolist() == [False, True]


def test_limits_hold_the_exact_rate_and_the_share_behind_it():
    chance = np.random.default_rng(7)
    size, share = chance.integers(30, 1_000, 60_000), chance.uniform(0.02, 0.98, 60_000)
    exact = chance.binomial(size, share)
    key, other = chance.integers(0, 5, len(size)), chance.integers(0, 5, len(size))
    base = disclosure.rounded(size, other, 5)
    numerator = np.minimum(disclosure.rounded(exact, key, 5), base)
    made = rows(numerator=numerator, denominator=base)
    shown = ~np.isnan(made.value)
    holds_rate = ((made.lower <= exact / size) & (exact / size <= made.upper))[shown].mean()
    holds_share = ((made.lower <= share) & (share <= made.upper))[shown].mean()
    assert holds_rate >= 0.99 and holds_share >= 0.95


def test_money_is_by_head_and_to_ten_pounds_and_hidden_where_it_is_of_few_or_of_one():
    pence, people, printed = np.array([123_456, 90_000, 500, -100]), np.array([12, 20, 1, 11]), np.array([10, 20, 5, 15])
    # 1,234.56 / 12 x 10 = 1,028.80; 900 stays.
    assert rates.amounts(pence, people, printed)[:2].tolist() == [1_030, 900]
    assert rates.claims(np.array([31]), np.array([12]), np.array([10]), 5).tolist() == [25]
    largest = np.array([61_728, 45_001, 500, 0])
    assert rates.is_money_hidden(printed, pence, largest, LIMITS).tolist() == [False, True, True, True]


def test_two_worlds_printed_alike_differ_in_no_figure():
    made = [rows(numerator=[50], denominator=[100], unknown=[5], stale=[0]) for _ in range(2)]
    assert all(np.array_equal(getattr(made[0], name), getattr(made[1], name), equal_nan=True) for name in ("value", "lower", "upper"))


@pytest.mark.parametrize("cells", [250_000])
def test_a_nation_is_protected_and_audited_in_seconds(cells):
    import time

    months, regions = 60, 30
    held = [("month", m, m) for m in range(months)] + [("quarter", m, m + 2) for m in range(0, months, 3)] + [("year", m, m + 11) for m in range(0, months, 12)]
    grain, first, last = zip(*held, strict=True)
    names = tuple(f"count {n}" for n in range(cells // 5_500))
    grid = Grid(
        [(c, k, g) for c, k in (("all", "nation"), ("all", "region"), ("sex", "nation"), ("sex", "region")) for g in ("month", "quarter", "year")],
        Columns({"all": names, "sex": names}),
        Periods(np.array(grain), np.array(first), np.array(last)),
        {"nation": ("EW",), "region": tuple(f"N{n}" for n in range(regions))},
        {"all": ("all",), "sex": cube.SEX},
    )
    chance = np.random.default_rng(1)
    n = np.zeros(grid.size, np.int32)
    # From the smallest counts, sex by region and month, upwards.
    block = grid.blocks["sex", "region"]
    is_month = np.array(grain)[block.periods] == "month"
    n[block.cells[..., is_month]] = chance.poisson(2.5, block.cells[..., is_month].shape)
    for link in sorted(grid.sums(), key=lambda link: len(link.steps)):
        for whole, parts in link.pieces():
            n[whole] = np.maximum(n[whole], n[parts].sum(axis=1))
    key, remainders = chance.integers(0, 200_000, grid.size).astype(np.int32), chance.integers(0, 5, 200_000).astype(np.int32)
    began = time.process_time()
    printed = disclosure.protect(n, key, remainders, grid.holds(), 5)
    disclosure.mend(printed, grid.is_open, grid.sums(), 5, 3, most_mends=1)
    assert grid.size >= cells and time.process_time() - began <= 10
