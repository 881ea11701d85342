"""A small invented world as a grid of counts, each counted by hand from the releases in it, and the same for a reader who knows the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from orchestration.publishing import disclosure
from orchestration.publishing.grid import Columns, Grid, Periods

MONTHS = 12
REGIONS, PRISONS, PROVIDERS = ("N1", "N2", "N3"), ("P1", "P2", "P3", "P4"), ("A", "B")
CONTRACTS = {"A1": "A", "A2": "A", "B1": "B"}
SEX, ETHNICITY = ("Female", "Male"), ("Asian", "Black", "White")
KEY = disclosure.disclosure_key(b"\x07" * 32)
GRID = [
    *(("all", "nation", grain) for grain in ("month", "quarter", "year", "roll3")),
    *(("all", kind, grain) for kind in ("region", "provider", "prison") for grain in ("month", "quarter", "year")),
    ("all", "contract", "quarter"), ("all", "contract", "year"),
    *(("sex", kind, grain) for kind in ("nation", "region") for grain in ("quarter", "year")),
    ("ethnicity", "nation", "year"), ("sex_x_ethnicity", "nation", "year"), ("sex", "prison", "year"),
]  # fmt: skip
COLUMNS = ("housed", "settled", "rough", "known", "unknown")
HOLDS = (("settled", "housed"), ("housed", "known"), ("rough", "known"))
SUMS = (("known", ("housed", "rough")), ("housed", ("settled", "housed less settled")))
VALUES = {"all": ("all",), "sex": SEX, "ethnicity": ETHNICITY, "sex_x_ethnicity": tuple(f"{s}, {e}" for s in SEX for e in ETHNICITY)}


@dataclass
class Release:
    """One invented release, with what it counts as."""

    id: str
    month: int
    region: str
    prison: str
    providers: tuple[str, ...]
    sex: str
    ethnicity: str
    counts: frozenset[str]


@dataclass
class World:
    """Releases on a grid: `n` and `key` of every cell, and the keys' remainders by rank."""

    releases: list[Release]
    grid: Grid = field(init=False)
    members: list[frozenset[str]] = field(init=False)
    n: np.ndarray = field(init=False)
    key: np.ndarray = field(init=False)
    remainders: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.grid = make_grid()
        keys = disclosure.record_keys(KEY, [release.id for release in self.releases])
        order = np.argsort(keys)
        rank = {self.releases[one].id: place for place, one in enumerate(order.tolist())}
        self.remainders = (keys[order] % 5).astype(np.int32)
        self.members = [frozenset()] * self.grid.size
        found: dict[tuple[str, ...], frozenset[str]] = {}

        def of(*what: str) -> frozenset[str]:
            if what not in found:
                found[what] = frozenset(one.id for one in self.releases if belongs(one, *what))
            return found[what]

        then = [frozenset(one.id for one in self.releases if first <= one.month <= last) for first, last in spans()]
        for cell, column, characteristic, value, kind, place, period in cells(self.grid):
            self.members[cell] = of("column", column) & of(characteristic, value) & of(kind, place) & then[period]
        self.n = np.array([len(some) for some in self.members], np.int32)
        self.key = np.array([min((rank[one] for one in some), default=0) for some in self.members], np.int32)

    def printed(self) -> np.ndarray:
        return disclosure.protect(self.n, self.key, self.remainders, self.grid.holds(), 5)

    def mended(self) -> tuple[np.ndarray, disclosure.Mended]:
        printed = self.printed()
        return printed, disclosure.mend(printed, self.grid.is_open, self.grid.sums(), 5, 3)


SPANS = [
    *(("month", m, m) for m in range(MONTHS)), *(("quarter", m, m + 2) for m in range(0, MONTHS, 3)), ("year", 0, MONTHS - 1),
    *(("roll3", m, m + 2) for m in range(MONTHS - 2)),
]  # fmt: skip


def spans() -> list[tuple[int, int]]:
    """First and last month of every period."""
    return [(first, last) for _, first, last in SPANS]


def periods() -> Periods:
    grain, first, last = zip(*SPANS, strict=True)
    return Periods(np.array(grain), np.array(first), np.array(last))


def make_grid() -> Grid:
    columns = Columns(
        dict.fromkeys(VALUES, (*COLUMNS, "housed less settled")), HOLDS, SUMS, frozenset({"housed less settled"}),
    )  # fmt: skip
    places = {"nation": ("EW",), "region": REGIONS, "prison": PRISONS, "provider": PROVIDERS, "contract": tuple(CONTRACTS)}
    within = {("contract", contract): ("provider", provider) for contract, provider in CONTRACTS.items()}
    return Grid(GRID, columns, periods(), places, VALUES, within)


def cells(grid: Grid) -> Iterator[tuple[int, str, str, str, str, str, int]]:
    """Every cell with what is counted in it: column, characteristic, value, kind of place, place, period."""
    for block in grid.blocks.values():
        for (c, p, v, t), cell in np.ndenumerate(block.cells):
            yield int(cell), block.columns[c], block.characteristic, block.values[v], block.kind, block.places[p], int(block.periods[t])


def belongs(one: Release, what: str, value: str) -> bool:
    """Whether a release counts under a value of a characteristic, at a place, or in a column."""
    if what == "column":
        return "housed" in one.counts and "settled" not in one.counts if value == "housed less settled" else value in one.counts
    of = {
        "all": ("all",), "sex": (one.sex,), "ethnicity": (one.ethnicity,), "sex_x_ethnicity": (f"{one.sex}, {one.ethnicity}",),
        "nation": ("EW",), "region": (one.region,), "prison": (one.prison,), "contract": one.providers,
        "provider": tuple(CONTRACTS[contract] for contract in one.providers),
    }  # fmt: skip
    return value in of[what]


def world(seed: int, releases: int = 260) -> World:
    """Invented releases by chance, most of them in few places, so that small counts are many."""
    chance = np.random.default_rng(seed)
    made = []
    for number in range(releases):
        fate = chance.choice(["settled", "temporary", "rough", "unknown"], p=[0.5, 0.2, 0.2, 0.1])
        counts = {"settled": {"settled", "housed", "known"}, "temporary": {"housed", "known"}, "rough": {"rough", "known"}}.get(fate, {"unknown"})
        providers = tuple(sorted(set(chance.choice(list(CONTRACTS), size=chance.integers(0, 3)).tolist())))
        made.append(Release(
            f"invented-{seed}-{number}", int(chance.integers(MONTHS)), str(chance.choice([*REGIONS, ""], p=[0.5, 0.3, 0.1, 0.1])),
            str(chance.choice([*PRISONS, ""], p=[0.4, 0.3, 0.15, 0.1, 0.05])), providers, str(chance.choice(SEX, p=[0.1, 0.9])),
            str(chance.choice(ETHNICITY, p=[0.1, 0.15, 0.75])), frozenset(counts),
        ))  # fmt: skip
    return World(made)
