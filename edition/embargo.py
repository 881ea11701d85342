"""Which figures may not be shown yet: those of measures that follow an official series, as long as that is not published
(definition: extract_embargo). They are left out of whatever is read of the protected side, edition/reading.py, and of extracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from edition.folder import PROTECTED, Edition, EditionError, current
from ground.sql import literal

SERIES = "dim_official_series"
# Calendar months of a period, by its grain.
MONTHS = {"month": 1, "quarter": 3, "year": 12, "roll3": 3, "roll12": 12}


@dataclass(frozen=True, order=True)
class Series:
    """A stretch of months of an official series that is published on one day, the first and the last month by their first days;
    `published_on` is None where nobody has said when."""

    measure_id: str
    official_code: str
    from_month: date
    to_month: date
    published_on: date | None = None

    @property
    def name(self) -> str:
        """What it is called in passports and grants: measure, first and last month."""
        return f"{self.measure_id}:{self.from_month:%Y-%m}:{self.to_month:%Y-%m}"

    @classmethod
    def named(cls, name: str) -> Series:
        """The series of that name, as far as its name says what it is. Raises ValueError."""
        measure_id, first, last = name.split(":")
        return cls(measure_id, "", date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01"))


@dataclass(frozen=True)
class EmbargoGrant:
    """A dated decision that somebody may have the figures of a series (Series.name) before it is published. Days are inclusive."""

    number: int
    person: str
    series: str
    from_day: date
    to_day: date
    purpose: str

    def holds(self, person: str, series: str, day: date) -> bool:
        return (self.person, self.series) == (person, series) and self.from_day <= day <= self.to_day


def series(edition: Edition) -> tuple[Series, ...]:
    """Every series that is known of: by the edition in force, which knows best what is published when, else by this one."""
    try:
        known = current(edition.home)
    except EditionError:
        known = edition
    files = known.files(SERIES, PROTECTED) or edition.files(SERIES, PROTECTED)
    return _read(files[0]) if files else ()


def unpublished(edition: Edition, day: date) -> tuple[Series, ...]:
    """The series that are not published on a day."""
    return tuple(one for one in series(edition) if one.published_on is None or one.published_on > day)


def condition(embargoed: Iterable[Series]) -> str:
    """SQL that is so for the rows of the results whose period has a month in one of these series; '' where there is none of these."""
    months = " ".join(f"when {literal(grain)} then {n}" for grain, n in MONTHS.items())
    end = f"cast(period_start as date) + to_months(cast(case period_grain {months} end as integer))"
    held = [
        f"(measure_id = {literal(one.measure_id)} and cast(period_start as date) < date {literal(one.to_month)} + to_months(1) and {end} > date {literal(one.from_month)})"
        for one in embargoed
    ]
    return f"coalesce({' or '.join(held)}, false)" if held else ""


@cache
def _read(file: Path) -> tuple[Series, ...]:
    """Kept, since a file of an edition never changes."""
    with duckdb.connect() as con:
        rows = con.execute(f"select measure_id, official_code, cast(from_month as date), cast(to_month as date), cast(published_on as date) from read_parquet({literal(file)}) order by all").fetchall()
    return tuple(Series(*row) for row in rows)
