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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Goes up whenever the same exact counts would be printed otherwise; an edition says by which rules it was made.
RULES = "2"
PURPOSE = b"gatehouse disclosure 1"
KEY_BYTES = 8
# More than any count. Sums of as many of these as an equation has cells without a bound stay in 32 bits.
NO_BOUND = 1 << 24
MOST_ROUNDS, MOST_MENDS = 60, 20
# A count of 1 to 4 is small: what a printed 0 says of it is what this sentence says.
SMALL = 4
# Cells looked at together: few enough to stay in the cache of a processor.
TOGETHER = 1 << 19


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
