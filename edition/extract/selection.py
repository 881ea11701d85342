"""What an extract is asked for: a standing table (tables.yml), or measures, periods and places of the grid (definition: extract_grid).

A question that the grid does not answer is refused with what is nearest to it; it is never answered in part.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from edition.embargo import MONTHS
from edition.folder import PROTECTED, Edition, EditionError
from edition.reading import opened
from edition.rights import RESULT
from ground.sql import literal

DICTIONARY, CHANGES, MONEY = "data_dictionary", "changes", "claimed_paid_achieved"
GRID, MONEY_RESULT = "dim_published_grid", "fct_claimed_paid_achieved"
NATION = "England and Wales"
# A year begins in April.
_FIRST_MONTHS = {"quarter": (1, 4, 7, 10), "year": (4,)}
_NEAREST = 5


class OffTheGrid(EditionError):
    """What is asked for is not on the grid. The text says what is nearest."""


class NoSuchTable(EditionError):
    """There is no such standing table, or this edition has none of it."""


@dataclass(frozen=True)
class Block:
    """Kinds of place by grains by characteristics: each combination is on the grid."""

    geography: tuple[str, ...]
    grain: tuple[str, ...]
    characteristic: tuple[str, ...]

    @property
    def combinations(self) -> set[tuple[str, str, str]]:
        return {(what, kind, grain) for kind in self.geography for grain in self.grain for what in self.characteristic}


@dataclass(frozen=True)
class Selection:
    """Rows of the results: measures in blocks of the grid; `places`, `first` and `last` (first days of periods) narrow them, where not empty.
    `table` is the standing table, '' for what somebody asked for; those without blocks are made otherwise (edition/extract/printed.py)."""

    measures: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    places: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    table: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return self.table or "figures"

    @property
    def title(self) -> str:
        if self.table:
            return tables()[self.table]["title"]
        ((block),) = self.blocks
        return f"{', '.join(self.measures)} by {block.grain[0]} and {block.geography[0]}" + (f", by {block.characteristic[0]}" if block.characteristic != ("all",) else "")

    def asked(self) -> dict[str, Any]:
        """What it is, in a passport: {"table": name} or {"filters": {...}}."""
        if self.table:
            return {"table": self.table}
        ((block),) = self.blocks
        return {
            "filters": {
                "measure": list(self.measures), "grain": block.grain[0], "from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}",
                "geography": block.geography[0], "places": list(self.places), "characteristic": block.characteristic[0],
            }
        }  # fmt: skip

    def arguments(self) -> list[str]:
        """The same for the command line."""
        if self.table:
            return ["--table", self.table]
        said = self.asked()["filters"]
        places = f":{','.join(said['places'])}" if said["places"] else ""
        split = [] if said["characteristic"] == "all" else ["--characteristic", said["characteristic"]]
        return ["--measure", ",".join(said["measure"]), "--grain", said["grain"], "--from", said["from"], "--to", said["to"],
                "--geography", said["geography"] + places, *split]  # fmt: skip

    def concerns(self, measure_id: str, first: date, last: date) -> bool:
        """Whether figures of a measure for months from `first` to `last` may be among its rows."""
        if self.table == CHANGES:
            return True
        grain = self.blocks[0].grain[0] if self.blocks else ""
        is_within = self.first is None or self.last is None or (self.first <= last and _moved(self.last, MONTHS[grain] - 1) >= first)
        return measure_id in self.measures and is_within

    def condition(self) -> str:
        """SQL that is so for its rows of the results."""
        inside = [
            f"(geography_kind in {_listed(one.geography)} and period_grain in {_listed(one.grain)} and characteristic in {_listed(one.characteristic)})"
            for one in self.blocks
            if one.combinations
        ]
        parts = [f"measure_id in {_listed(self.measures)}" if self.measures else "false", f"({' or '.join(inside)})" if inside else "false"]
        if self.places:
            parts.append(f"geography_id in {_listed(self.places)}")
        if self.first and self.last:
            parts.append(f"cast(period_start as date) between date {literal(self.first)} and date {literal(self.last)}")
        return " and ".join(parts)


@cache
def tables() -> dict[str, dict[str, Any]]:
    """tables.yml."""
    return yaml.safe_load(Path(__file__).with_name("tables.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Offered:
    """What an edition has: its measures in their order, the grid as (characteristic, kind of place, grain), and by
    (kind, grain) the first and last printed period."""

    measures: tuple[str, ...]
    characteristics: tuple[str, ...]
    grid: frozenset[tuple[str, str, str]]
    periods: dict[tuple[str, str], tuple[date, date]]


def offered(edition: Edition) -> Offered:
    """What an edition has. Raises TableMissing."""
    with opened(edition, tables=[RESULT, "dim_measure", "dim_characteristic", *([GRID] if edition.has(GRID, PROTECTED) else [])], embargoed=(), is_shared=True) as con:
        measures = [one for (one,) in con.execute("select measure_id from dim_measure group by measure_id order by min(sort_order), measure_id").fetchall()]
        ways = [one for (one,) in con.execute("select characteristic from dim_characteristic order by sort_order").fetchall()]
        # An edition from before the grid was published has whatever rows it has.
        grid = con.execute(f"select distinct characteristic, geography_kind, period_grain from {GRID if edition.has(GRID, PROTECTED) else RESULT}").fetchall()
        spans = con.execute(f"select geography_kind, period_grain, cast(min(period_start) as date), cast(max(period_start) as date) from {RESULT} group by all").fetchall()
    return Offered(tuple(measures), tuple(ways), frozenset(grid), {(kind, grain): (first, last) for kind, grain, first, last in spans})


def standing(name: str, edition: Edition, has: Offered) -> Selection:
    """A standing table of an edition. Raises NoSuchTable."""
    said = tables().get(name)
    if said is None:
        raise NoSuchTable(f"there is no table {name}: it is one of {', '.join(tables())}")
    if name == MONEY and not edition.has(MONEY_RESULT, PROTECTED):
        raise NoSuchTable(f"edition {edition.edition_id} has no {name}: it is of before that was published under disclosure control")
    blocks = []
    for block in said.get("rows", []):
        split = block["characteristic"]
        ways = [one for one in has.characteristics if one != "all"] if split == "each" else split
        wanted = Block(tuple(block["geography"]), tuple(block["grain"]), tuple(ways)).combinations & has.grid
        blocks += [Block((kind,), (grain,), (way,)) for way, kind, grain in sorted(wanted)]
    measures = tuple(one for one in has.measures if any(_in(one, stretch) for stretch in said.get("measures", [])))
    return Selection(measures, tuple(blocks), table=name, notes=tuple(said.get("notes", ())))


def filtered(
    edition: Edition, has: Offered, measures: Sequence[str], grain: str, first: str, last: str, geography: str, characteristic: str = "all"
) -> Selection:
    """What somebody asks for: `first` and `last` are the first months of whole periods, such as 2022-04; `geography` is a kind of place, and
    after a colon the codes of some. Raises OffTheGrid."""
    kind, _, listed = geography.partition(":")
    places = tuple(one.strip() for one in listed.split(",") if one.strip())
    wanted = tuple(dict.fromkeys(one.strip() for one in measures if one.strip()))
    if not wanted:
        raise OffTheGrid(f"name a measure: {', '.join(has.measures)}")
    for one in wanted:
        if one not in has.measures:
            raise OffTheGrid(f"there is no measure {one} among those that are handed out; nearest: {_near(one, has.measures)}")
    if (characteristic, kind, grain) not in has.grid:
        raise OffTheGrid(f"{characteristic} by {grain} for {kind} is not on the grid; nearest: {'; '.join(_nearest(has.grid, characteristic, kind, grain))}")
    span = has.periods.get((kind, grain))
    if span is None:
        raise OffTheGrid(f"edition {edition.edition_id} prints no {grain} for {kind}")
    begins = [_period(which, text, grain, span) for which, text in (("--from", first), ("--to", last))]
    if begins[0] > begins[1]:
        raise OffTheGrid(f"--from {first} comes after --to {last}")
    if places:
        with opened(edition, tables=[RESULT], embargoed=(), is_shared=True) as con:
            known = [one for (one,) in con.execute(f"select distinct geography_id from {RESULT} where geography_kind = ? order by all", [kind]).fetchall()]
        if unknown := [one for one in places if one not in known]:
            raise OffTheGrid(f"there is no {kind} {unknown[0]} in the edition; nearest: {_near(unknown[0], known)}")
    return Selection(wanted, (Block((kind,), (grain,), (characteristic,)),), tuple(dict.fromkeys(places)), begins[0], begins[1])


def _period(which: str, text: str, grain: str, span: tuple[date, date]) -> date:
    """The first day of a period. Raises OffTheGrid."""
    said = re.fullmatch(r"(\d{4})-(\d{2})", text or "")
    if said is None or not 1 <= int(said[2]) <= 12:
        raise OffTheGrid(f"{which} {text} is no month: write the first month of a {grain}, such as {span[0]:%Y-%m}")
    month = date(int(said[1]), int(said[2]), 1)
    begins = _FIRST_MONTHS.get(grain)
    if begins and month.month not in begins:
        around = [one for n in range(-MONTHS[grain], MONTHS[grain] + 1) if (one := _moved(month, n)).month in begins]
        near = sorted(sorted(around, key=lambda one: abs((one - month).days))[:2])
        raise OffTheGrid(f"{which} {text} is not the first month of a {grain}; nearest: {', '.join(f'{one:%Y-%m}' for one in near)}")
    if not span[0] <= month <= span[1]:
        raise OffTheGrid(f"{which} {text} lies outside of what is printed; nearest: {span[0] if month < span[0] else span[1]:%Y-%m}")
    return month


def _moved(month: date, by: int) -> date:
    n = month.year * 12 + month.month - 1 + by
    return date(n // 12, n % 12 + 1, 1)


def _in(measure: str, stretch: str) -> bool:
    """Whether an id is one of a stretch, such as M50-M63, or the id itself."""
    if measure == stretch:
        return True
    bounds, own = re.fullmatch(r"([A-Z]+)(\d+)-\1(\d+)", stretch), re.match(r"([A-Z]+)(\d+)", measure)
    return bool(bounds and own and own[1] == bounds[1] and int(bounds[2]) <= int(own[2]) <= int(bounds[3]))


def _near(one: str, known: Iterable[str]) -> str:
    known = list(known)
    return ", ".join(difflib.get_close_matches(one, known, _NEAREST, 0.3) or known[:_NEAREST]) or "none"


def _nearest(grid: Iterable[tuple[str, str, str]], *wanted: str) -> list[str]:
    """Combinations of the grid, those first that share most with what is wanted."""
    by = sorted(grid, key=lambda one: (-sum(mine == theirs for mine, theirs in zip(wanted, one, strict=True)), one))
    return [f"{way} by {grain} for {kind}" for way, kind, grain in by[:_NEAREST]]


def _listed(values: Iterable[str]) -> str:
    return f"({', '.join(map(literal, values))})"
