"""Observed over expected against vectors made from the published rule."""

import csv
from pathlib import Path

import pytest

from dashboard.parts.case_mix import byar

VECTORS = list(csv.DictReader(Path(__file__).with_name("standardised_vectors.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['observed']} of {row['expected']}")
def test_the_ratio_and_byars_limits_are_those_of_the_published_rule(row):
    assert byar(float(row["observed"]), float(row["expected"])) == pytest.approx([float(row[name]) for name in ("ratio", "lower", "upper")], abs=1e-6)


def test_where_nothing_is_expected_there_is_no_ratio():
    assert byar(3, 0) is None
