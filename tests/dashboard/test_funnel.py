"""Funnel limits against vectors made from the published rule, and facts that can be worked out by hand."""

import csv
from itertools import groupby
from pathlib import Path

import pytest

from dashboard.parts import funnel as drawn

VECTORS = [
    (case, list(rows))
    for case, rows in groupby(
        csv.DictReader(Path(__file__).with_name("funnel_vectors.csv").read_text(encoding="utf-8").splitlines()), key=lambda row: row["case"]
    )
]


def funnel(units):
    return drawn.funnel(units, smallest=10, trim=0.1)


@pytest.mark.parametrize(("case", "rows"), VECTORS, ids=lambda value: value if isinstance(value, str) else "")
def test_limits_are_those_of_the_published_rule(case, rows):
    units = [(int(row["numerator"]), int(row["denominator"])) for row in rows]
    # Fewer than ten units are shown without limits; the rule itself is the same.
    limits = drawn.funnel(units, smallest=2, trim=0.1)
    assert limits.pooled == pytest.approx(float(rows[0]["pooled"]), abs=1e-6)
    assert limits.phi == pytest.approx(float(rows[0]["phi"]), abs=1e-6)
    assert limits.is_overdispersed == (rows[0]["is_overdispersed"] == "1")
    for row, (events, n) in zip(rows, units, strict=True):
        for level, name in ((0.95, "95"), (0.998, "998")):
            assert limits.at(level, n) == pytest.approx((float(row[f"lower_{name}"]), float(row[f"upper_{name}"])), abs=1e-6), row
        place = "outside_99.8" if limits.is_outside(0.998, events, n) else "outside_95" if limits.is_outside(0.95, events, n) else "inside"
        assert place == row["place"], row


def test_fewer_than_ten_units_have_no_funnel():
    assert funnel([(5, 10)] * 9) is None


def test_a_unit_without_a_release_does_not_make_up_the_ten():
    assert funnel([(5, 10)] * 9 + [(0, 0)]) is None


def test_nobody_or_everybody_has_no_funnel():
    assert funnel([(0, 10)] * 12) is None and funnel([(10, 10)] * 12) is None


def test_no_count_that_chance_often_gives_is_outside():
    # Of units of three with a pooled rate of 87%, two in three have all three: no limit of 99.8% may leave them out.
    limits = funnel([(3, 3)] * 4 + [(87, 100)] * 20)
    assert not any(limits.is_outside(0.998, n, n) for n in range(1, 40))
    assert limits.at(0.998, 3)[1] == 1
    # 0.87 ** 48 is above 0.001 and 0.87 ** 50 below.
    assert not limits.is_outside(0.998, 48, 48) and limits.is_outside(0.998, 52, 52)
    assert limits.is_outside(0.998, 70, 100) and not limits.is_outside(0.998, 80, 100)
