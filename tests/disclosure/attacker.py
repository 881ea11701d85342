"""A reader with time: what can be told of an exact count from published files, the rules that are published with them, and nothing else.

Every number that is printed lies within 4 of what it stands for, what is not printed is none or up to 4, and what adds up adds up. The
smallest and the largest that a count can be under all of that are linear programmes, which HiGHS solves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    up (whole, parts) and what lies in what (part, whole). `most`: what is printed of the nation, if the place is another."""

    printed: Mapping[Cell, int]
    columns: tuple[str, ...]
    grains: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    months: range
    sums: Sequence[tuple[str, tuple[str, ...]]] = ()
    holds: Sequence[tuple[str, str]] = ()
    most: Mapping[Cell, int] | None = None


class Attack:
    """The linear programme of one block. `between(printed)`: the bounds of a count by what is printed of it, None where nothing is."""

    def __init__(self, block: Block, between=lambda printed: (max(0, (printed or 0) - 4), (printed or 0) + 4)) -> None:
        self.block, self.at = block, {}
        low, high = [], []
        for cell in self._cells():
            self.at[cell] = len(self.at)
            least, most = between(block.printed.get(cell))
            if block.most is not None:
                most = min(most, between(block.most.get(cell))[1])
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


def published(
    folder: Path,
    measures: Sequence[str],
    kind: str,
    place: str,
    grid: Iterable[tuple[str, str, str]],
    months: range,
    also: Mapping[str, Sequence[str]],
) -> Block:
    """What an edition's protected files say of some measures at one place. Counts that the measures share by their definition are one. `also`:
    values of characteristics that exist and may never be printed, for want of people."""
    with duckdb.connect() as con:
        rows = con.execute(
            f"""select measure_id, characteristic, characteristic_value, period_grain, year(period_start) * 12 + month(period_start) - 1,
                {", ".join(COUNTS)}, geography_kind
            from read_parquet('{folder}/protected/fct_measure_result.parquet')
            where list_contains($measures, measure_id) and ((geography_kind = $kind and geography_id = $place) or geography_kind = 'nation')""",
            {"measures": list(measures), "kind": kind, "place": place},
        ).fetchall()
        told = con.execute(f"select measure_id, part_of, adds_up_to from read_parquet('{folder}/protected/dim_measure.parquet')").fetchall()
    base = measures[0]
    printed: dict[str, dict[Cell, int]] = {kind: {}, "nation": {}}
    for measure, characteristic, value, grain, first, *counts, where in rows:
        for name, count in zip(COUNTS, counts, strict=True):
            column = f"{measure} {name}" if name == "numerator" else f"{base} {name}"
            if count is not None and first in range(months.start - 11, months.stop):
                printed[where][column, characteristic, value, grain, first] = count
    columns = (*(f"{measure} numerator" for measure in measures), *(f"{base} {name}" for name in COUNTS[1:]))
    sums = [(f"{base} denominator", tuple(f"{measure} numerator" for measure, _, whole in told if whole == base and measure in measures))]
    holds = [(f"{measure} numerator", f"{whole} numerator") for measure, whole, _ in told if measure in measures and whole in measures]
    holds += [(f"{base} stale", f"{base} denominator")]
    grains: dict[str, tuple[str, ...]] = {}
    for characteristic, of, grain in grid:
        if of == kind and not characteristic.startswith(("recall", "first")):
            grains[characteristic] = (*grains.get(characteristic, ()), grain)
    # Which values there are is told by the nation, which prints all but the rarest.
    values = {one: tuple(sorted({cell[2] for cell in printed["nation"] if cell[1] == one} | set(also.get(one, ())))) for one in grains}
    grains = {one: some for one, some in grains.items() if values[one]}
    return Block(printed[kind], columns, grains, values, months, sums, holds, None if kind == "nation" else printed["nation"])
