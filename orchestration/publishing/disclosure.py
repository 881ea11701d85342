"""Disclosure control: what is printed in place of an exact count, so that nobody can be found behind it (definition: disclosure).

Every count is rounded at random to a multiple of a base, by a key that the people in it decide: the same people give the same number in
every table, measure, period and place of an edition. No part is printed above its whole. What a reader can still work out by adding and
subtracting is worked out here too (`audit`), and where a small count would come down to few values, a number beside it is left empty
(`mend`). This module stands below every way out: counts come in with their keys, from the counting that makes the exact figures, and
nothing but what it returns is shown to somebody without a right to exact ones.

Counts are whole numbers in flat arrays, one entry a cell; `n` is exact, `key` the rank of the smallest record key among the releases
counted (ranks from 0; any number where n is 0), `printed` what is shown.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ground.statistics import wilson_limit

# Goes up whenever the same exact counts would be printed otherwise; an edition says by which rules it was made.
RULES = "2"
COUNTS = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
PURPOSE = b"gatehouse disclosure 1"
KEY_BYTES = 8
# More than any count. Sums of as many of these as an equation has cells without a bound stay in 32 bits.
NO_BOUND = 1 << 24
MOST_ROUNDS, MOST_MENDS = 60, 20
# A count of 1 to 4 is small: what a printed 0 says of it is what this sentence says.
SMALL = 4
# Cells looked at together: few enough to stay in the cache of a processor.
TOGETHER = 1 << 19
REST = ""


class DisclosureError(Exception):
    """The tables cannot be printed safely. The text says why and what to do; it names no count."""


def disclosure_key(identity_key: bytes) -> bytes:
    """The secret by which a home rounds, from its identity key (definition: disclosure_rounding). Never published, never in a log."""
    return hmac.digest(identity_key, PURPOSE, "sha256")


def fingerprint(key: bytes) -> str:
    """What an edition says of the disclosure key: the same for the same key, and nothing about it. 16 hex characters."""
    return hashlib.sha256(b"gatehouse disclosure fingerprint" + key).hexdigest()[:16]


def record_keys(key: bytes, ids: Iterable[str]) -> np.ndarray:
    """The record key of each id: the first 8 bytes, big-endian, of HMAC-SHA256(key, id) (definition: disclosure_rounding). uint64."""
    digests = b"".join(hmac.digest(key, one.encode(), "sha256")[:KEY_BYTES] for one in ids)
    return np.frombuffer(digests, ">u8").astype(np.uint64)


def rounded(n: np.ndarray, key: np.ndarray, base: int) -> np.ndarray:
    """`n` at random to a multiple of `base` below or above it, the nearer the likelier: base x floor((n + key mod base) / base), 0 where n
    is 0 (definition: disclosure). `key` is the cell key itself or its remainder."""
    turned = n + (key % base).astype(n.dtype)
    return np.where(n == 0, 0, turned // base * base).astype(n.dtype)


@dataclass(frozen=True)
class Link:
    """Wholes and their parts, all of one shape: cell `whole[e]` has the parts `first[e] + step` for each of `steps`. As a sum, the parts add
    up to the whole; as what holds what, each part lies in it. A part comes in one whole of a link at most at each step."""

    whole: np.ndarray
    first: np.ndarray
    steps: np.ndarray

    @classmethod
    def of(cls, whole: np.ndarray, parts: np.ndarray) -> Link:
        """From arrays of cells: `parts` has one axis more than `whole`, its last, along which cells are equally far apart for every whole."""
        parts = parts.reshape(whole.size, -1)
        return cls(whole.ravel(), parts[:, 0].copy(), parts[0] - parts[0, 0])

    def of_wholes(self, wanted: np.ndarray) -> Link:
        """Those of the wholes at which `wanted` is true."""
        return self.only(wanted[self.whole])

    def near(self, wanted: np.ndarray) -> np.ndarray:
        """Which of the wholes, or a part of them, is one of the cells at which `wanted` is true. bool."""
        found = wanted[self.whole]
        for step in self.steps.tolist():
            found |= wanted[self.first + step]
        return found

    def pieces(self, wanted: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(wholes, parts (wholes x steps)) a few at a time; `wanted`, true at cells: only what has one of them."""
        link = self if wanted is None else self.only(self.near(wanted))
        size = max(1, TOGETHER // len(link.steps))
        for start in range(0, len(link.whole), size):
            yield link.whole[start : start + size], link.first[start : start + size][:, None] + link.steps

    def only(self, kept: np.ndarray) -> Link:
        """Those of the wholes, a bool each, that are kept."""
        return Link(self.whole[kept], self.first[kept], self.steps)


def protect(n: np.ndarray, key: np.ndarray, remainders: np.ndarray, holds: Sequence[Link], base: int) -> np.ndarray:
    """What is printed for each count, before `mend` (definition: disclosure): rounded; no part above a whole it lies in; counts of the same
    people, known by the same number and cell key, alike. `remainders[rank]`: the record key of that rank modulo `base`.

    Every number is within base - 1 of its count: all steps after the first choose the lower multiple only.
    """
    some = n > 0
    counted = np.flatnonzero(some)
    printed, lowest = np.zeros_like(n), np.zeros_like(n)
    printed[counted] = rounded(n[counted], remainders[key[counted]], base)
    lowest[counted] = n[counted] // base * base
    # Where nobody is in the whole, nobody is in its parts.
    holds = [link for link in (link.of_wholes(some) for link in holds) if len(link.whole)]
    changed: np.ndarray | None = None
    while True:
        before = printed.copy()
        _cap(printed, holds, changed)
        np.maximum(printed, lowest, out=printed)
        _alike(n, key, printed, before)
        changed = printed != before
        if not changed.any():
            return printed


def _cap(printed: np.ndarray, holds: Sequence[Link], changed: np.ndarray | None) -> None:
    """Lower each part to the smallest of the wholes it lies in, and of those that these lie in. `changed`: the only cells that were lowered
    since that was last so; None where it never was."""
    is_first = changed is None
    while is_first or (changed is not None and changed.any()):
        after = np.zeros(len(printed), bool)
        for link in holds:
            whole, first = link.whole, link.first
            if changed is not None:
                near = changed[whole]
                if not near.any():
                    continue
                whole, first = whole[near], first[near]
            most = printed[whole]
            for step in link.steps.tolist():
                part = first + step
                above = printed[part] > most
                if above.any():
                    printed[part[above]] = most[above]
                    after[part[above]] = True
        is_first, changed = False, after


def _alike(n: np.ndarray, key: np.ndarray, printed: np.ndarray, before: np.ndarray) -> None:
    """Print counts of the same people alike, by the smallest of their numbers; `before`: when they last were."""
    lowered = printed != before
    if not lowered.any():
        return
    counted = np.flatnonzero(n)
    touched = np.zeros(int(key[counted].max(initial=0)) + 1, bool)
    touched[key[lowered]] = True
    cells = counted[touched[key[counted]]]
    same = key[cells].astype(np.int64) << 32 | n[cells]
    _, of = np.unique(same, return_inverse=True)
    least = np.full(of.max(initial=-1) + 1, NO_BOUND, printed.dtype)
    np.minimum.at(least, of, printed[cells])
    printed[cells] = least[of]


def bounds(printed: np.ndarray, is_open: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray]:
    """Between which numbers a count lies by what is printed alone: [printed - (base - 1), printed + (base - 1)], not under 0; where `is_open`
    (not printed) anything from 0 on."""
    low, high = printed.astype(np.int32), printed.astype(np.int32)
    low -= base - 1
    np.maximum(low, 0, out=low)
    high += base - 1
    low[is_open], high[is_open] = 0, NO_BOUND
    return low, high


def audit(low: np.ndarray, high: np.ndarray, sums: Sequence[Link]) -> tuple[np.ndarray, np.ndarray]:
    """The same once every sum has been used, over and over, until nothing changes (definition: disclosure_audit). It comes to the same whichever
    sum is used first."""
    low, high = low.copy(), high.copy()
    # A sum all of whose cells are printed 0 says nothing: each is none or up to so many, and the sum as well. Most are such.
    plain = int(high.min(initial=NO_BOUND))
    is_unbounded = high >= NO_BOUND
    for link in sums:
        _within(high, is_unbounded, link)
    waiting, used = list(sums), []
    changed: np.ndarray | None = None
    while True:
        says = (low > 0) | (high != plain) if changed is None else changed
        near = [link.near(says) for link in waiting]
        if changed is not None and not any(one.any() for one in near):
            return low, high
        used += [link for link in map(Link.only, waiting, near) if len(link.whole)]
        waiting = [link for link in (link.only(~one) for link, one in zip(waiting, near, strict=True)) if len(link.whole)]
        changed = _tighten(low, high, used, changed)


def _within(high: np.ndarray, is_unbounded: np.ndarray, link: Link) -> None:
    """Lower what is not bounded by itself to the whole it lies in."""
    for step in link.steps.tolist():
        part = link.first + step
        lowered = is_unbounded[part]
        if lowered.any():
            part, most = part[lowered], high[link.whole[lowered]]
            high[part] = np.minimum(high[part], most)


def _tighten(low: np.ndarray, high: np.ndarray, sums: Sequence[Link], changed: np.ndarray | None) -> np.ndarray:
    """Tighten bounds, in place, by these sums until nothing changes; returns which cells ever did. `changed`: the only ones that did since that
    was last so, None: all."""
    ever = np.zeros(len(low), bool)
    for _ in range(MOST_ROUNDS):
        now = np.zeros(len(low), bool)
        for link in sums:
            for whole, parts in link.pieces(changed):
                part_low, part_high = low[parts], high[parts]
                sum_low, sum_high = part_low.sum(axis=1, dtype=np.int32), part_high.sum(axis=1, dtype=np.int32)
                # What is left to a part once the others are as small, or as large, as they can be.
                most = (high[whole] - sum_low)[:, None] + part_low
                least = (low[whole] - sum_high)[:, None] + part_high
                for bound, cells, values, tighter in (
                    (low, whole, sum_low, sum_low > low[whole]), (high, whole, sum_high, sum_high < high[whole]),
                    (high, parts, most, (most < part_high) & (most < NO_BOUND // 2)), (low, parts, least, least > part_low),
                ):  # fmt: skip
                    if tighter.any():
                        # No cell is there twice.
                        bound[cells[tighter]] = values[tighter]
                        now[cells[tighter]] = True
        changed, ever = now, ever | now
        if not now.any():
            break
    return ever


def recovered(low: np.ndarray, high: np.ndarray, most_values: int) -> np.ndarray:
    """Cells (their numbers) that may be a small count and of which `most_values` whole numbers or fewer are left. Whether one is small is not asked:
    what is left empty for it would say so."""
    few = np.flatnonzero(high - low < most_values)
    return few[(low[few] <= SMALL) & (high[few] >= 1)]


@dataclass(frozen=True)
class Mended:
    """What `mend` came to: the cells that are left empty, those that can be found all the same and may be small, and how often it was audited."""

    is_blank: np.ndarray
    left: np.ndarray
    audits: int


def mend(printed: np.ndarray, is_open: np.ndarray, sums: Sequence[Link], base: int, most_values: int, most_mends: int = MOST_MENDS) -> Mended:
    """Leave empty what would give a small count away, and audit again, `most_mends` times at most (definition: disclosure_audit). Printed numbers
    alone decide what is left empty, so that it says nothing that they do not."""
    is_blank = np.zeros(len(printed), bool)
    for audits in range(1, most_mends + 2):
        start_low, start_high = bounds(printed, is_open | is_blank, base)
        low, high = audit(start_low, start_high, sums)
        left = recovered(low, high, most_values)
        # Of what is never printed it is not asked.
        left = left[~is_open[left]]
        if not len(left) or audits > most_mends:
            break
        # All by what was empty before: what is emptied for one count may serve the next.
        emptied = [
            _emptied(cell, whole, parts, printed, is_open | is_blank)
            for cell, whole, parts in _giving_away(left, low, high, start_low, start_high, sums)
        ]
        is_blank[np.concatenate([*emptied, np.empty(0, np.intp)]).astype(np.intp)] = True
    return Mended(is_blank, left, audits)


def _giving_away(
    cells: np.ndarray, low: np.ndarray, high: np.ndarray, start_low: np.ndarray, start_high: np.ndarray, sums: Sequence[Link]
) -> Iterator[tuple[int, int, np.ndarray]]:
    """(cell, whole, parts) of each sum whose other cells alone give an end of what is known of a cell, tighter than what is printed of it."""
    is_looked_at = np.zeros(len(low), bool)
    is_looked_at[cells] = True
    for link in sums:
        for wholes, all_parts in link.pieces(is_looked_at):
            for whole, parts in zip(wholes.tolist(), all_parts, strict=True):
                for cell in [whole, *parts.tolist()]:
                    if not is_looked_at[cell]:
                        continue
                    sum_low, sum_high = int(low[parts].sum()), int(high[parts].sum())
                    if cell == whole:
                        least, most = sum_low, sum_high
                    else:
                        least = int(low[whole]) - (sum_high - int(high[cell]))
                        most = int(high[whole]) - (sum_low - int(low[cell]))
                    is_low = start_low[cell] < low[cell] <= least
                    if is_low or start_high[cell] > high[cell] >= most:
                        yield cell, whole, parts


def _emptied(cell: int, whole: int, parts: np.ndarray, printed: np.ndarray, is_empty: np.ndarray) -> np.ndarray:
    """Which cell of a sum is left empty so that it does not give `cell` away: the whole, else the largest printed other part, the first in
    the order of the grid; none where nothing else is printed."""
    if whole != cell and not is_empty[whole]:
        return np.array([whole])
    others = np.sort(parts[(parts != cell) & ~is_empty[parts]])
    return others[np.argmax(printed[others])][None] if len(others) else others


# ---------------------------------------------------------------------------------------------------------------- the grid


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
        for long in range(len(grain)):
            inside = (first >= first[long]) & (last <= last[long])
            made_of = next((short for short in SHORTER.get(grain[long], ()) if short in shown), "")
            for short in [made_of] if is_sum else [short for short, longer in LONGER.items() if grain[long] in longer]:
                parts = np.flatnonzero(inside & (grain == short))
                if len(parts) and (not is_sum or _make_whole(first, last, parts, long)):
                    yield Link.of(block.cells[..., long], block.cells[..., parts])

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


# --------------------------------------------------------------------------------------------------------------- the rates


@dataclass(frozen=True)
class Rates:
    """Figures of printed counts, float64, NaN where there is none, each an entry a row; `is_hidden`: a count or the figure is left empty,
    `is_thin`: low reliability."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    value_all_in: np.ndarray
    value_if_unknown_all_good: np.ndarray
    value_if_unknown_all_bad: np.ndarray
    is_hidden: np.ndarray
    is_thin: np.ndarray


@dataclass(frozen=True)
class Limits:
    """The thresholds in force (seed threshold): `base` rounding_base, `rate_min` protected_rate_min, `low_reliability`
    protected_low_reliability, `allowance` rounding_allowance, `most_values` recovered_values_max, `money_people_min`, `money_share_max`, and `z`,
    the normal quantile of an interval."""

    base: int
    rate_min: int
    low_reliability: int
    allowance: int
    most_values: int
    money_people_min: int
    money_share_max: float
    z: float


def rates(
    counts: Mapping[str, np.ndarray], is_share: np.ndarray, direction: np.ndarray, effect: np.ndarray, median_days: np.ndarray, limits: Limits
) -> Rates:
    """Every figure that is printed beside printed counts, from these alone (definition: disclosure_rate, rate_interval). `counts`: float64, NaN
    where left empty; `direction` good, bad or none; `effect` the design effect of the measure and grain; `median_days` NaN for a share."""
    numerator, base, unknown = (counts[name] for name in ("numerator", "denominator", "unknown"))
    enough = base >= limits.rate_min
    share = np.where(is_share & enough, numerator / np.where(enough, base, 1), np.nan)
    value = np.where(is_share, share, np.where(enough, np.floor(median_days + 0.5), np.nan))
    has_share = ~np.isnan(share)
    whole = np.where(has_share, base, 1)
    counted = np.where(has_share, numerator, 0)
    least, most = np.maximum(counted - limits.allowance, 0), np.minimum(counted + limits.allowance, whole)
    size = whole / np.maximum(effect, 1)
    lower = np.where(counted == 0, 0.0, wilson_limit(least / whole, size, limits.z, -1))
    upper = np.where(counted == whole, 1.0, wilson_limit(most / whole, size, limits.z, 1))
    everyone = np.where(has_share, base + unknown, np.nan)
    all_in = counted / everyone
    with_unknown = np.minimum(counted + unknown, everyone) / everyone
    is_good, is_bad = direction == "good", direction == "bad"
    # Every count of the row: a mark says where one is missing.
    empty = np.any([np.isnan(counts[name]) & (is_share if name == "numerator" else True) for name in COUNTS], axis=0)
    is_hidden = empty | (np.isnan(value) & (base != 0))
    is_thin = ~np.isnan(value) & (base < limits.low_reliability)
    return Rates(
        value,
        np.where(has_share, lower, np.nan),
        np.where(has_share, upper, np.nan),
        all_in,
        np.where(is_good, with_unknown, np.where(is_bad, all_in, np.nan)),
        np.where(is_good, all_in, np.where(is_bad, with_unknown, np.nan)),
        is_hidden,
        is_thin,
    )


# --------------------------------------------------------------------------------------------------------------- the money

POUNDS = 10
PENCE = 100


def amounts(pence: np.ndarray, people: np.ndarray, printed_people: np.ndarray) -> np.ndarray:
    """Amounts as printed (definition: disclosure_money): the exact one, in `pence` (whole numbers), by head of the exact `people`, times the
    printed ones, half up to 10 pounds. In pounds; 0 where there is nobody."""
    return _by_head(pence, people, printed_people, POUNDS * PENCE) * POUNDS


def claims(counted: np.ndarray, people: np.ndarray, printed_people: np.ndarray, base: int) -> np.ndarray:
    """Claims as printed: the same, half up to a multiple of `base` (definition: disclosure_money)."""
    return _by_head(counted, people, printed_people, base) * base


def _by_head(total: np.ndarray, people: np.ndarray, printed_people: np.ndarray, unit: int) -> np.ndarray:
    """total / people x printed people in whole units, half up; whole-number arithmetic only."""
    heads = np.maximum(people, 1).astype(np.int64) * unit
    return np.where(people > 0, (2 * total.astype(np.int64) * printed_people + heads) // (2 * heads), 0)


def is_money_hidden(printed_people: np.ndarray, total: np.ndarray, largest: np.ndarray, limits: Limits) -> np.ndarray:
    """Where no amount is printed (definition: disclosure_money): too few printed people, or one of them, with `largest`, makes too much of the
    `total`; nothing is by head where the total is not above 0."""
    return (printed_people < limits.money_people_min) | (total <= 0) | (largest > limits.money_share_max * total)
