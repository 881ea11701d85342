"""The grid of printed counts: every cell that may be printed, what lies in what, and what adds up to what (definition: disclosure_audit)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from orchestration.publishing.disclosure import Link

TOTAL = "all"
NATION = "nation"
# Places of these kinds do not overlap: with the releases that have none they make the nation.
DISJOINT = ("region", "pdu", "prison")
# Of which characteristics another is made; in its values they are joined so.
CROSSED = {"sex_x_ethnicity": ("sex", "ethnicity")}
JOINT = ", "
# Values that overlap, and so make no total.
OVERLAPPING = ("recall_reason",)
# Of which shorter periods a longer one is the sum, the first that is printed; and which longer ones hold a shorter one.
SHORTER = {"quarter": ("month",), "year": ("month", "quarter"), "roll3": ("month",), "roll12": ("month", "quarter")}
LONGER = {"month": ("quarter", "year", "roll3", "roll12"), "quarter": ("year", "roll3", "roll12"), "year": ("roll12",), "roll3": ("year", "roll12")}
# The place of releases that have none.
REST = ""


@dataclass(frozen=True)
class Block:
    """The cells of one characteristic at one kind of place: `cells` is (columns x places x values x periods), a number for each.

    A column is a count of a measure; its name is any text. Where `has_rest` the last place stands for releases without a place of the kind,
    which are not printed. `grains` has the kind of each period, `first_month` and `last_month` its ends.
    """

    characteristic: str
    kind: str
    columns: tuple[str, ...]
    places: tuple[str, ...]
    values: tuple[str, ...]
    periods: np.ndarray
    cells: np.ndarray
    has_rest: bool


@dataclass(frozen=True)
class Columns:
    """What is known of the columns of the grid. `of`: the columns of each characteristic, among them those in `unprinted`. `holds`:
    (part, whole), every release of the part being one of the whole. `sums`: (whole, parts). `is_summed`: by characteristic, the columns
    whose values add up to `all`; absent: all of them. `alias`: by characteristic, the column that stands for one with the same people
    everywhere, which is then not in `of`."""

    of: Mapping[str, tuple[str, ...]]
    holds: tuple[tuple[str, str], ...] = ()
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unprinted: frozenset[str] = frozenset()
    is_summed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    alias: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def name(self, characteristic: str, column: str) -> str:
        """What stands for a column in the blocks of a characteristic."""
        return self.alias.get(characteristic, {}).get(column, column)


@dataclass(frozen=True)
class Periods:
    """Every period: its `grain` and the months it is made of, from `first` to `last` (numbers of months)."""

    grain: np.ndarray
    first: np.ndarray
    last: np.ndarray


class Grid:
    """Every count that may be printed, numbered: what lies in what, and what adds up to what.

    `printed` are the rows of seed published_grid, (characteristic, kind of place, kind of period); `places` the ids of each kind, `values`
    those of each characteristic, `within` the places that lie in one of another kind: (kind, id) -> (kind, id).
    """

    def __init__(
        self,
        printed: Iterable[tuple[str, str, str]],
        columns: Columns,
        periods: Periods,
        places: Mapping[str, Sequence[str]],
        values: Mapping[str, Sequence[str]],
        within: Mapping[tuple[str, str], tuple[str, str]] | None = None,
    ) -> None:
        self.columns, self.periods, self.within = columns, periods, within or {}
        grains: dict[tuple[str, str], set[str]] = {}
        for characteristic, kind, grain in printed:
            grains.setdefault((characteristic, kind), set()).add(grain)
        self.blocks: dict[tuple[str, str], Block] = {}
        size = 0
        for (characteristic, kind), some in sorted(grains.items()):
            if not places.get(kind) or not values.get(characteristic) or not columns.of.get(characteristic):
                continue
            has_rest = kind in DISJOINT
            shown = np.flatnonzero(np.isin(periods.grain, sorted(some)))
            of = (*places[kind], REST) if has_rest else tuple(places[kind])
            shape = (len(columns.of[characteristic]), len(of), len(values[characteristic]), len(shown))
            # As wide as what numpy takes cells by.
            cells = np.arange(size, size + int(np.prod(shape)), dtype=np.intp).reshape(shape)
            block = Block(characteristic, kind, tuple(columns.of[characteristic]), of, tuple(values[characteristic]), shown, cells, has_rest)
            self.blocks[characteristic, kind] = block
            size += cells.size
        self.size = size
        self.is_open = np.zeros(size, bool)
        for block in self.blocks.values():
            if block.has_rest:
                self.is_open[block.cells[:, -1]] = True
            for row, column in enumerate(block.columns):
                if column in columns.unprinted:
                    self.is_open[block.cells[row]] = True

    def sums(self) -> list[Link]:
        """Every equation between counts of the grid (definition: disclosure_audit)."""
        return [link for link in self._linked(is_sum=True) if link.whole.size]

    def holds(self) -> list[Link]:
        """Every printed count with the printed ones that lie in it (definition: disclosure)."""
        return [link for link in (self._printed_only(link) for link in self._linked(is_sum=False)) if link is not None]

    def _printed_only(self, link: Link) -> Link | None:
        # What is not printed bounds nothing; the place without a name is the last of its steps or of its wholes.
        kept = ~self.is_open[link.whole]
        whole, first = link.whole[kept], link.first[kept]
        if not len(whole):
            return None
        steps = link.steps[~np.array([self.is_open[first + step].all() for step in link.steps])]
        return Link(whole, first, steps) if len(steps) else None

    def _linked(self, is_sum: bool) -> Iterator[Link]:
        for block in self.blocks.values():
            yield from self._by_period(block, is_sum)
            yield from self._by_place(block, is_sum)
            yield from self._by_value(block, is_sum)
            yield from self._by_column(block, is_sum)

    def _by_period(self, block: Block, is_sum: bool) -> Iterator[Link]:
        grain, first, last = (of[block.periods] for of in (self.periods.grain, self.periods.first, self.periods.last))
        shown = set(grain.tolist())
        # Those whose parts stand alike and do not overlap are one link: there would be thousands.
        alike: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
        for long in range(len(grain)):
            inside = (first >= first[long]) & (last <= last[long])
            made_of = next((short for short in SHORTER.get(grain[long], ()) if short in shown), "")
            for short in [made_of] if is_sum else [short for short, longer in LONGER.items() if grain[long] in longer]:
                parts = np.flatnonzero(inside & (grain == short))
                if len(parts) and (not is_sum or _make_whole(first, last, parts, long)):
                    steps = (parts - parts[0]).tolist()
                    alike.setdefault((int(parts[0]) % (steps[-1] + 1), *steps), []).append((long, parts))
        for found in alike.values():
            yield Link.of(block.cells[..., [long for long, _ in found]], block.cells[..., np.array([parts for _, parts in found])])

    def _by_place(self, block: Block, is_sum: bool) -> Iterator[Link]:
        nation = self.blocks.get((block.characteristic, NATION))
        if block.kind != NATION and nation is not None and (not is_sum or block.has_rest) and _covers(nation, block):
            yield Link.of(_in_periods(nation.cells[:, 0], nation, block), np.moveaxis(block.cells, 1, -1))
        if is_sum:
            return
        for row, place in enumerate(block.places):
            kind, inside = self.within.get((block.kind, place), ("", ""))
            whole = self.blocks.get((block.characteristic, kind))
            if whole is not None and inside in whole.places and _covers(whole, block):
                cells = whole.cells[:, whole.places.index(inside)]
                yield Link.of(_in_periods(cells, whole, block), block.cells[:, row][..., None])

    def _by_value(self, block: Block, is_sum: bool) -> Iterator[Link]:
        if block.characteristic == TOTAL or (is_sum and block.characteristic in OVERLAPPING):
            return
        total = self.blocks.get((TOTAL, block.kind))
        summed = self.columns.is_summed.get(block.characteristic) if is_sum else None
        rows = [row for row, column in enumerate(block.columns) if summed is None or column in summed]
        if total is not None and rows and _covers(total, block):
            cells = total.cells[self._rows(total, block, rows), :, 0]
            yield Link.of(_in_periods(cells, total, block), np.moveaxis(block.cells[rows], 2, -1))
        for part, outer in enumerate(CROSSED.get(block.characteristic, ())):
            whole = self.blocks.get((outer, block.kind))
            if whole is None or not _covers(whole, block):
                continue
            columns = self._rows(whole, block, range(len(block.columns)))
            for row, value in enumerate(whole.values):
                inner = [n for n, crossed in enumerate(block.values) if crossed.split(JOINT)[part] == value]
                if inner:
                    cells = _in_periods(whole.cells[columns, :, row], whole, block)
                    yield Link.of(cells, np.moveaxis(block.cells[:, :, inner], 2, -1))

    def _rows(self, whole: Block, block: Block, rows: Iterable[int]) -> list[int]:
        """In which rows of another block the columns of some rows of this one stand."""
        return [whole.columns.index(self.columns.name(whole.characteristic, block.columns[row])) for row in rows]

    def _by_column(self, block: Block, is_sum: bool) -> Iterator[Link]:
        at = {column: row for row, column in enumerate(block.columns)}
        pairs = self.columns.sums if is_sum else tuple((whole, (part,)) for part, whole in self.columns.holds)
        for one, others in pairs:
            whole, *parts = (self.columns.name(block.characteristic, column) for column in (one, *others))
            if whole in at and whole not in parts and all(part in at for part in parts):
                yield Link.of(block.cells[at[whole]], np.moveaxis(block.cells[[at[part] for part in parts]], 0, -1))


def _covers(whole: Block, block: Block) -> bool:
    """Whether the periods of one block are all printed in another."""
    return bool(np.isin(block.periods, whole.periods).all())


def _in_periods(cells: np.ndarray, whole: Block, block: Block) -> np.ndarray:
    """The cells of one block, by its periods last, in the periods of another."""
    return cells[..., np.searchsorted(whole.periods, block.periods)]


def _make_whole(first: np.ndarray, last: np.ndarray, parts: np.ndarray, long: int) -> bool:
    """Whether the parts, periods in order, fill the longer one without a gap."""
    ends = [(int(first[part]), int(last[part])) for part in sorted(parts, key=lambda part: first[part])]
    return ends[0][0] == first[long] and ends[-1][1] == last[long] and all(one[1] + 1 == other[0] for one, other in pairwise(ends))
