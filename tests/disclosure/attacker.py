"""A reader with time: what can be told of an exact count from published files, the rules that are published with them, and nothing else.

Every number that is printed lies within 4 of what it stands for, what is not printed is none or up to 4, and what adds up adds up. The
smallest and the largest that a count can be under all of that are linear programmes, which HiGHS solves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import highspy
import numpy as np

COUNTS = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
CROSSED = {"sex_x_ethnicity": ("sex", "ethnicity")}
OVERLAPPING = ("recall_reason", "recall_type")
MONTHS = {"month": 1, "quarter": 3, "year": 12, "roll3": 3, "roll12": 12}

# A count: column, characteristic, value, kind of period and its first month.
Cell = tuple[str, str, str, str, int]


@dataclass
class Block:
    """What is published of one place: the numbers printed, `grains` by characteristic, `values` by characteristic, and of the columns what adds
    up (whole, parts) and what lies in what (part, whole). `most`: what is printed of the nation, if the place is another.
    `untold`: the value of a characteristic of which nothing is ever printed."""

    printed: Mapping[Cell, int]
    columns: tuple[str, ...]
    grains: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    months: range
    sums: Sequence[tuple[str, tuple[str, ...]]] = ()
    holds: Sequence[tuple[str, str]] = ()
    most: Mapping[Cell, int] | None = None
    untold: str | None = None


def within_four(printed: int | None) -> tuple[int, int]:
    """Between which numbers a count lies by what is printed of it, None where nothing is."""
    return max(0, (printed or 0) - 4), (printed or 0) + 4


class Attack:
    """The linear programme of one block. `between(printed)`: the bounds of a count by what is printed of it, None where nothing is; `known`: the
    bounds of a count by anything else."""

    def __init__(self, block: Block, between=within_four, known: Mapping[Cell, tuple[int, float]] | None = None) -> None:
        self.block, self.at = block, {}
        low, high = [], []
        for cell in self._cells():
            self.at[cell] = len(self.at)
            least, most = between(block.printed.get(cell))
            if block.untold is not None and cell[2] == block.untold:
                least, most = 0, highspy.kHighsInf
            elif block.most is not None:
                most = min(most, between(block.most.get(cell))[1])
            if known and cell in known:
                least, most = max(least, known[cell][0]), min(most, known[cell][1])
            low.append(least)
            high.append(most)
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.addVars(len(low), np.array(low, float), np.array(high, float))
        for whole, parts in self._sums():
            self._row([whole, *parts], [-1.0] + [1.0] * len(parts), 0.0)
        for part, whole in self._holds():
            self._row([whole, part], [1.0, -1.0], highspy.kHighsInf)

    def _row(self, cells: list[int], factors: list[float], most: float) -> None:
        self.solver.addRow(0.0, most, len(cells), np.array(cells, np.int32), np.array(factors))

    def _cells(self) -> Iterable[Cell]:
        block = self.block
        for characteristic, grains in block.grains.items():
            for value in block.values[characteristic]:
                for grain in grains:
                    for first in self._starts(grain):
                        for column in block.columns:
                            yield column, characteristic, value, grain, first

    def _starts(self, grain: str) -> list[int]:
        months, length = self.block.months, MONTHS[grain]
        if grain.startswith("roll"):
            # The first window begins with the first release: those there are, are printed.
            return sorted({cell[4] for cell in self.block.printed if cell[3] == grain})
        # A year begins in April, which is month 3 when counting from 0.
        start = months.start - (months.start - (3 if grain == "year" else 0)) % length
        return list(range(start, months.stop, length))

    def _sums(self) -> Iterable[tuple[int, list[int]]]:
        block, at = self.block, self.at
        for (column, characteristic, value, grain, first), whole in list(at.items()):
            months = range(first, first + MONTHS[grain])
            shorter = "month" if "month" in block.grains[characteristic] else "quarter"
            parts = [at.get((column, characteristic, value, shorter, one)) for one in months[:: MONTHS[shorter]]]
            parts = [part for part in parts if part is not None]
            if parts and MONTHS[grain] > MONTHS[shorter] and (shorter == "month" or first % 3 == 0):
                yield whole, parts
            for split in block.grains:
                if split == "all" or split in OVERLAPPING:
                    continue
                if characteristic == "all":
                    inner = [at.get((column, split, one, grain, first)) for one in block.values[split]]
                    if None not in inner:
                        yield whole, inner
                if characteristic in CROSSED.get(split, ()):
                    side = CROSSED[split].index(characteristic)
                    inner = [at.get((column, split, one, grain, first)) for one in block.values[split] if one.split(", ")[side] == value]
                    if inner and None not in inner:
                        yield whole, inner
            for total, of in block.sums:
                if column == total:
                    yield whole, [at[part, characteristic, value, grain, first] for part in of]

    def _holds(self) -> Iterable[tuple[int, int]]:
        for (column, *rest), cell in self.at.items():
            for part, whole in self.block.holds:
                if column == part:
                    yield cell, self.at[whole, *rest]

    def values_left(self, cell: Cell) -> tuple[int, int]:
        """The smallest and the largest whole number that a count can be."""
        number, ends = self.at[cell], []
        for sign in (1.0, -1.0):
            self.solver.changeColCost(number, sign)
            self.solver.run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise ValueError("what is published contradicts itself")
            ends.append(sign * self.solver.getInfo().objective_function_value)
        self.solver.changeColCost(number, 0.0)
        return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))


@dataclass(frozen=True)
class Told:
    """What an edition's protected files say: `counts` by kind of place, place and cell; `holds` and `sums` between columns, by what is said of
    measures; the grid as (characteristic, kind of place, grain); the `months` with anything in them, from the April before; values of each
    characteristic, and places of each kind."""

    counts: Mapping[tuple[str, str], Mapping[Cell, int]]
    holds: Sequence[tuple[str, str]]
    sums: Sequence[tuple[str, tuple[str, ...]]]
    grid: Sequence[tuple[str, str, str]]
    months: range
    values: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]


# Measures with one base, by their definitions, and recall measures whose bases lie in one another, the shortest first.
ALIKE = {"M51": "M50", "M52_rough": "M50", "M52_other": "M50", "M61_ft": "M61", "M70_returned": "M70", "M71_returned": "M71", "M72_42_returned": "M72_42"}
LONGER = ("M70", "M71", "M72_42", "M72_274")


def column(measure: str, count: str) -> str:
    """The name of a count of a measure; one that measures share has one name."""
    return f"{measure if count == 'numerator' else ALIKE.get(measure, measure)} {count}"


def told(folder: Path) -> Told:
    """Read an edition's protected files, and no other."""
    file = f"read_parquet('{folder}/protected/{{}}.parquet')"
    with duckdb.connect() as con:
        rows = con.execute(
            f"""select geography_kind, geography_id, measure_id, characteristic, characteristic_value, period_grain,
                year(period_start) * 12 + month(period_start) - 1, {", ".join(COUNTS)} from {file.format("fct_measure_result")}"""
        ).fetchall()
        said = con.execute(f"select measure_id, part_of, adds_up_to from {file.format('dim_measure')} order by 1").fetchall()
        grid = con.execute(f"select characteristic, geography_kind, period_grain from {file.format('dim_published_grid')}").fetchall()
    counts: dict[tuple[str, str], dict[Cell, int]] = {}
    values: dict[str, set[str]] = {}
    places: dict[str, set[str]] = {}
    for kind, place, measure, characteristic, value, grain, first, *numbers in rows:
        values.setdefault(characteristic, set()).add(value)
        places.setdefault(kind, set()).add(place)
        of_place = counts.setdefault((kind, place), {})
        for name, count in zip(COUNTS, numbers, strict=True):
            if count is not None:
                of_place[column(measure, name), characteristic, value, grain, first] = count
    holds = [(f"{measure} numerator", f"{whole} numerator") for measure, whole, _ in said if whole]
    holds += [(column(measure, name), column(measure, "denominator")) for measure, *_ in said for name in ("numerator", "stale")]
    holds += [(column(longer, "denominator"), column(shorter, "denominator")) for shorter, longer in pairwise(LONGER)]
    sums = [(f"{base} denominator", tuple(f"{part} numerator" for part, _, of in said if of == base)) for base in sorted({of for *_, of in said if of})]
    months = [row[6] for row in rows if row[5] == "month"]
    start = min(months) - (min(months) - 3) % 12
    return Told(counts, holds, sums, grid, range(start, max(months) + 1), {one: tuple(sorted(some)) for one, some in values.items()},
                {kind: tuple(sorted(some)) for kind, some in places.items()})  # fmt: skip


def of_place(said: Told, measures: Sequence[str], kind: str, place: str) -> Block:
    """What is published of some measures at one place, split in every way; the nation's numbers are bounds of those of another place."""
    columns = tuple(dict.fromkeys(column(measure, name) for measure in measures for name in COUNTS))
    grains: dict[str, tuple[str, ...]] = {}
    for characteristic, of, grain in said.grid:
        if of == kind and not characteristic.startswith(("recall", "first")) and characteristic in said.values:
            grains[characteristic] = (*grains.get(characteristic, ()), grain)
    nation = None if kind == "nation" else said.counts["nation", "EW"]
    return Block(said.counts.get((kind, place), {}), columns, grains, said.values, said.months, *_among(said, columns), nation)


def across(said: Told, measures: Sequence[str], kind: str) -> Block:
    """What is published of some measures at all places of a kind, which with the releases that have none make the nation."""
    columns = tuple(dict.fromkeys(column(measure, name) for measure in measures for name in COUNTS))
    shown = tuple(grain for characteristic, of, grain in said.grid if (characteristic, of) == ("all", kind))
    printed = {cell: n for cell, n in said.counts["nation", "EW"].items() if cell[1] == "all"}
    for place in said.places[kind]:
        printed |= {(cell[0], kind, place, *cell[3:]): n for cell, n in said.counts[kind, place].items() if cell[1] == "all"}
    values = {"all": ("all",), kind: (*said.places[kind], "")}
    return Block(printed, columns, {"all": ("month", "quarter", "year"), kind: shown}, values, said.months, *_among(said, columns), untold="")


def _among(said: Told, columns: Sequence[str]) -> tuple[list[tuple[str, tuple[str, ...]]], list[tuple[str, str]]]:
    """The sums and the wholes among some columns."""
    sums = [(whole, parts) for whole, parts in said.sums if {whole, *parts} <= set(columns)]
    return sums, [(part, whole) for part, whole in dict.fromkeys(said.holds) if {part, whole} <= set(columns)]
