"""Counts the published rows the way the inspection counted people (definition: invented_inspection)."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq

from tests.conftest import edition_of

FOLDER = Path(__file__).parent
SAMPLE = (date(2022, 2, 1), date(2022, 8, 31))
NOT_IN_BASE = {"no_record", "not_linked", "table_missing"}
ETHNICITY = {
    "Mixed": "Black and minority ethnic", "Asian": "Black and minority ethnic", "Black": "Black and minority ethnic",
    "Other": "Black and minority ethnic", "Not recorded": "Not clearly recorded",
}  # fmt: skip
BAND = {"0-7": "Within 7 days of release", "8-28": "Between 8 and 28 days and re-released", "29+": "After 28 days"}


@dataclass(frozen=True)
class Figure:
    number: int
    percent: int


def printed(number: int, base: int) -> int:
    """Percentage as printed: rounded half up."""
    return int((Decimal(100 * number) / base).quantize(Decimal(1), ROUND_HALF_UP))


def golden(file: str) -> dict[str, Figure]:
    with (FOLDER / file).open(encoding="utf-8") as table:
        return {row["label"]: Figure(int(row["number"]), int(row["percent"])) for row in csv.DictReader(table)}


class Published:
    """The edition in force in a home, read as files."""

    def __init__(self, home: Path):
        self.edition = edition_of(home)
        first: dict[str, dict] = {}
        for row in sorted(self.table("fct_release"), key=lambda r: r["release_date"]):
            if SAMPLE[0] <= row["release_date"] <= SAMPLE[1]:
                first.setdefault(row["person_id"], row)
        self.sample = {row["release_id"]: row for row in first.values()}

    def table(self, name: str) -> list[dict]:
        return pq.read_table(*self.edition.files(name, "restricted")).to_pylist()

    def labels(self, file: str) -> dict[str, str]:
        """{release_id: label} of everyone in the base of one inspection table."""
        if file == "omic_sample_sex.csv":
            return {i: r["sex"].replace("Not recorded", "Not clearly recorded") for i, r in self.sample.items() if r["sex"]}
        if file == "omic_sample_ethnicity.csv":
            return {i: ETHNICITY.get(r["ethnicity"], r["ethnicity"]) for i, r in self.sample.items() if r["ethnicity"]}
        if file == "omic_recalled.csv":
            recalls = {r["release_id"]: r for r in self.table("fct_recall") if r["days_to_recall"] <= 274}
            return {i: BAND[recalls[i]["band"]] for i, r in self.sample.items() if r["is_on_licence"] and i in recalls}
        _, domain, when = file.removesuffix(".csv").split("_")
        return {
            s["release_id"]: s["status"]
            for s in self.table("fct_release_status")
            if s["release_id"] in self.sample
            and s["domain"] == domain
            and s["day"] == (0 if when == "release" else 91)
            and s["state"] in ("observed", "unknown")
            and s["state_reason"] not in NOT_IN_BASE
        }

    def figures(self, file: str) -> dict[str, Figure]:
        """One inspection table as this edition would print it, with a row for each label of the printed table."""
        counts = Counter(self.labels(file).values())
        base = sum(counts.values())
        return {label: Figure(counts[label], printed(counts[label], base)) for label in {*golden(file), *counts}}
