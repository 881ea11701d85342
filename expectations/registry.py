"""The door of the registry: may every row of seeds/measures.csv be counted?

A row that no model answers gives no figure and no error, only silence; one that contradicts itself gives a figure under wrong words.
So each row is held against its kind before anything else is done, and told apart by measure and column.
"""

from __future__ import annotations

import csv
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1] / "seeds"

# Which seeds hold the words of a status, by domain, and the classes that are never counted: in no denominator.
STATUS_SEEDS = {"accommodation": ("accommodation_type", "discharge_usage"), "employment": ("employment_status",)}
NEVER_COUNTED = ("", "unknown", "not_available")
EMPTY = ("",)
STATUS_DOMAINS = tuple(STATUS_SEEDS)
RELEASES = ("releases", "paid_accommodation", "paid_employment", "paid_custody")
CLOCKS = ("revocation", "return")
# Splits that are no characteristic of a person: one of those would be taken from every other measure.
SPLITS = ("", "first_night_status")
# What a column may hold, by kind of measure; a column that is not named is free, or looked at below. The models int_measure_<kind>
# read these words.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "status_at": {"domain": STATUS_DOMAINS, "cohort": RELEASES, "cohort_day": EMPTY, "clock": EMPTY, "split_by": SPLITS, "unit": ("share",)},
    "unknown_at": {
        "domain": STATUS_DOMAINS, "cohort": RELEASES, "cohort_day": EMPTY, "clock": EMPTY, "numerator_classes": EMPTY, "split_by": SPLITS,
        "unit": ("share",),
    },
    "recall_within": {
        "domain": ("recall",), "cohort": RELEASES, "cohort_day": EMPTY, "clock": CLOCKS, "numerator_classes": EMPTY, "split_by": SPLITS,
        "unit": ("share",),
    },
    "exit_before_recall": {
        "domain": ("recall",), "cohort": RELEASES, "cohort_day": EMPTY, "clock": ("revocation",), "numerator_classes": EMPTY,
        "split_by": SPLITS, "unit": ("share",),
    },
    "share_of_recalls": {
        "domain": ("recall",), "cohort": ("recalls",), "clock": CLOCKS,
        "numerator_classes": ("within_day", "rereleased_by_day_28", "at_large"), "split_by": SPLITS, "unit": ("share",),
    },
    "composition": {
        "domain": ("recall",), "cohort": ("recalls",), "day": EMPTY, "clock": CLOCKS, "numerator_classes": EMPTY,
        "split_by": ("recall_type", "recall_reason"), "unit": ("share",),
    },
    "median_days": {
        "domain": ("recall",), "cohort": ("recalls",), "day": EMPTY, "clock": CLOCKS,
        "numerator_classes": ("days_to_recall", "days_at_large"), "split_by": SPLITS, "unit": ("days",),
    },
    "linked": {
        "domain": ("linkage",), "cohort": RELEASES, "day": EMPTY, "cohort_day": EMPTY, "clock": EMPTY, "numerator_classes": EMPTY,
        "split_by": SPLITS, "unit": ("share",),
    },
}  # fmt: skip
TRUTH = ("true", "false")
EVERY_KIND = {"direction": ("good", "bad", "none"), "is_payment": TRUTH, "is_headline": TRUTH, "verified": TRUTH}
FILLED = ("measure_id", "name", "label", "definition", "denominator_label", "source")
UNIQUE = ("measure_id", "name", "label", "sort_order")
COUNTS = ("numerator", "denominator", "rest")
# Columns that name the measure this one is a part of.
WHOLES = ("part_of", "adds_up_to")

Row = Mapping[str, str]


def refused(seeds: Path = SEEDS) -> list[str]:
    """What is wrong with the registry in the folder `seeds`, one sentence each: measure, column, value, and what is allowed."""
    measures = _rows(seeds, "measures")
    days = sorted({row["day"] for row in _rows(seeds, "status_day")}, key=int)
    splits = {row["characteristic"] for row in _rows(seeds, "breakdowns")}
    classes = {domain: _counted_words(seeds, names) for domain, names in STATUS_SEEDS.items()}
    found = [(row, *fault) for row in measures for fault in _faults(row, days, splits, classes)]
    for column in UNIQUE:
        often = Counter(row[column] for row in measures)
        found += [(row, column, "which another measure has too; each needs its own") for row in measures if often[row[column]] > 1]
    by_id = {row["measure_id"]: row for row in measures}
    found += [
        (row, column, f"which is no measure of the cohort {row['cohort']} and the domain {row['domain']}")
        for row in measures
        for column in WHOLES
        if row[column] and not _is_of_the_same(row, by_id.get(row[column]))
    ]
    leads = Counter(row["domain"] for row in measures if row["is_headline"] == "true")
    found += [
        (row, "is_headline", f"and another of {row['domain']} is too; one measure stands for a domain")
        for row in measures
        if row["is_headline"] == "true" and leads[row["domain"]] > 1
    ]
    placed = Counter(row["headline_order"] for row in measures if row["headline_order"])
    found += [(row, "headline_order", "which another measure has too; each needs its own") for row in measures if placed[row["headline_order"]] > 1]
    return [f"measure {row['measure_id'] or '(no id)'}: {column} is {row[column] or 'empty'}, {why}" for row, column, why in found]


def _faults(row: Row, days: list[str], splits: set[str], classes: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Column and what is wrong with it, of one row."""
    for column in FILLED:
        if not row[column]:
            yield column, "and has to say something"
    kind = row["kind"]
    if kind not in KINDS:
        yield "kind", f"and has to be {_one_of(KINDS)}"
        return
    for column, allowed in KINDS[kind].items():
        if row[column] not in allowed:
            yield column, f"and has to be {_one_of(allowed)} for {kind}"
    for column, allowed in EVERY_KIND.items():
        if row[column] not in allowed:
            yield column, f"and has to be {_one_of(allowed)}"
    yield from _faults_of_days(row, days)
    if kind == "status_at" and (counted := classes.get(row["domain"])):
        if not row["numerator_classes"]:
            yield "numerator_classes", f"and has to be one or more of {_one_of(counted)}, joined by semicolons"
        elif never := [word for word in row["numerator_classes"].split(";") if word not in counted]:
            yield "numerator_classes", f"and '{never[0]}' is never counted; what can be is {_one_of(counted)}, joined by semicolons"
    if row["split_by"] and row["split_by"] not in splits:
        yield "split_by", "which is no row of seeds/breakdowns.csv"
    if row["unit"] == "share" and not row["numerator_label"]:
        yield "numerator_label", "and has to say what is counted"
    if row["is_payment"] in TRUTH and (row["is_payment"] == "true") != row["cohort"].startswith("paid_"):
        yield "is_payment", f"and the cohort is {row['cohort']}; true goes with a cohort paid_..., false with the others"
    if unknown := [name for name in _placeholders(row["sentence"]) if name not in COUNTS]:
        yield "sentence", f"and {unknown[0]} stands for nothing; what does is {_one_of([f'{{{name}}}' for name in COUNTS])}"
    if not (row["sort_order"].isdecimal() and int(row["sort_order"]) > 0):
        yield "sort_order", "and has to be a whole number from 1"
    if row["headline_order"] and not (row["headline_order"].isdecimal() and int(row["headline_order"]) > 0 and row["is_payment"] == "false" and row["unit"] == "share"):
        yield "headline_order", "and has to be empty, or a whole number from 1 for a share of releases that is no payment measure"
    if not _is_day(row["valid_from"]):
        yield "valid_from", "and has to be a date such as 1900-01-01"
    if row["valid_to"] and not (_is_day(row["valid_to"]) and row["valid_to"] >= row["valid_from"]):
        yield "valid_to", f"and has to be empty or a date from {row['valid_from']}"


def _faults_of_days(row: Row, days: list[str]) -> Iterator[tuple[str, str]]:
    """On which days a kind can be asked: where a status or a state of that day is needed, only those on which it is taken."""
    kind, day, cohort_day = row["kind"], row["day"], row["cohort_day"]
    if kind in ("status_at", "unknown_at", "exit_before_recall"):
        if day not in days:
            yield "day", f"and no status is taken on it; one is on {_one_of(days)}, or on a day that you add to seeds/status_day.csv"
    elif kind == "share_of_recalls" and row["numerator_classes"] == "at_large":
        if day:
            yield "day", "and has to be empty for at_large"
    elif kind in ("recall_within", "share_of_recalls") and not day.isdecimal():
        yield "day", "and has to be a whole number of days"
    if row["cohort"] == "recalls" and cohort_day:
        if not cohort_day.isdecimal():
            yield "cohort_day", "and has to be empty or a whole number of days"
        elif day.isdecimal() and int(day) > int(cohort_day):
            yield "cohort_day", f"and the day is {day}; no recall that late is looked at"


def _is_of_the_same(row: Row, other: Row | None) -> bool:
    """Whether two measures look at the same releases."""
    return other is not None and (row["cohort"], row["domain"]) == (other["cohort"], other["domain"])


def _rows(seeds: Path, name: str) -> list[dict[str, str]]:
    with (seeds / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, restval=""))


def _counted_words(seeds: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The classes and labels of a status that can be counted, in the order of the seeds."""
    rows = [row for name in names for row in _rows(seeds, name) if row["official_class"] not in NEVER_COUNTED]
    return tuple(dict.fromkeys([row["official_class"] for row in rows] + [row["status"] for row in rows]))


def _placeholders(sentence: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]
    except ValueError:
        return ["a single brace"]


def _one_of(allowed: Iterable[str]) -> str:
    *others, last = [word or "empty" for word in allowed]
    return f"{', '.join(others)} or {last}" if others else last


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
