"""How many releases each measure counts in every group and period: sums over a table of members by measures, as sparse matrices.

A member is a release in a cohort, a slot a measure and category, a cell a group and month, a place of a figure a group and period.
What SQL says in three queries, each joining every member's groups with every slot's members and then with the periods:

- counts: releases of a slot in a group, by each of FLAGS, summed over the months of the period;
- pairs: two releases of one person in one group, at most eleven months apart, both in the denominator, in every period that holds
  both months; they are what makes a cohort clustered, and add up over months as releases do;
- median: of the days of the releases of a slot in the denominator, in every group and period;
- keys: in the periods that protected figures are printed for, the smallest record key among the releases of each count, by its rank:
  what the count is rounded by, since the same releases have the same one (definition: disclosure_rounding).

A join that counts is a product of matrices of noughts and ones, and the member's groups are then read once for all slots at a time.
dbt calls this from one model of schema measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import duckdb
import numpy as np
import pyarrow as pa
from scipy import sparse

# In the order of their bits in `packed`.
FLAGS = {
    "numerator": "in_numerator",
    "denominator": "in_denominator",
    "unknown": "is_unknown",
    "not_yet_due": "is_not_yet_due",
    "out_of_scope": "is_out_of_scope",
    "stale": "is_stale",
}
NUMERATOR, DENOMINATOR, COUNTED = 0, 1, len(FLAGS)
# As many as dbt has; each holds the cells it counts.
THREADS = 2
PAIRS = ("pairs", "numerators_in_pairs", "pairs_of_numerators")
KEYS = tuple(f"{flag}_key" for flag in FLAGS)
# Above the rank of any release; and how many ranks are looked at together, so that they stay in the cache of a processor.
NO_KEY = np.iinfo(np.int32).max
TOGETHER = 1 << 21
SCHEMA = pa.schema(
    [(name, pa.int32()) for name in ("measure_no", "category_no", "group_id", "period_no", *FLAGS)]
    + [("median_days", pa.float64())]
    + [(name, pa.int32()) for name in (*PAIRS, *KEYS)]
)

COHORTS = """
select min(member_no) as first_member, max(member_no) as last_member, count(*) as members
from measures.int_measure_membership
group by cohort
order by members desc, first_member
"""
UNITS = f"""
select
    member_no, measure_no, category_no, split_no,
    cast({" + ".join(f"case when {flag} then {1 << bit} else 0 end" for bit, flag in enumerate(FLAGS.values()))} + {1 << COUNTED} as utinyint) as packed
from measures.int_measure_unit
where member_no between ? and ?
"""
DAYS = """
select measure_no, category_no, member_no, days
from measures.int_measure_unit
where member_no between ? and ? and in_denominator and days is not null
"""
MEMBERS = """
select member_no, group_id, month_number
from measures.int_measure_member
where member_no between ? and ? and split_no = ? and month_number between ? and ?
"""
RANKS = """
select membership.member_no, record_key.key_rank
from measures.int_measure_membership as membership
inner join measures.int_measure_record_key as record_key
    on record_key.release_id = membership.release_id
where membership.member_no between ? and ?
"""
TWICE = """
select one.member_no, other.member_no as other_member_no
from measures.int_measure_membership as one
inner join measures.int_measure_membership as other
    on other.cohort = one.cohort
    and other.person_id = one.person_id
    and other.member_no > one.member_no
    and other.month_number - one.month_number between -11 and 11
where one.member_no between ? and ?
"""


@dataclass
class Cells:
    """The `members` of a cohort in the groups of one split and shortest period, with the periods of these groups.

    `member`, `group` and `month` are one entry a member and group, counted from nought; `holds` is a matrix (months x periods) of
    ones where a period holds a month; `group_id` and `period_no` name the groups and periods; `is_printed` is (groups x periods). A place
    is group * periods + period.
    """

    members: int
    member: np.ndarray
    group: np.ndarray
    month: np.ndarray
    holds: sparse.csr_array
    group_id: np.ndarray
    period_no: np.ndarray
    is_printed: np.ndarray

    @property
    def places(self) -> int:
        return len(self.group_id) * len(self.period_no)

    def of(self, members: np.ndarray) -> Cells:
        """Those of some members only; `members` is true at each of them."""
        kept = np.flatnonzero(members[self.member])
        return replace(self, member=self.member[kept], group=self.group[kept], month=self.month[kept])


def columns_of(con: duckdb.DuckDBPyConnection, query: str, given: list[int] | None = None) -> dict[str, np.ndarray]:
    """The columns of what `query` yields. Only an ENUM, which none is here, would come as no array."""
    return cast("dict[str, np.ndarray]", con.execute(query, given).fetchnumpy())


def ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int], number: np.dtype | type = np.int32) -> sparse.coo_array:
    """A matrix with a one at each (row, column)."""
    return sparse.coo_array((np.ones(len(rows), number), (rows, columns)), shape=shape)


def distinct(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns that differ, as one matrix, and for each column given which of them it is.

    `columns` is (columns x rows), small numbers; the matrix is (rows x columns that differ), int32. Measures of one domain and day
    have the same denominator, unknowns and so on, so that about half of the work falls away.
    """
    seen: dict[bytes, int] = {}
    which = np.array([seen.setdefault(column.tobytes(), len(seen)) for column in columns], np.intp)
    first = np.unique(which, return_index=True)[1]
    return np.ascontiguousarray(columns[first].T, np.int32), which


def in_places(cells: Cells, group: np.ndarray, holds: sparse.csr_array, columns: np.ndarray, count: int) -> sparse.coo_array:
    """A matrix (places x `count`) of ones: entry n puts one in column n of `columns` at its group, in every period of row n of
    `holds`."""
    periods = np.diff(holds.indptr)
    rows = np.repeat(group * len(cells.period_no), periods) + holds.indices
    return ones(rows, np.repeat(columns, periods), (cells.places, count))


def counts(cells: Cells, flags: np.ndarray) -> np.ndarray:
    """How many members with each flag every place has: (places x flags) from (members x flags)."""
    groups, (months, _) = len(cells.group_id), cells.holds.shape
    cell = cells.group * months + cells.month
    # The narrowest numbers that hold the fullest cell: this product is most of the work, and its time goes with their size.
    narrow = np.min_scalar_type(np.bincount(cell).max(initial=0))
    by_cell = ones(cell, cells.member, (groups * months, len(flags)), narrow) @ flags.astype(narrow)
    cells_of_places = sparse.kron(sparse.eye_array(groups, dtype=np.int32), cells.holds.T, format="csr")
    return cells_of_places @ by_cell.astype(np.int32)


def pair_counts(cells: Cells, one: np.ndarray, other: np.ndarray, flags: np.ndarray) -> np.ndarray:
    """The same for pairs of members: (places x flags) from (pairs x flags). A place has a pair where both members are in the group
    and both months in the period."""
    paired = np.zeros(cells.members, bool)
    paired[np.concatenate([one, other])] = True
    cells = cells.of(paired)
    # Months from one on, so that no month is a nought, which a sparse matrix leaves out.
    month = sparse.coo_array((cells.month + 1, (cells.member, cells.group)), shape=(len(paired), len(cells.group_id))).tocsr()
    first, second = month[one], month[other]
    together = first.multiply(second.astype(bool)).tocoo()
    second = second.multiply(first.astype(bool)).tocoo()
    holds = cells.holds[together.data - 1].multiply(cells.holds[second.data - 1]).tocsr()
    return in_places(cells, together.col, holds, together.row, len(one)) @ flags


def medians(cells: Cells, days: np.ndarray) -> np.ndarray:
    """The median days of the members of every place (length: places), NaN where there is none; `days` of a member may be NaN."""
    cells = cells.of(~np.isnan(days))
    order = np.argsort(days, kind="stable")
    rank = np.empty(len(days), np.intp)
    rank[order] = np.arange(len(days))
    # Entries from the fewest days to the most stay so within the rows of the matrix.
    turn = np.argsort(rank[cells.member], kind="stable")
    ranked = in_places(cells, cells.group[turn], cells.holds[cells.month[turn]], rank[cells.member[turn]], len(days)).tocsr()
    number = np.diff(ranked.indptr)
    some = number > 0
    lower, upper = (days[order[ranked.indices[(ranked.indptr[:-1] + middle)[some]]]] for middle in ((number - 1) // 2, number // 2))
    median = np.full(cells.places, np.nan)
    median[some] = lower + (upper - lower) / 2
    return median


def smallest(cells: Cells, ranks: np.ndarray) -> np.ndarray:
    """The smallest rank of every place that is printed, NO_KEY where there is none: (places x flags) from (members x flags), whose ranks are
    NO_KEY where a member does not have a flag. int32."""
    groups, (months, _), flags = len(cells.group_id), cells.holds.shape, ranks.shape[1]
    least = np.full((groups, len(cells.period_no), flags), NO_KEY, np.int32)
    wanted = np.asarray(cells.is_printed.any(axis=1))
    kept = np.flatnonzero(wanted[cells.group])
    by_cell = ones(cells.group[kept] * months + cells.month[kept], cells.member[kept], (groups * months, cells.members), np.int8).tocsr()
    # The months of a period follow one another.
    spans = [(int(held.min()), int(held.max()) + 1) for held in np.split(cells.holds.tocsc().indices, cells.holds.tocsc().indptr[1:-1])]
    start = 0
    while start < groups:
        # As many groups as have so many entries, at least one.
        end = int(np.searchsorted(by_cell.indptr[::months], by_cell.indptr[start * months] + TOGETHER // flags, side="right")) - 1
        end = min(max(end, start + 1), groups)
        pointer = by_cell.indptr[start * months : end * months + 1]
        filled = np.flatnonzero(np.diff(pointer))
        found = np.full(((end - start) * months, flags), NO_KEY, np.int32)
        if len(filled):
            entries = by_cell.indices[pointer[0] : pointer[-1]]
            found[filled] = np.minimum.reduceat(ranks[entries], pointer[filled] - pointer[0], axis=0)
        found = found.reshape(end - start, months, flags)
        for period, (first, last) in enumerate(spans):
            printed = cells.is_printed[start:end, period]
            if printed.any():
                least[start:end, period][printed] = found[printed, first:last].min(axis=1)
        start = end
    return least.reshape(-1, flags)


@dataclass
class Cohort:
    """What is counted of the members of one cohort, numbered from nought.

    `slot` has one row (measure_no, category_no, split_no) a slot; `packed` is (slots x members), the flags of a unit as bits, the
    bit COUNTED of all units, 0 without a unit; `days` has the days of a slot's members in the denominator, NaN without, for slots
    that have any; `one` and `other` are the pairs of members; `rank` is that of each member's record key.
    """

    slot: np.ndarray
    packed: np.ndarray
    days: dict[int, np.ndarray]
    one: np.ndarray
    other: np.ndarray
    rank: np.ndarray

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection, first: int, last: int) -> Cohort:
        unit = columns_of(con, UNITS, [first, last])
        # From a slot's two numbers to its split, then to its row.
        split = np.full([unit[name].max(initial=0) + 1 for name in ("measure_no", "category_no")], -1, np.int32)
        split[unit["measure_no"], unit["category_no"]] = unit["split_no"]
        numbers = np.nonzero(split >= 0)
        slot = np.stack([*numbers, split[numbers]], axis=1).astype(np.int32)
        row = np.zeros(split.shape, np.intp)
        row[numbers] = np.arange(len(slot))
        packed = np.zeros((len(slot), last - first + 1), np.uint8)
        packed[row[unit["measure_no"], unit["category_no"]], unit["member_no"] - first] = unit["packed"]
        dated = columns_of(con, DAYS, [first, last])
        dated_slot = row[dated["measure_no"], dated["category_no"]]
        days = {}
        for which in np.unique(dated_slot).tolist():
            of_slot = dated_slot == which
            days[which] = np.full(last - first + 1, np.nan)
            days[which][dated["member_no"][of_slot] - first] = dated["days"][of_slot]
        twice = columns_of(con, TWICE, [first, last])
        ranked = columns_of(con, RANKS, [first, last])
        rank = np.full(last - first + 1, NO_KEY, np.int32)
        rank[ranked["member_no"] - first] = ranked["key_rank"]
        return cls(slot, packed, days, twice["member_no"] - first, twice["other_member_no"] - first, rank)

    def slots_of(self, split: int) -> np.ndarray:
        """Rows of the slots that are printed for the groups of a split."""
        return np.flatnonzero((self.slot[:, 2] == split) | ((split == 0) & (self.slot[:, 1] == 0)))


def counter(cohort: Cohort, split: int) -> Callable[[Cells], list[pa.Table]]:
    """What counts the slots of one cohort and split: from a block of cells to the rows of each slot there."""
    slots = cohort.slots_of(split)
    packed = cohort.packed[slots]
    flags, flag_of = distinct(np.concatenate([packed >> bit & 1 for bit in range(COUNTED + 1)]))
    flag_of = flag_of.reshape(COUNTED + 1, len(slots))
    ranks = np.where(flags != 0, cohort.rank[:, None], NO_KEY)
    one, other = packed[:, cohort.one], packed[:, cohort.other]
    both = (one & other) >> DENOMINATOR & 1
    numerators = both * ((one >> NUMERATOR & 1) + (other >> NUMERATOR & 1))
    pairs, pair_of = distinct(np.concatenate([both, numerators, numerators >> 1]))
    pair_of = pair_of.reshape(len(PAIRS), len(slots))

    def counted(cells: Cells) -> list[pa.Table]:
        flagged = np.ascontiguousarray(counts(cells, flags).T)
        paired = np.ascontiguousarray(pair_counts(cells, cohort.one, cohort.other, pairs).T)
        least = np.ascontiguousarray(smallest(cells, ranks).T)
        tables = []
        for row, slot in enumerate(slots.tolist()):
            found = np.flatnonzero(flagged[flag_of[COUNTED, row]])
            group, period = np.divmod(found, len(cells.period_no))
            days = cohort.days.get(slot)
            median = np.full(len(found), np.nan) if days is None else medians(cells, days)[found]
            columns = {
                "measure_no": np.full(len(found), cohort.slot[slot, 0]),
                "category_no": np.full(len(found), cohort.slot[slot, 1]),
                "group_id": cells.group_id[group],
                "period_no": cells.period_no[period],
                **{name: flagged[flag_of[bit, row]][found] for bit, name in enumerate(FLAGS)},
                "median_days": pa.array(median, mask=np.isnan(median)),
                **{name: paired[pair_of[bit, row]][found] for bit, name in enumerate(PAIRS)},
                **{name: _known(least[flag_of[bit, row]][found]) for bit, name in enumerate(KEYS)},
            }
            tables.append(pa.table(columns))
        return tables

    return counted


def measure_count(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table measures.int_measure_count, from the tables int_measure_* before it in the warehouse that `con` is connected to.

    Columns: measure_no, category_no, group_id, period_no, those of FLAGS, PAIRS and KEYS, int32, and median_days, float64. A row is
    where a measure counts a release at all; a key is null where its count is 0 or not on the grid.
    """
    group = columns_of(con, "select group_id, split_no, finest, printed_grains from measures.int_measure_group")
    finest, grains = np.zeros((2, group["group_id"].max(initial=0) + 1), np.int32)
    finest[group["group_id"]], grains[group["group_id"]] = group["finest"], group["printed_grains"]
    period = columns_of(con, "select period_no, month_number, coarseness, grain_bit from measures.int_measure_period")
    # The next cells are read while these are counted; numpy and scipy leave the other threads alone meanwhile. The largest cohort
    # is read first and counted last, so that the others are counted while it is read.
    with ThreadPoolExecutor(THREADS) as pool:
        blocks = []
        cohorts = [(first, last, pool.submit(Cohort.read, con.cursor(), first, last)) for first, last in _cohorts(con)]
        for first, last, read in reversed(cohorts):
            cohort = read.result()
            for split in np.unique(group["split_no"]).tolist():
                if len(cohort.slots_of(split)):
                    counted = counter(cohort, split)
                    blocks += [pool.submit(counted, cells) for cells in _blocks(con, first, last, split, finest, grains, period)]
        return pa.concat_tables([SCHEMA.empty_table(), *(table for block in blocks for table in block.result())])


def _known(ranks: np.ndarray) -> pa.Array:
    """Ranks with a null where there is none."""
    return pa.array(ranks, mask=ranks == NO_KEY)


def _cohorts(con: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """First and last member of each cohort, the largest cohort first. Raises ValueError if a number between them is missing."""
    cohorts = con.execute(COHORTS).fetchall()
    for first, last, members in cohorts:
        if members != last - first + 1:
            raise ValueError(f"members {first} to {last} of a cohort are not numbered one after the other")
    return [(first, last) for first, last, _ in cohorts]


def _blocks(
    con: duckdb.DuckDBPyConnection, first: int, last: int, split: int, finest: np.ndarray, grains: np.ndarray, period: dict[str, np.ndarray]
) -> Iterator[Cells]:
    """The cells of members `first` to `last` in the groups of a split, by the shortest period of the group."""
    months = period["month_number"]
    start, end = (int(months.min()), int(months.max())) if len(months) else (0, -1)
    member = columns_of(con, MEMBERS, [first, last, split, start, end])
    grain = finest[member["group_id"]]
    for shortest in np.flatnonzero(np.bincount(grain)).tolist():
        of_grain = np.flatnonzero(grain == shortest)
        printed = period["coarseness"] >= shortest
        period_no, at, column = np.unique(period["period_no"][printed], return_index=True, return_inverse=True)
        holds = ones(months[printed] - start, column, (end - start + 1, len(period_no))).tocsr()
        group_id, group = _numbered(member["group_id"][of_grain])
        is_printed = np.asarray(grains[group_id][:, None] & period["grain_bit"][printed][at], bool)
        yield Cells(
            last - first + 1, member["member_no"][of_grain] - first, group, member["month_number"][of_grain] - start,
            holds, group_id, period_no, is_printed,
        )  # fmt: skip


def _numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ids there are, in order, and for each one given its place among them; like np.unique, without its sort."""
    known = np.zeros(ids.max(initial=-1) + 1, bool)
    known[ids] = True
    return np.flatnonzero(known).astype(np.int32), (np.cumsum(known) - 1)[ids]
