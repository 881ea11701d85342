"""Counting by matrix against counting one release at a time, in small random worlds."""

import itertools
import random
import statistics
from collections import defaultdict

import duckdb
import numpy as np
import pytest
from scipy import sparse

from orchestration.warehouse import counting

TABLES = {
    "int_measure_membership": "member_no integer, cohort varchar, person_id varchar, month_number integer, release_id varchar",
    "int_measure_group": "group_id integer, split_no integer, finest integer, printed_grains integer",
    "int_measure_member": "member_no integer, group_id integer, split_no integer, month_number integer",
    "int_measure_period": "period_no integer, coarseness integer, month_number integer, grain_bit integer",
    "int_measure_unit": "measure_no integer, category_no integer, split_no integer, member_no integer, in_numerator boolean, "
    "in_denominator boolean, is_unknown boolean, is_not_yet_due boolean, is_out_of_scope boolean, is_stale boolean, days double",
    "int_measure_record_key": "release_id varchar, key_rank integer",
}
COLUMNS = [
    "measure_no", "category_no", "group_id", "period_no", "numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale",
    "median_days", "pairs", "numerators_in_pairs", "pairs_of_numerators", "numerator_key", "denominator_key", "unknown_key",
    "not_yet_due_key", "out_of_scope_key", "stale_key",
]  # fmt: skip
FIRST, MONTHS = 24279, 26  # the month number of an April, and how many months the periods cover
# Measure, category, split and cohort: all groups, the total and a split of its own with categories, and another cohort.
SLOTS = [(1, 0, 1, "b"), (2, 0, 0, "b"), (2, 3, 7, "b"), (2, 4, 7, "b"), (3, 0, 7, "b"), (5, 0, 1, "a"), (9, 0, 1, "b")]


def random_world(seed: int) -> dict[str, list[tuple]]:
    pick, other = random.Random(seed), random.Random(-1 - seed)
    membership = [
        (number, "a" if number <= 10 else "b", f"person {pick.randrange(12)}", FIRST + pick.randrange(MONTHS + 2), f"release {number}")
        for number in range(1, 41)
    ]
    group = [(number, split, finest, other.choice((0, 1, 5, 12, 31))) for number, (split, finest) in enumerate(itertools.product((0, 1, 7), (1, 2, 3)), start=3)]
    member = [
        (number, group_id, split, month - (month + 9) % 12 if finest == 3 else month)
        for number, _, _, month, _ in membership
        for group_id, split, finest, _ in group
        if pick.random() < 0.6
    ]
    spans = [
        (coarseness, range(start, start + length), bit)
        for bit, (coarseness, length, step) in zip((1, 2, 4, 8, 16), ((1, 1, 1), (2, 3, 3), (3, 12, 12), (1, 3, 1), (2, 12, 1)), strict=True)
        for start in range(FIRST, FIRST + MONTHS, step)
    ]
    period = [
        (number, coarseness, month, bit)
        for number, (coarseness, span, bit) in enumerate(spans, start=1)
        for month in span
        if month < FIRST + MONTHS
    ]
    unit = [
        (measure, category, split, number, *(pick.random() < 0.5 for _ in range(6)), pick.randrange(9) * 0.5 if measure == 3 else None)
        for measure, category, split, cohort in SLOTS
        for number, of, *_ in membership
        if of == cohort and pick.random() < 0.8
    ]
    ranks = list(range(len(membership)))
    other.shuffle(ranks)
    record_key = [(row[-1], rank) for row, rank in zip(membership, ranks, strict=True)]
    return dict(zip(TABLES, (membership, group, member, period, unit, record_key), strict=True))


def by_matrix(world: dict[str, list[tuple]]) -> list[tuple]:
    with duckdb.connect() as con:
        con.execute("create schema measures")
        for table, columns in TABLES.items():
            con.execute(f"create table measures.{table} ({columns})")
            if world[table]:
                con.executemany(f"insert into measures.{table} values ({', '.join('?' * (columns.count(',') + 1))})", world[table])
        made = counting.measure_count(con)
        con.register("made", made)
        types = con.execute("select column_name, column_type from (describe select * from made)").fetchall()
        assert types == [(column, "DOUBLE" if column == "median_days" else "INTEGER") for column in COLUMNS]
        return sorted(con.execute("select * from made").fetchall())


def by_hand(world: dict[str, list[tuple]]) -> list[tuple]:
    membership, group, member, period, unit, record_key = world.values()
    finest = {group_id: grain for group_id, _, grain, _ in group}
    grains = {group_id: bits for group_id, *_, bits in group}
    bit_of = {period_no: bit for period_no, *_, bit in period}
    ranks = dict(record_key)
    rank = {number: ranks.get(release) for number, *_, release in membership}
    groups, periods, place = defaultdict(list), defaultdict(set), defaultdict(list)
    for number, group_id, split, month in member:
        groups[number].append((group_id, split, month))
    for period_no, coarseness, month, _ in period:
        periods[month].add((period_no, coarseness))
    for measure, category, own_split, number, *flags, days in unit:
        for group_id, split, month in groups[number]:
            for period_no, coarseness in periods[month]:
                if coarseness >= finest[group_id] and (split == own_split or (split == 0 and category == 0)):
                    place[measure, category, group_id, period_no].append((number, flags, days))
    of = {number: (cohort, person, month) for number, cohort, person, month, _ in membership}
    rows = []

    def least(key, n, counted):
        """The smallest rank among those counted, where the place is printed."""
        found = [rank[number] for number, flags, _ in counted if flags[n] and rank[number] is not None]
        return min(found, default=None) if grains[key[2]] & bit_of[key[3]] else None

    for key, counted in place.items():
        dated = [days for _, (_, in_denominator, *_), days in counted if in_denominator and days is not None]
        pairs = [
            one[0] + other[0]
            for (first, one, _), (second, other, _) in itertools.combinations(counted, 2)
            if of[first][:2] == of[second][:2] and abs(of[first][2] - of[second][2]) <= 11 and one[1] and other[1]
        ]
        sums = (sum(flags[n] for _, flags, _ in counted) for n in range(6))
        rows.append((*key, *sums, statistics.median(dated) if dated else None, len(pairs), sum(pairs), pairs.count(2),
                     *(least(key, n, counted) for n in range(6))))  # fmt: skip
    return sorted(rows)


@pytest.mark.parametrize("seed", range(12))
def test_matrices_count_what_is_counted_one_by_one(seed):
    world = random_world(seed)
    expected = by_hand(world)
    assert by_matrix(world) == expected
    assert any(row[10] is not None for row in expected) and any(row[13] for row in expected)
    assert any(row[14] is not None for row in expected) and any(row[4] and row[14] is None for row in expected)


def test_a_cell_may_hold_more_releases_than_the_smallest_number_can_count():
    nought = np.zeros(300, int)
    cells = counting.Cells(300, np.arange(300), nought, nought, sparse.csr_array([[1, 1]]), np.array([3]), np.array([1, 2]), np.ones((1, 2), bool))
    assert counting.counts(cells, np.ones((300, 1), np.int32)).tolist() == [[300], [300]]


@pytest.mark.parametrize("absent", [*TABLES, "all", "pairs", "days"])
def test_what_is_absent_is_not_counted_and_stops_nothing(absent):
    world = random_world(3)
    if absent in TABLES:
        world[absent] = []
    elif absent == "all":
        world = dict.fromkeys(TABLES, [])
    elif absent == "pairs":
        world["int_measure_membership"] = [(n, cohort, f"person {n}", month, release) for n, cohort, _, month, release in world["int_measure_membership"]]
    else:
        world["int_measure_unit"] = [(*row[:-1], None) for row in world["int_measure_unit"]]
    expected = by_hand(world) if absent != "int_measure_membership" and absent != "int_measure_group" else []
    assert by_matrix(world) == expected
    assert bool(expected) == (absent in ("pairs", "days", "int_measure_record_key"))


def test_members_of_a_cohort_must_follow_one_another():
    world = random_world(4)
    world["int_measure_membership"] = world["int_measure_membership"][:-2] + world["int_measure_membership"][-1:]
    with pytest.raises(ValueError, match="numbered"):
        by_matrix(world)
