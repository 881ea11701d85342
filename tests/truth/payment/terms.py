"""What is agreed for every rule: days, hours, rounding, and the lists of seeds/ (rules section 1)."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

SEEDS = Path(__file__).parents[3] / "seeds"
LONDON = ZoneInfo("Europe/London")
When = dt.date | dt.datetime
PENNY = Decimal("0.01")
LAG = 14  # days after which a table of another source is complete


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def bank_holidays() -> frozenset[dt.date]:
    return frozenset(dt.date.fromisoformat(row["day"]) for row in seed("bank_holiday"))


def day(at: When) -> dt.date:
    return at.date() if isinstance(at, dt.datetime) else at


def is_day(at: When) -> bool:
    """A value without a time, or at midnight, is a date."""
    return not isinstance(at, dt.datetime) or at.time() == dt.time.min


def before(a: When, b: When) -> bool:
    """Whether a lies before b; by days where either is a date."""
    return day(a) < day(b) if is_day(a) or is_day(b) else a < b


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def is_working_day(one: dt.date) -> bool:
    return one.weekday() < 5 and one not in bank_holidays()


@lru_cache(maxsize=1 << 16)
def working_day_after(start: dt.date, n: int) -> dt.date:
    """The n-th working day strictly after `start`."""
    one = start
    while n:
        one += days(1)
        n -= is_working_day(one)
    return one


@lru_cache(maxsize=1 << 16)
def working_days_between(a: dt.date, b: dt.date) -> int:
    """Working days in (a, b]."""
    return sum(is_working_day(a + days(n)) for n in range(1, (b - a).days + 1))


def in_utc(at: dt.datetime) -> dt.datetime:
    """Clock hours are counted in UTC; of an hour that occurs twice, the first."""
    return at.replace(tzinfo=LONDON, fold=0).astimezone(dt.UTC).replace(tzinfo=None)


def within_hours(start: dt.datetime, end: dt.datetime, hours: int) -> bool:
    """Whether `end` lies at most so many clock hours after `start`; by days where either is a date."""
    if is_day(start) or is_day(end):
        return (day(end) - day(start)).days <= hours // 24
    return in_utc(end) - in_utc(start) <= dt.timedelta(hours=hours)


def to_pennies(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, ROUND_HALF_UP)


def price(qty: Decimal, rate: Decimal) -> Decimal:
    return to_pennies(qty.quantize(Decimal("0.0001"), ROUND_HALF_UP) * rate)


def covers(row: dict, on: dt.date, start: str = "from_date", end: str = "to_date") -> bool:
    """Whether a dated row is in force on a day, ends included; an empty end is open."""
    return (row[start] is None or row[start] <= on) and (row[end] is None or on <= row[end])


@cache
def complete_statuses() -> dict[str, bool]:
    return {row["status"]: row["is_complete"] == "true" for row in seed("action_status")}


@cache
def need_domains(system: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in seed("need_domain"):
        if row["system"] == system:
            found.setdefault(row["code"].lower(), set()).add(row["need_domain"])
    return {code: frozenset(domains) for code, domains in found.items()}
