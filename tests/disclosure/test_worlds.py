"""A reader of published files alone, on ten invented nations: by linear programmes, with the edition before and every change between them, and with
what other nations taught a classifier. And the same reader where figures are protected otherwise: there it must succeed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.publishing import disclosure
from orchestration.publishing.printed import World
from tests.disclosure.attacker import COUNTS, Attack, Block, Cell, Told, across, column, of_place, told, within_four

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
RELEASES, WORLDS, LATER = 700, range(101, 111), 60
DRAWN = 300
STATUS, WORK, RECALL, PAID = ("M50", "M51", "M52_rough", "M52_other"), ("M61", "M61_ft", "M62"), ("M70", "M70_returned", "M71", "M71_returned"), ("P06", "P07", "P08", "P09")
PLACES = [("nation", "EW"), ("region", "N03"), ("region", "N01"), ("prison", "CCI"), ("pdu", "PDU4"), ("provider", "birch"), ("contract", "birch-1")]
KINDS = ("region", "prison", "pdu")


def exact(warehouse: Path) -> dict[tuple[str, str], dict[Cell, int]]:
    """What is so, by kind of place and place."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute(
            f"""select geography_kind, geography_id, measure_id, characteristic, characteristic_value, period_grain,
                year(period_start) * 12 + month(period_start) - 1, {", ".join(COUNTS)} from measures.fct_measure_result"""
        ).fetchall()
    found: dict[tuple[str, str], dict[Cell, int]] = {}
    for kind, place, measure, characteristic, value, grain, first, *numbers in rows:
        of = found.setdefault((kind, place), {})
        of |= {(column(measure, name), characteristic, value, grain, first): n for name, n in zip(COUNTS, numbers, strict=True) if n is not None}
    return found


def blocks(said: Told) -> list[tuple[str, str, Block]]:
    """Everything the reader looks at together: (kind, place, '' for all places of a kind; block)."""
    found = [(kind, place, of_place(said, measures, kind, place)) for kind, place in PLACES for measures in (STATUS, WORK, RECALL)]
    found += [(kind, place, of_place(said, PAID, kind, place)) for kind, place in PLACES if kind in ("nation", "provider", "contract")]
    return found + [(kind, "", across(said, measures, kind)) for kind in KINDS for measures in (STATUS[:2], RECALL[2:], WORK[:1])]


def truth(so: dict[tuple[str, str], dict[Cell, int]], kind: str, place: str, cell: Cell) -> int:
    """What is so of a cell of a block."""
    if place or cell[1] == "all":
        return so[(kind, place) if place else ("nation", "EW")].get(cell, 0)
    return so.get((kind, cell[2]), {}).get((cell[0], "all", "all", *cell[3:]), 0)


def left(said: Told, so: dict, drawn: int, seed: int, known=None, **how) -> list[tuple[int, int, int]]:
    """(least, exact, most) of small counts, about as many as are `drawn`. `known(kind, place, cell)`: bounds of a count by anything else."""
    chance, found = np.random.default_rng(seed), []
    all_blocks = blocks(said)
    each = -(-drawn // (len(all_blocks) - 6))
    for kind, place, block in all_blocks:
        of_block = Attack(block)
        small = [cell for cell in of_block.at if cell[2] != "" and 1 <= truth(so, kind, place, cell) <= 4]
        if known or how:
            of_block = Attack(block, known=None if known is None else {cell: known(kind, place, cell) for cell in of_block.at if cell[2] != ""}, **how)
        # A count of the nation takes fifty times as long as another.
        for number in chance.permutation(len(small))[: each if kind != "nation" else each // 6].tolist():
            n = truth(so, kind, place, small[number])
            least, most = of_block.values_left(small[number])
            assert least <= n <= most, f"the attack rules out what is so: {small[number]}"
            found.append((least, n, most))
    return found


@pytest.fixture(scope="module")
def worlds(nations) -> list[Path]:
    return [nations.made(f"world-{seed}", RELEASES, seed) for seed in WORLDS]


def test_no_small_count_of_ten_nations_comes_down_to_three_values_or_fewer(nations, worlds):
    fewest = []
    for seed, world in enumerate(worlds):
        found = left(told(nations.published(world)), exact(world), DRAWN, seed)
        fewest.append(min(most - least + 1 for least, _, most in found))
        print(f"world {seed}: {len(found)} small counts, the fewest values left {fewest[-1]}")
        assert len(found) >= 0.9 * DRAWN
    assert min(fewest) > 3


def only_hidden(n: int | None) -> tuple[int, int]:
    """What is known of a count where 1 to 4 are hidden and all others printed as they are."""
    return (1, 4) if n in (1, 2, 3, 4) else (n or 0, n or 0)


def test_where_only_one_to_four_are_hidden_the_same_reader_finds_a_thousand_exactly(nations, worlds):
    so = exact(worlds[0])
    said = told(worlds[0].parent / "edition")
    counts = {where: {cell: n for cell, n in of.items() if cell in said.counts.get(where, {}) or 1 <= n} for where, of in so.items()}
    hidden = Told(counts, said.holds, said.sums, said.grid, said.months, said.values, said.places)
    by_solver = left(hidden, so, DRAWN, 0, between=only_hidden)
    assert sum(least == most for least, _, most in by_solver) > 0.3 * len(by_solver)
    grid, n, _ = on_grid(worlds[0])
    small = (n >= 1) & (n <= 4) & ~grid.is_open
    low, high = disclosure.audit(*(np.where(small, end, n) if not end_open else np.where(grid.is_open, disclosure.NO_BOUND, np.where(small, 4, n)) for end, end_open in ((1, False), (4, True))), grid.sums())
    exactly = np.count_nonzero(small & (low == high))
    print(f"hidden: {exactly} of {np.count_nonzero(small)} exactly by intervals; by solver {sum(a == b for a, _, b in by_solver)} of {len(by_solver)}")
    assert exactly >= 1_000


def test_without_the_cap_the_same_reader_finds_counts_with_three_values_or_fewer(worlds):
    few = {True: 0, False: 0}
    for world in worlds:
        grid, n, protected = on_grid(world)
        for is_capped in few:
            printed = protected(is_capped)
            low, high = disclosure.audit(*disclosure.bounds(printed, grid.is_open, 5), grid.sums())
            few[is_capped] += np.count_nonzero((n >= 1) & (n <= 4) & (high - low < 3) & ~grid.is_open)
    print(f"three values or fewer, before anything is left empty: {few[False]} without the cap, {few[True]} with it")
    assert few[False] >= 1 and few[False] > few[True]


def on_grid(world: Path):
    """The grid of a nation, its exact counts, and what makes printed ones of them, with the cap or without."""
    with duckdb.connect(str(world), read_only=True) as con:
        made = World.read(con)
        grid, n, ranks, _ = made.on_grid(con)
        remainders = made.remainders(con, 5)

    def protected(is_capped: bool) -> np.ndarray:
        return disclosure.protect(n, ranks, remainders, grid.holds() if is_capped else [], 5)

    return grid, n, protected


def test_two_editions_with_every_change_known_tell_no_more_than_the_newer_one(nations):
    worse, three, counts = [], 0, 0
    for seed in (201, 202):
        before, after = (nations.made(f"edition-{seed}-{n}", RELEASES + n, seed) for n in (0, LATER))
        was, now = exact(before), exact(after)
        first, second = told(nations.published(before)), told(nations.published(after))

        def came(kind: str, place: str, cell: Cell, was=was, now=now) -> int:
            return truth(now, kind, place, cell) - truth(was, kind, place, cell)

        def newer(kind: str, place: str, cell: Cell, came=came) -> tuple[int, float]:
            """Whoever knows who came in knows that they are counted."""
            return max(0, came(kind, place, cell)), np.inf

        def both(kind: str, place: str, cell: Cell, came=came, first=first) -> tuple[int, float]:
            """And that the others were there before, as the edition before has them."""
            of = cell if place or cell[1] == "all" else (cell[0], "all", "all", *cell[3:])
            where = (kind, place) if place else ("nation", "EW") if cell[1] == "all" else (kind, cell[2])
            least, most = within_four(first.counts.get(where, {}).get(of))
            return max(0, came(kind, place, cell) + max(least, 0)), came(kind, place, cell) + most

        one, two = (left(second, now, 700, seed, known) for known in (newer, both))
        assert [n for _, n, _ in one] == [n for _, n, _ in two]
        counts += len(one)
        for (a, n, b), (c, _, d) in zip(one, two, strict=True):
            if d - c < 2 and d - c < b - a:
                worse.append((n, b - a + 1, d - c + 1))
            three += d - c == 2 and b - a > 2
    print(f"two editions: {counts} small counts, {len(worse)} more with two values or fewer, {three} more with three")
    assert counts > 1_000 and not worse and three <= 0.001 * counts


# The reader who learns

KEY = ["measure_id", "period_grain", "period_start", "geography_kind", "geography_id", "characteristic", "characteristic_value"]


def samples(world: Path, nearest: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(samples x features, exact counts) of every count that prints 0 or 5: what is printed of it and around it. `nearest`: as if all counts were
    printed by the nearest multiple of 5."""
    with duckdb.connect(str(world), read_only=True) as con:
        so = con.execute(
            f"""select {", ".join(KEY)}, {", ".join(COUNTS)} from measures.fct_measure_result
            semi join seeds.published_grid using (characteristic, geography_kind, period_grain)"""
        ).df().fillna({name: 0 for name in COUNTS})  # fmt: skip
        shown = con.execute(f"select {', '.join(KEY)}, {', '.join(COUNTS)} from measures.fct_measure_result_protected").df()
    if nearest:
        shown = so.assign(**{name: (so[name] + 2) // 5 * 5 for name in COUNTS})
    rows = so[KEY].merge(shown, "left", KEY).fillna({name: 0 for name in COUNTS})
    own = rows[[*COUNTS]].to_numpy(float)
    every = {"geography_id": "EW", "geography_kind": "nation"}
    around = [own]
    for moved in (every, {"characteristic": "all", "characteristic_value": "all"}, every | {"characteristic": "all", "characteristic_value": "all"}):
        beside = rows[KEY].assign(**moved).merge(shown, "left", KEY)[[*COUNTS]].fillna(0)
        around.append(beside.to_numpy(float))
    start = rows["period_start"].dt.to_period("M") if hasattr(rows["period_start"], "dt") else None
    month = start.dt.month.to_numpy() if start is not None else np.zeros(len(rows))
    first_of_year = (start - (month + 8) % 12).dt.to_timestamp()
    year = rows[KEY].assign(period_grain="year", period_start=first_of_year).merge(shown.assign(period_start=shown["period_start"].astype("datetime64[us]")), "left", KEY)
    around.append(year[[*COUNTS]].fillna(0).to_numpy(float))
    codes = rows[["measure_id", "period_grain", "geography_kind", "characteristic"]].apply(lambda one: one.astype("category").cat.codes).to_numpy(float)
    # What parts of the same whole print together, beside the whole.
    together = shown.groupby([one for one in KEY if one != "characteristic_value"])[[*COUNTS]].sum().reset_index()
    around.append(rows[KEY].merge(together, "left", [one for one in KEY if one != "characteristic_value"])[[*COUNTS]].fillna(0).to_numpy(float))
    features, exactly = [], []
    for number, name in enumerate(COUNTS):
        told_of = np.column_stack([own[:, number], *around, codes, np.full(len(rows), number)])
        # None too: what prints 0 or 5 does not say that there is anybody.
        kept = np.isin(own[:, number], (0, 5))
        features.append(told_of[kept])
        exactly.append(so[name].to_numpy()[kept])
    return np.concatenate(features), np.concatenate(exactly).astype(int)


def sure_and_right(worlds: list[Path], nearest: bool, trained: int = 150_000) -> tuple[float, int]:
    """Of the small counts of one nation, the share of which a classifier trained on ten others is sure (0.9) and right; and how many there are."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    chance = np.random.default_rng(1)
    learned = [samples(world, nearest) for world in worlds[1:]]
    features, exactly = (np.concatenate(parts) for parts in zip(*learned, strict=True))
    drawn = chance.choice(len(exactly), min(trained, len(exactly)), replace=False)
    # On a busy machine its threads wait for each other far longer than they work.
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(max_iter=80, random_state=1).fit(features[drawn], exactly[drawn])
    asked, so = samples(worlds[0], nearest)
    small = (so >= 1) & (so <= 4)
    chances = model.predict_proba(asked[small])
    best = chances.argmax(axis=1)
    is_right = (model.classes_[best] == so[small]) & (chances[np.arange(len(best)), best] >= 0.9)
    return float(is_right.mean()), int(small.sum())


def test_a_classifier_trained_on_ten_other_nations_is_hardly_ever_sure_and_right(nations, worlds):
    eleven = [nations.made("world-new", RELEASES, 300), *worlds]
    share, counts = sure_and_right(eleven, nearest=False)
    control, _ = sure_and_right(eleven, nearest=True)
    print(f"classifier: sure and right in {share:.3%} of {counts} small counts; {control:.3%} where counts are printed by the nearest multiple of 5")
    assert counts > 10_000 and share <= 0.005
    assert control > 0.001 and control > 10 * share, "a reader who learns nothing anywhere shows nothing"
