"""What is printed of the counts in the warehouse: they are put on the grid, protected, audited and mended (disclosure.py), and come back as
rows. dbt calls this from models of schema measures and nobody else does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import cast

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.publishing import disclosure, rates
from orchestration.publishing.grid import TOTAL, Block, Columns, Grid, Periods
from orchestration.publishing.rates import COUNTS, Limits

THRESHOLDS = {
    "rounding_base": "base", "protected_rate_min": "rate_min", "protected_low_reliability": "low_reliability", "rounding_allowance": "allowance",
    "recovered_values_max": "most_values", "money_people_min": "money_people_min", "money_share_max": "money_share_max", "confidence_z": "z",
}  # fmt: skip
MEASURES = """
select
    registered.measure_no, registered.measure_id, registered.kind, registered.unit, registered.direction, registered.split_by,
    measure.cohort, measure.domain, measure.day, measure.clock, part.measure_no as part_of, base.measure_no as adds_up_to
from measures.int_measure_registered as registered
inner join seeds.measures as measure on measure.measure_id = registered.measure_id
left join measures.int_measure_registered as part on part.measure_id = measure.part_of
left join measures.int_measure_registered as base on base.measure_id = measure.adds_up_to
order by registered.measure_no
"""
PERIODS = """
select period_no, period_grain, first_month, last_month
from measures.int_measure_period
group by period_no, period_grain, first_month, last_month
order by period_no
"""
ROWS = f"""
select count.measure_no, count.category_no, count.group_id, count.period_no, {", ".join(f"count.{name}" for name in COUNTS)},
    {", ".join(f"coalesce(count.{name}_key, 0) as {name}_key" for name in COUNTS)}, count.median_days
from measures.int_measure_count as count
inner join measures.int_measure_group as measure_group on measure_group.group_id = count.group_id
inner join (select distinct period_no, grain_bit from measures.int_measure_period) as period on period.period_no = count.period_no
where measure_group.printed_grains & period.grain_bit <> 0
"""
# A contract of several providers in turn lies in none of them.
WITHIN = """
select contract_id, min(provider) from marts.dim_contract where provider is not null group by contract_id having count(distinct provider) = 1
"""
GROUPS = """
select group_id, geography_kind, geography_id, characteristic, characteristic_value
from measures.int_measure_group
where printed_grains > 0
order by group_id
"""
# Who is counted in money is the person; a claim of nobody known stands for itself. Counts leave reversed claims and reversals out, sums
# keep both (definition: claim_reversal).
MONEY = """
with claimed as (
    select
        provider, domain, date_trunc('quarter', task_date) as period_start,
        coalesce(person_id, source || '|' || claim_id) as unit,
        not is_reversal and not is_reversed as is_counted,
        is_paid, outcome_cell,
        case when is_reversal then -abs(amount) else amount end as amount,
        paid_amount
    from marts.fct_claim
    where provider is not null and domain is not null and task_date is not null
)
select
    provider, domain, cast(period_start as date) as period_start, unit,
    count(*) filter (where is_counted) as claims,
    bool_or(is_counted) as claimed,
    bool_or(is_counted and is_paid) as paid,
    coalesce(bool_or(is_counted and outcome_cell = 'achieved'), false) as achieved,
    coalesce(bool_or(is_counted and outcome_cell = 'not_achieved'), false) as not_achieved,
    coalesce(bool_or(is_counted and outcome_cell = 'unknown'), false) as unknown,
    coalesce(bool_or(is_counted and outcome_cell = 'not_yet_due'), false) as not_yet_due,
    coalesce(bool_or(is_counted and outcome_cell = 'out_of_scope'), false) as out_of_scope,
    cast(coalesce(sum(amount), 0) * 100 as bigint) as pence_claimed,
    cast(coalesce(sum(paid_amount), 0) * 100 as bigint) as pence_paid
from claimed
group by all
order by all
"""
PEOPLE = ("claimed", "paid", "achieved", "not_achieved", "unknown", "not_yet_due", "out_of_scope")
EFFECTS = "select measure_id, period_grain, design_effect from measures.int_measure_design_effect"
COMPOSITION = "composition"
# Splits of recalls: a place has one group for each, whose values are the categories found.
SPLIT_BY_NATURE = ("recall_type", "recall_reason")
FIGURES = ("value", "lower", "upper", "value_all_in", "value_if_unknown_all_good", "value_if_unknown_all_bad")
SCHEMA = pa.schema(
    [(name, pa.int32()) for name in ("measure_no", "category_no", "group_id", "period_no", *COUNTS)]
    + [(name, pa.float64()) for name in FIGURES]
    + [(name, pa.bool_()) for name in ("is_hidden", "is_thin", "is_recovered")]
)


class DisclosureError(Exception):
    """The tables cannot be printed safely. The text says why and what to do; it names no count."""


def measure_record_key(con: duckdb.DuckDBPyConnection, identity_key: bytes) -> pa.Table:
    """The table measures.int_measure_record_key. Columns: release_id, record_key (uint64), key_rank (int32, from 0 on)."""
    ids = [release_id for (release_id,) in con.execute("select release_id from marts.fct_release order by release_id").fetchall()]
    keys = disclosure.record_keys(disclosure.disclosure_key(identity_key), ids)
    rank = np.empty(len(keys), np.int32)
    rank[np.argsort(keys, kind="stable")] = np.arange(len(keys), dtype=np.int32)
    return pa.table({"release_id": pa.array(ids, pa.string()), "record_key": keys, "key_rank": rank})


def limits_in_force(con: duckdb.DuckDBPyConnection) -> Limits:
    """The thresholds of disclosure control as of the day of the edition. Raises DisclosureError where one is missing."""
    held = con.execute(
        """select threshold, value from seeds.threshold
        where (select as_of from landing.run) between valid_from and coalesce(valid_to, date '9999-12-31')"""
    ).fetchall()
    found = {THRESHOLDS[name]: float(value) for name, value in held if name in THRESHOLDS}
    if missing := sorted(name for name, field in THRESHOLDS.items() if field not in found):
        raise DisclosureError(f"seeds/threshold.csv has no {', '.join(missing)} in force: add the rows")
    shares = {"money_share_max", "z"}
    return Limits(**{field: value if field in shares else int(value) for field, value in found.items()})  # type: ignore[arg-type]


def measure_printed(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table measures.int_measure_printed: a row where any printed count is above 0 or left empty.

    Columns: measure_no, category_no, group_id, period_no and COUNTS, int32, empty where `mend` left them so (numerator also where the
    measure has none); value, lower, upper, value_all_in, value_if_unknown_all_good, value_if_unknown_all_bad, float64; is_hidden (a count or
    the figure is left empty), is_thin (low reliability), is_recovered (a count of the row can be found all the same), bool.
    """
    limits = limits_in_force(con)
    world = World.read(con)
    grid, exact, ranks, stands_for = world.on_grid(con)
    shown = disclosure.protect(exact, ranks, world.remainders(con, limits.base), grid.holds(), limits.base)
    mended = disclosure.mend(shown, grid.is_open, grid.sums(), limits.base, limits.most_values)
    is_left = np.zeros(grid.size, bool)
    is_left[mended.left] = True
    return world.rows(con, grid, stands_for, shown, mended.is_blank, is_left, limits)


@dataclass
class World:
    """What there is to print of: measures and groups (columns of the tables), categories by number, periods in their order, and the rest as
    Grid takes it. `at`: by number of a group, its place and value among those of its kind and characteristic."""

    measures: dict[str, np.ndarray]
    group: dict[str, np.ndarray]
    category: dict[int, str]
    period_no: np.ndarray
    periods: Periods
    printed: list[tuple[str, str, str]]
    places: dict[str, tuple[str, ...]]
    values: dict[str, tuple[str, ...]]
    within: dict[tuple[str, str], tuple[str, str]]

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection) -> World:
        group = _columns(con, GROUPS)
        listed = con.execute("select category_no, split_by, category from measures.int_measure_listed order by category_no").fetchall()
        span = _columns(con, PERIODS)
        values = _distinct(group["characteristic"], group["characteristic_value"])
        # Recalls split by their own nature: the values are the categories.
        values |= {split: tuple(category for _, of, category in listed if of == split) for _, split, _ in listed}
        return cls(
            _columns(con, MEASURES),
            group,
            {number: category for number, _, category in listed},
            span["period_no"],
            Periods(span["period_grain"], span["first_month"], span["last_month"]),
            con.execute("select characteristic, geography_kind, period_grain from seeds.published_grid").fetchall(),
            _distinct(group["geography_kind"], group["geography_id"]),
            values,
            {("contract", contract): ("provider", provider) for contract, provider in con.execute(WITHIN).fetchall()},
        )

    def on_grid(self, con: duckdb.DuckDBPyConnection) -> tuple[Grid, np.ndarray, np.ndarray, dict[str, dict[str, str]]]:
        """The grid, the exact count of each of its cells and the rank of its key, and by characteristic the column that stands for each."""
        counted = self.counted(con)
        columns, stands_for = self.columns(counted)
        grid = Grid(self.printed, columns, self.periods, self.places, self.values, self.within)
        exact, ranks = np.zeros((2, grid.size), np.int32)
        for name, block in grid.blocks.items():
            n, key = counted[name]
            at = {column: row for row, column in enumerate(self.names_of(name[0]))}
            rows = [row for row, column in enumerate(block.columns) if column not in columns.unprinted]
            cells, taken = block.cells[rows, : n.shape[1]], [at[block.columns[row]] for row in rows]
            exact[cells], ranks[cells] = n[taken], key[taken]
        return grid, exact, ranks, stands_for

    def measures_of(self, characteristic: str) -> np.ndarray:
        """Which measures (their rows) are printed by a characteristic."""
        split, kind = self.measures["split_by"], self.measures["kind"]
        if characteristic == TOTAL:
            return np.arange(len(split))
        own = split == characteristic
        return np.flatnonzero(own if own.any() else (split == "") & (kind != COMPOSITION))

    def names_of(self, characteristic: str) -> tuple[str, ...]:
        """The columns of a characteristic: every count of its measures."""
        return tuple(column(number, count) for count in COUNTS for number in self.measures["measure_no"][self.measures_of(characteristic)])

    def remainders(self, con: duckdb.DuckDBPyConnection, base: int) -> np.ndarray:
        """Of the record key of every rank, what is left of it modulo `base`."""
        keys = _columns(con, "select record_key from measures.int_measure_record_key order by key_rank")["record_key"]
        return (keys % np.uint64(base)).astype(np.int32)

    def counted(self, con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
        """By block of the grid, its exact counts and their keys: (columns x places x values x periods) each, nought where there is no row."""
        grid = Grid(self.printed, Columns({one: self.names_of(one) for one in self.values}), self.periods, self.places, self.values)
        found = {}
        for name, rows in self._by_block(_columns(con, ROWS), grid).items():
            block = grid.blocks[name]
            of_block, where = self._where(rows, block)
            # Without the place of those that have none, which has no rows.
            shape = (len(block.columns), len(self.places[block.kind]), *block.cells.shape[2:])
            n, key = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
            measures = len(block.columns) // len(COUNTS)
            for number, count in enumerate(COUNTS):
                n[(where[0] + number * measures, *where[1:])] = rows[count][of_block]
                key[(where[0] + number * measures, *where[1:])] = rows[f"{count}_key"][of_block]
            found[name] = (n, key)
        return found

    def _by_block(self, rows: dict[str, np.ndarray], grid: Grid) -> dict[tuple[str, str], dict[str, np.ndarray]]:
        """The rows of each block of the grid, in their order."""
        group, names = self.group, list(grid.blocks)
        of_group = np.full(int(max(group["group_id"].max(initial=0), rows["group_id"].max(initial=0))) + 1, len(names), np.uint8)
        for number, (characteristic, kind) in enumerate(names):
            of_group[group["group_id"][(group["characteristic"] == characteristic) & (group["geography_kind"] == kind)]] = number
        of_row = of_group[rows["group_id"]]
        order = np.argsort(of_row, kind="stable")
        ends = np.searchsorted(of_row[order], np.arange(len(names) + 1))
        sorted_rows = {name: values[order] for name, values in rows.items()}
        return {name: {one: values[ends[n] : ends[n + 1]] for one, values in sorted_rows.items()} for n, name in enumerate(names)}

    def _where(self, rows: dict[str, np.ndarray], block: Block) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Which rows lie in a block, and at which measure, place, value and period of it."""
        group = self.group
        mine = np.flatnonzero((group["characteristic"] == block.characteristic) & (group["geography_kind"] == block.kind))
        place, value = (_lookup(rows["group_id"], group["group_id"]) for _ in range(2))
        period, measure = _lookup(rows["period_no"], self.period_no), _lookup(rows["measure_no"], self.measures["measure_no"])
        place[group["group_id"][mine]] = np.searchsorted(self.places[block.kind], group["geography_id"][mine])
        value[group["group_id"][mine]] = 0
        if block.characteristic not in SPLIT_BY_NATURE:
            value[group["group_id"][mine]] = np.searchsorted(block.values, group["characteristic_value"][mine])
        period[self.period_no[block.periods]] = np.arange(len(block.periods))
        numbers = self.measures["measure_no"][self.measures_of(block.characteristic)]
        measure[numbers] = np.arange(len(numbers))
        of_block = np.flatnonzero((place[rows["group_id"]] >= 0) & (period[rows["period_no"]] >= 0) & (measure[rows["measure_no"]] >= 0))
        taken = {name: rows[name][of_block] for name in ("group_id", "period_no", "measure_no", "category_no")}
        values = value[taken["group_id"]]
        if block.characteristic in SPLIT_BY_NATURE:
            category = np.zeros(max(self.category, default=0) + 1, np.intp)
            for number, name in self.category.items():
                category[number] = block.values.index(name) if name in block.values else 0
            values = category[taken["category_no"]]
        return of_block, (measure[taken["measure_no"]], place[taken["group_id"]], values, period[taken["period_no"]])

    def columns(self, counted: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]]) -> tuple[Columns, dict[str, dict[str, str]]]:
        """What is known of the columns, where one stands for all that count the same releases everywhere; and which one that is, by
        characteristic and column."""
        names = {one: self.names_of(one) for one in self.values}
        alike = {one: self._signatures(one, counted) for one in self.values}
        stands_for: dict[str, dict[str, str]] = {}
        for characteristic in self.values:
            first: dict[tuple[bytes, bytes], str] = {}
            stands_for[characteristic] = {
                name: first.setdefault((alike[characteristic][name], alike[TOTAL][name]), name) for name in names[characteristic]
            }
        holds: list[tuple[str, str]] = []
        sums: list[tuple[str, tuple[str, ...]]] = []
        unprinted: list[tuple[str, int, int]] = []
        measures = [dict(zip(self.measures, row, strict=True)) for row in zip(*self.measures.values(), strict=True)]
        for one in measures:
            number = one["measure_no"]
            holds += [(column(number, count), column(number, "denominator")) for count in ("numerator", "stale")]
            if one["part_of"] >= 0:
                whole, rest = column(one["part_of"], "numerator"), f"{one['part_of']} without {number}"
                holds.append((column(number, "numerator"), whole))
                sums.append((whole, (column(number, "numerator"), rest)))
                unprinted.append((rest, number, one["part_of"]))
        for base in sorted({one["adds_up_to"] for one in measures if one["adds_up_to"] >= 0}):
            parts = tuple(column(one["measure_no"], "numerator") for one in measures if one["adds_up_to"] == base)
            sums.append((column(base, "denominator"), parts))
        holds += _longer_windows(measures)
        of = {
            one: (
                *dict.fromkeys(stands_for[one].values()),
                *(rest for rest, *both in unprinted if set(both) <= set(self.measures["measure_no"][self.measures_of(one)])),
            )
            for one in self.values
        }
        is_summed = {
            one: frozenset(stands_for[one][name] for name in names[one] if name.endswith(" numerator"))
            for one in SPLIT_BY_NATURE
            if one in self.values
        }
        made = Columns(of, tuple(holds), tuple(sums), frozenset(rest for rest, *_ in unprinted), is_summed, stands_for)
        return made, stands_for

    def _signatures(self, characteristic: str, counted: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]]) -> dict[str, bytes]:
        """By column, a hash of its counts and keys in every block of a characteristic."""
        hashes = [hashlib.blake2b(digest_size=16) for _ in self.names_of(characteristic)]
        for name, (n, key) in counted.items():
            if name[0] == characteristic:
                for row, made in enumerate(hashes):
                    made.update(n[row].tobytes())
                    made.update(key[row].tobytes())
        return {column: made.digest() for column, made in zip(self.names_of(characteristic), hashes, strict=True)}

    def rows(
        self,
        con: duckdb.DuckDBPyConnection,
        grid: Grid,
        stands_for: Mapping[str, Mapping[str, str]],
        shown: np.ndarray,
        is_blank: np.ndarray,
        is_left: np.ndarray,
        limits: Limits,
    ) -> pa.Table:
        """The table of `measure_printed`."""
        effects = {(measure, grain): effect for measure, grain, effect in con.execute(EFFECTS).fetchall()}
        days = self._by_block(_columns(con, f"select * from ({ROWS}) where median_days is not null"), grid)
        category = {name: number for number, name in self.category.items()}
        tables = [SCHEMA.empty_table()]
        for (characteristic, kind), block in grid.blocks.items():
            groups, dated = self._groups(block), days[characteristic, kind]
            of_block, where = self._where(dated, block)
            for measure in self.measures_of(characteristic).tolist():
                one = {name: column_[measure] for name, column_ in self.measures.items()}
                at = [block.columns.index(stands_for[characteristic][column(one["measure_no"], count)]) for count in COUNTS]
                cells = block.cells[at, : len(self.places[block.kind])]
                is_there = ((shown[cells] > 0) | is_blank[cells]).any(axis=0)
                place, value, period = np.nonzero(is_there)
                if not len(place):
                    continue
                cells = cells[:, is_there]
                counts = dict(zip(COUNTS, np.where(is_blank[cells], np.nan, shown[cells]), strict=True))
                if one["unit"] != "share":
                    counts["numerator"] = np.full(len(place), np.nan)
                median = np.full(is_there.shape, np.nan)
                if one["unit"] != "share":
                    mine = dated["measure_no"][of_block] == one["measure_no"]
                    median[tuple(axis[mine] for axis in where[1:])] = dated["median_days"][of_block][mine]
                effect = np.array([effects.get((one["measure_id"], grain), 1.0) for grain in self.periods.grain[block.periods]])
                number = len(place)
                made = rates.beside_counts(
                    counts, np.full(number, one["unit"] == "share"), np.full(number, one["direction"]), effect[period], median[is_there], limits,
                )  # fmt: skip
                categories = np.zeros(number, np.int32)
                if characteristic in SPLIT_BY_NATURE:
                    categories = np.array([category[name] for name in block.values], np.int32)[value]
                tables.append(pa.table(
                    {
                        "measure_no": np.full(number, one["measure_no"], np.int32),
                        "category_no": categories,
                        "group_id": groups[place, value].astype(np.int32),
                        "period_no": self.period_no[block.periods][period].astype(np.int32),
                        **{name: pa.array(counted, pa.int32(), from_pandas=True) for name, counted in counts.items()},
                        **{name: pa.array(getattr(made, name), from_pandas=True) for name in FIGURES},
                        "is_hidden": made.is_hidden,
                        "is_thin": made.is_thin,
                        "is_recovered": is_left[cells].any(axis=0),
                    },
                    schema=SCHEMA,
                ))  # fmt: skip
        return pa.concat_tables(tables)

    def _groups(self, block: Block) -> np.ndarray:
        """The number of the group of each place and value of a block."""
        group = self.group
        mine = (group["characteristic"] == block.characteristic) & (group["geography_kind"] == block.kind)
        found = np.zeros((len(self.places[block.kind]), len(block.values)), np.int64)
        place = np.searchsorted(self.places[block.kind], group["geography_id"][mine])
        if block.characteristic in SPLIT_BY_NATURE:
            found[place] = group["group_id"][mine][:, None]
        else:
            found[place, np.searchsorted(block.values, group["characteristic_value"][mine])] = group["group_id"][mine]
        return found


def money_printed(con: duckdb.DuckDBPyConnection, identity_key: bytes) -> pa.Table:
    """The table measures.int_money_printed: what is printed of claims and payments by provider, domain and quarter of the task
    (definition: disclosure_money); a row where any printed number of people is above 0.

    Columns: provider, domain, period_start, PEOPLE and claims (int32), amount_claimed, amount_paid (decimal(18, 2), pounds); claims and
    amounts are empty where they are not printed.
    """
    limits = limits_in_force(con)
    rows = con.execute(MONEY).to_arrow_table()
    cells, cell = np.unique(
        np.array([f"{provider}\0{domain}\0{start}" for provider, domain, start in zip(*(rows[name].to_pylist() for name in ("provider", "domain", "period_start")), strict=True)], str),
        return_inverse=True,
    )  # fmt: skip
    keys = disclosure.record_keys(disclosure.disclosure_key(identity_key), rows["unit"].to_pylist())
    exact: dict[str, np.ndarray] = {}
    printed: dict[str, np.ndarray] = {}
    for name in PEOPLE:
        is_so = rows[name].to_numpy(zero_copy_only=False).astype(bool)
        exact[name] = np.bincount(cell[is_so], minlength=len(cells)).astype(np.int64)
        least = np.full(len(cells), np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(least, cell[is_so], keys[is_so])
        printed[name] = np.minimum(disclosure.rounded(exact[name], least % np.uint64(limits.base), limits.base), printed.get("claimed", disclosure.NO_BOUND))
    number = np.zeros(len(cells), np.int64)
    np.add.at(number, cell, rows["claims"].to_numpy())
    made: dict[str, pa.Array] = {}
    for who, amount in (("claimed", "pence_claimed"), ("paid", "pence_paid")):
        pence, largest = np.zeros((2, len(cells)), np.int64)
        np.add.at(pence, cell, rows[amount].to_numpy())
        np.maximum.at(largest, cell, rows[amount].to_numpy())
        is_hidden = rates.is_money_hidden(printed[who], pence, largest, limits)
        pounds = rates.amounts(pence, exact[who], printed[who])
        made[f"amount_{who}"] = pa.array(np.where(is_hidden, 0, pounds), pa.int64(), mask=is_hidden).cast(pa.decimal128(21, 2)).cast(pa.decimal128(18, 2))
    is_few = printed["claimed"] < limits.money_people_min
    number = rates.claims(number, exact["claimed"], printed["claimed"], limits.base)
    there = pa.array(np.any([printed[name] > 0 for name in PEOPLE], axis=0))
    named = [one.split("\0") for one in cells.tolist()]
    return pa.table({
        "provider": pa.array([one[0] for one in named], pa.string()),
        "domain": pa.array([one[1] for one in named], pa.string()),
        "period_start": pa.array([date.fromisoformat(one[2]) for one in named], pa.date32()),
        **{name: pa.array(printed[name], pa.int32()) for name in PEOPLE},
        "claims": pa.array(number, pa.int32(), mask=is_few),
        **made,
    }).filter(there)  # fmt: skip


def column(measure_no: int, count: str) -> str:
    """The name of a count of a measure on the grid."""
    return f"{measure_no} {count}"


def _longer_windows(measures: list[dict[str, object]]) -> list[tuple[str, str]]:
    """Of the recall measures that differ in their days only, the denominator of a longer window in that of the next shorter one: who has
    been out long enough for it has been for the other."""
    families: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    for one in measures:
        if one["kind"] == "recall_within" and not one["split_by"]:
            family = (one["cohort"], one["domain"], one["clock"])
            families.setdefault(family, []).append((cast("int", one["day"]), cast("int", one["measure_no"])))
    return [
        (column(longer, "denominator"), column(shorter, "denominator"))
        for family in families.values()
        for (_, shorter), (_, longer) in pairwise(sorted(family))
    ]


def _distinct(of: np.ndarray, names: np.ndarray) -> dict[str, tuple[str, ...]]:
    """By each of `of` the names that come with it, in order."""
    return {one: tuple(np.unique(names[of == one]).tolist()) for one in np.unique(of).tolist()}


def _lookup(*numbers: np.ndarray) -> np.ndarray:
    """A table from all these numbers, which are 0 or more, to places, -1 so far."""
    return np.full(max(int(some.max(initial=0)) for some in numbers) + 1, -1, np.intp)


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, np.ndarray]:
    """The columns of what `query` yields; a text that is null is '', a number -1, a fraction NaN."""
    found = {}
    for name, values in cast("dict[str, np.ndarray]", con.execute(query).fetchnumpy()).items():
        empty = np.ma.getmaskarray(values)
        plain = np.ma.getdata(values)
        if plain.dtype == object:
            plain = np.where(empty, "", plain).astype(str)
        elif empty.any():
            plain = np.where(empty, np.nan if plain.dtype.kind == "f" else -1, plain)
        found[name] = plain
    return found
