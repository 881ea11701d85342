"""What is printed says nothing but what the printed counts say: worlds that are printed alike cannot be told apart by a limit, a median or a row."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.publishing.printed import World

COUNTS = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
CELL = ("measure_no", "category_no", "group_id", "period_no")
RELEASES, BASE = 330, 5


def shifted(con: duckdb.DuckDBPyConnection, seed: int) -> int:
    """Put other exact counts in place of those there, of which the same is printed; returns how many counts are others now. Counts of the same
    releases, known by number and key, stay counts of the same releases."""
    chance = np.random.default_rng(seed)
    (last,) = con.execute("select max(key_rank) from measures.int_measure_record_key").fetchone()
    remainder = con.execute(f"select cast(record_key % {BASE} as integer) as k from measures.int_measure_record_key order by key_rank").fetchnumpy()["k"]
    assert len(remainder) == last + 1
    joined = f"measures.int_measure_count as counted left join measures.int_measure_printed as printed using ({', '.join(CELL)})"
    known: dict[tuple[int, int], set[int]] = {}
    for name in COUNTS:
        # A cell without a row prints 0; what a row leaves empty says nothing and is left alone.
        found = con.execute(
            f"""select counted.{name}_key, counted.{name}, case when printed.measure_no is null then 0 else printed.{name} end
            from {joined} where counted.{name} > 0 and counted.{name}_key is not null group by all"""
        ).fetchall()
        for key, n, shown in found:
            known.setdefault((key, n), set()).add(-1 if shown is None else shown)
    of_key: dict[int, list[int]] = {}
    for key, n in sorted(known):
        assert len(known[key, n] - {-1}) <= 1, "the same releases are printed two ways"
        of_key.setdefault(key, []).append(n)
    moved = []
    for key, numbers in of_key.items():
        near = {
            n: [m for m in range(max(1, n - BASE), n + BASE)
                if (m + remainder[key]) // BASE == (n + remainder[key]) // BASE and all(abs(m - shown) < BASE for shown in known[key, n])]
            if -1 not in known[key, n] else [n] for n in numbers
        }  # fmt: skip
        # Each to a number of its own; of some draws the one that moves most.
        draws = [draw for draw in (_draw(near, chance) for _ in range(10)) if draw] or [{n: n for n in numbers}]
        moved += [(key, n, m) for n, m in max(draws, key=lambda draw: sum(n != m for n, m in draw.items())).items() if n != m]
    con.execute("create temp table moved (key integer, was integer, is_now integer)")
    con.executemany("insert into moved values (?, ?, ?)", moved)
    for name in COUNTS:
        con.execute(f"update measures.int_measure_count set {name} = is_now from moved where {name}_key = key and {name} = was")
    # A median is printed half up in whole days.
    con.execute("update measures.int_measure_count set median_days = floor(median_days + 0.5) + (group_id % 9) / 10 - 0.5 where median_days is not null")
    return len(moved)


def _draw(near: dict[int, list[int]], chance: np.random.Generator) -> dict[int, int]:
    """For each number one of those near it, no two the same; empty where it comes to nothing."""
    drawn: dict[int, int] = {}
    for n, some in near.items():
        free = [m for m in some if m not in drawn.values()]
        if not free:
            return {}
        drawn[n] = int(chance.choice([m for m in free if m != n] or free))
    return drawn


def printed(warehouse: Path) -> tuple[list[tuple], list[tuple]]:
    """What is printed of results, and of measures."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute("from measures.fct_measure_result_protected order by all").fetchall(), con.execute("from marts.dim_measure order by all").fetchall()


def apart(one: Path, other: Path, table: str, *columns: str) -> int:
    """In how many rows, which both warehouses have in one order, a table is not the same."""
    tables = []
    for warehouse in (one, other):
        with duckdb.connect(str(warehouse), read_only=True) as con:
            tables.append(con.execute(f"select {', '.join(columns)} from {table} order by all").fetchall())
    return sum(mine != theirs for mine, theirs in zip(*tables, strict=True))


def of_one_person(warehouse: Path) -> dict[int, int]:
    """Two releases of two persons that are counted alike on the first night, as releases of one: number of the second -> person."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        found = con.execute(
            """select release.release_id from marts.fct_release as release
            inner join marts.fct_release_status as held on held.release_id = release.release_id and held.domain = 'accommodation' and held.day = 0
            where held.official_class = 'settled' and release.person_id not in (select person_id from person.int_person_case)
            order by release.release_date limit 2"""
        ).fetchall()
    one, other = (int(name.rsplit("-", 1)[1]) for (name,) in found)
    return {other: one}


def test_worlds_with_the_same_printed_counts_are_printed_alike_to_the_last_limit_median_and_row(nations):
    one = nations.made("one", RELEASES, 1)
    other = shutil.copytree(one.parent, one.parent.with_name("other")) / one.name
    with duckdb.connect(str(other)) as con:
        assert shifted(con, 2) > 1_000
    nations.printed_again(other)
    rows, measures = printed(one)
    assert (rows, measures) == printed(other)
    assert apart(one, other, "measures.int_measure_count", *CELL, *COUNTS) > 20_000, "the two worlds are hardly different"
    assert len(rows) > 20_000 and sum(row[9] is not None for row in rows) > 5_000


@pytest.mark.parametrize(("releases", "seed"), [(60, 12), (RELEASES, 12)])
def test_that_one_person_was_released_twice_moves_nothing_that_is_printed(nations, releases, seed):
    one = nations.made(f"apart-{releases}", releases, seed)
    other = nations.made(f"twice-{releases}", releases, seed, of_one_person(one))
    assert printed(one) == printed(other)
    # Exact limits say it: who sees them can tell the two worlds apart.
    assert apart(one, other, "measures.int_measure_count", *CELL, *COUNTS) == 0
    assert apart(one, other, "measures.fct_measure_result", "measure_id", "period_grain", "period_start", "geography_kind", "geography_id", "characteristic",
                 "characteristic_value", "lower") > 100  # fmt: skip


def test_every_pair_of_part_and_whole_and_every_sum_is_so_of_exact_counts(nations):
    made = nations.made("pairs", RELEASES, 3)
    with duckdb.connect(str(made), read_only=True) as con:
        grid, n, *_ = World.read(con).on_grid(con)
        said = dict(con.execute("select measure_id, part_of from marts.dim_measure where part_of is not null").fetchall())
    assert {"M51": "M50", "M61_ft": "M61"}.items() <= said.items() and all(said[one] == one.removesuffix("_returned") for one in said if one.endswith("_returned"))
    pairs = sums = 0
    for link in grid.holds():
        for whole, parts in link.pieces():
            assert np.all(n[parts] <= n[whole][:, None])
            pairs += np.count_nonzero(n[parts])
    for link in grid.sums():
        for whole, parts in link.pieces():
            # Nothing is counted of a release without a place, or of what no measure counts.
            is_told, adds_up = ~grid.is_open[parts].any(axis=1) & ~grid.is_open[whole], n[parts].sum(axis=1)
            assert np.array_equal(adds_up[is_told], n[whole][is_told]) and np.all(adds_up[~grid.is_open[whole]] <= n[whole][~grid.is_open[whole]])
            sums += np.count_nonzero(n[whole][is_told])
    assert pairs > 100_000 and sums > 10_000
