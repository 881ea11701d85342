"""Statistics of the pages against vectors made from the published rules, row by row, and facts that can be worked out by hand."""

import csv
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from ground import statistics

FOLDER = Path(__file__).parent
NEAR = 1e-6


def vectors(name):
    return list(csv.DictReader((FOLDER / f"{name}_vectors.csv").read_text(encoding="utf-8").splitlines()))


def grouped(name, key):
    return [(value, list(rows)) for value, rows in groupby(vectors(name), key=lambda row: row[key])]


def number(text):
    return float(text) if text else None


BY_ID = {"ids": lambda value: value if isinstance(value, str) else ""}


# ------------------------------------------------------------------------------------------------------------------------------------ over time


@pytest.mark.parametrize(("series", "rows"), grouped("xmr", "series"), **BY_ID)
def test_each_point_of_a_series_has_the_limits_the_cause_and_the_mark_of_the_rule(series, rows):
    cuts = [place for place, row in enumerate(rows) if row["rebased_here"] == "1"]
    made = statistics.xmr([float(row["value"]) for row in rows], cuts, rows[0]["better"], number(rows[0]["target"]))
    assert len(made.points) == len(rows)
    for row, point in zip(rows, made.points, strict=True):
        for name, held in (("mean", point.mean), ("lower_limit", point.lower), ("upper_limit", point.upper)):
            assert held == (None if row[name] == "" else pytest.approx(float(row[name]), abs=NEAR)), row
        assert (point.cause, point.mark) == (row["cause"], row["mark"]), row
    assert made.assurance == rows[-1]["assurance"]


def test_a_direction_of_none_is_neither_good_nor_bad():
    values = [5.0, 5.2] * 10 + [9.0]
    assert statistics.xmr(values).points[-1].mark == "neutral_high"
    assert statistics.xmr([-one for one in values]).points[-1].mark == "neutral_low"
    assert statistics.xmr(values, target=3.0).assurance == ""


def test_with_fewer_than_twelve_points_since_the_last_cut_limits_are_on_trial():
    values = [1.0, 2.0] * 12
    assert not statistics.xmr(values[:12]).is_trial and statistics.xmr(values[:11]).is_trial
    assert statistics.xmr(values, [13]).is_trial and not statistics.xmr(values, [12]).is_trial
    assert not statistics.xmr(values, [23]).has_limits and statistics.xmr(values, [22]).has_limits
    assert statistics.xmr([]).points == ()


def test_what_lies_before_a_cut_changes_nothing_after_it():
    after = [0.50, 0.52, 0.49, 0.51, 0.53, 0.50, 0.48]
    one, other = (statistics.xmr([*before, *after], [9], "higher", 0.4) for before in ([0.1] * 9, [0.5, 0.9, 0.2] * 3))
    strip = [(point.mean, point.lower, point.upper, point.cause, point.mark) for point in one.points[9:]]
    assert strip == [(point.mean, point.lower, point.upper, point.cause, point.mark) for point in other.points[9:]]
    alone = statistics.xmr(after, [], "higher", 0.4)
    assert strip == [(point.mean, point.lower, point.upper, point.cause, point.mark) for point in alone.points]


def test_a_mark_stands_since_the_first_point_of_its_unbroken_stretch():
    made = statistics.xmr([0.1, 0.2] * 10 + [0.9] * 3, better="higher")
    assert (
        [point.mark for point in made.points[-3:]] == ["improvement"] * 3 and made.points[19].mark != "improvement" and made.since() == 20
    )
    assert statistics.xmr([0.1, 0.2] * 6, [4], "higher").since() == 4


def stable(series, points):
    """XmR charts of stable normal series."""
    return [statistics.xmr(one) for one in np.random.default_rng(20).normal(size=(series, points))]


def test_a_point_of_a_long_stable_series_lies_beyond_a_limit_two_to_four_times_in_a_thousand():
    beyond = float(np.mean([point.cause.endswith("_limit") for one in stable(150, 240) for point in one.points]))
    assert 0.002 <= beyond <= 0.004, beyond


def test_the_help_of_the_chart_says_how_often_a_short_stable_series_shows_some_signal():
    made = stable(6_000, statistics.STABLE_POINTS)
    signalled = float(np.mean([any(point.cause != "common" for point in one.points) for one in made]))
    latest = float(np.mean([one.points[-1].cause != "common" for one in made]))
    assert signalled == pytest.approx(statistics.STABLE_SERIES_WITH_A_SIGNAL, abs=0.015)
    assert latest == pytest.approx(statistics.STABLE_LATEST_WITH_A_SIGNAL, abs=0.005)


# ---------------------------------------------------------------------------------------------------------------------------------- between units


def funnel(units):
    return statistics.funnel(units, smallest=10, trim=0.1)


@pytest.mark.parametrize(("case", "rows"), grouped("funnel", "case"), **BY_ID)
def test_limits_of_a_funnel_are_those_of_the_published_rule(case, rows):
    units = [(int(row["numerator"]), int(row["denominator"])) for row in rows]
    # Fewer than ten units are shown without limits; the rule itself is the same.
    limits = statistics.funnel(units, smallest=2, trim=0.1)
    assert limits.pooled == pytest.approx(float(rows[0]["pooled"]), abs=NEAR)
    assert limits.phi == pytest.approx(float(rows[0]["phi"]), abs=NEAR)
    assert limits.is_overdispersed == (rows[0]["is_overdispersed"] == "1")
    for row, (events, n) in zip(rows, units, strict=True):
        for level, name in ((0.95, "95"), (0.998, "998")):
            assert limits.at(level, n) == pytest.approx((float(row[f"lower_{name}"]), float(row[f"upper_{name}"])), abs=NEAR), row
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


# -------------------------------------------------------------------------------------------------------------------------------------- two shares


@pytest.mark.parametrize("row", vectors("newcombe"), ids=lambda row: row["note"])
def test_the_difference_of_two_shares_has_newcombes_interval(row):
    counts = [float(row[name]) for name in ("numerator_1", "denominator_1", "numerator_2", "denominator_2")]
    assert statistics.newcombe(*counts) == pytest.approx([float(row[name]) for name in ("difference", "lower", "upper")], abs=NEAR)


# -------------------------------------------------------------------------------------------------------------------------------- observed, expected


@pytest.mark.parametrize("row", vectors("standardised"), ids=lambda row: f"{row['observed']} of {row['expected']}")
def test_the_ratio_byars_limits_and_z_are_those_of_the_published_rule(row):
    made = statistics.standardised(*(float(row[name]) for name in ("observed", "expected", "variance")))
    assert (made.ratio, made.lower, made.upper, made.z) == pytest.approx(
        [float(row[name]) for name in ("ratio", "lower", "upper", "z")], abs=NEAR
    )


def test_where_nothing_is_expected_there_is_no_ratio():
    assert statistics.standardised(3, 0) is None


# ------------------------------------------------------------------------------------------------------------------------------------ time to recall


def people(rows):
    (told,) = (row["people"] for row in rows if row["people"])
    pairs = [one.split(":") for one in told.split(";")]
    return [int(day) for day, _ in pairs], [kind for _, kind in pairs]


@pytest.mark.parametrize(("case", "rows"), grouped("incidence", "case"), **BY_ID)
def test_recall_by_time_beside_other_exits_is_that_of_the_published_rule(case, rows):
    made = statistics.incidence(*people(rows), last=274)
    for row in rows:
        day = int(row["day"])
        assert made.at_risk[day] == int(row["at_risk_at_day"])
        for name, held in (("recall_by_day", made.recalled), ("other_exit_by_day", made.other), ("neither", made.neither)):
            assert held[day] == pytest.approx(float(row[name]), abs=NEAR), row


@pytest.mark.parametrize(("case", "rows"), [one for one in grouped("incidence", "case") if one[0] in ("1", "2", "6")], **BY_ID)
def test_the_band_round_recall_is_the_log_log_transform_of_the_usual_standard_error(case, rows):
    days, kinds = people(rows)
    made = statistics.incidence(days, kinds, last=274)
    # The library takes no event at time 0; a day more for everybody changes no order.
    theirs = CumIncidenceRight(np.array(days) + 1, np.array([("censored", "recall", "other").index(kind) for kind in kinds]))
    for day in (28, 91, 182):
        place = int(np.searchsorted(theirs.times, day + 1, side="right")) - 1
        share, error = theirs.cinc[0][place], theirs.cinc_se[0][place]
        assert made.recalled[day] == pytest.approx(share, abs=NEAR)
        reach = statistics.Z * error / (share * math.log(share))
        assert (made.lower[day], made.upper[day]) == pytest.approx((share ** math.exp(-reach), share ** math.exp(reach)), abs=NEAR)
        assert made.lower[day] < share < made.upper[day]


def test_nobody_has_no_incidence_and_before_the_first_recall_there_is_no_band():
    assert statistics.incidence([], [], 274) is None
    made = statistics.incidence([5, 9, 300], ["other", "recall", "censored"], 274)
    assert math.isnan(made.lower[8]) and made.recalled[8] == 0 and 0 < made.lower[9] < made.recalled[9] < made.upper[9]
    assert list(made.at_risk[[0, 5, 6, 274]]) == [3, 3, 2, 1]


# -------------------------------------------------------------------------------------------------------------------------------------- case mix


def answers(n=4_000):
    """Releases told apart by sex and band, whose chances are known."""
    chance = np.random.default_rng(5)
    levels = {"band": chance.choice(["young", "old", "Not recorded"], n, p=[0.5, 0.4, 0.1]), "sex": chance.choice(["Male", "Female"], n, p=[0.8, 0.2]), "noise": chance.choice(list("abcdefgh"), n)}
    odds = -1.0 + 0.8 * (levels["band"] == "old") - 0.6 * (levels["sex"] == "Female")
    return levels, chance.random(n) < 1 / (1 + np.exp(-odds))


def test_a_model_finds_the_odds_that_the_answers_were_made_with_and_expects_as_many_as_there_are():
    levels, is_yes = answers()
    made = statistics.case_mix(levels, is_yes, least_events=10)
    found = {(term, level): (value, error) for term, level, value, error in made.coefficients}
    assert made.terms == ("band", "sex", "noise") and ("band", "young") not in found, "the commonest is what others are set against"
    for (term, level), truth in {("band", "old"): 0.8, ("sex", "Female"): -0.6}.items():
        value, error = found[term, level]
        assert abs(value - truth) < 3 * error and error < 0.15
    assert made.fitted.sum() == pytest.approx(sum(is_yes), abs=1e-6)
    for band in ("young", "old", "Not recorded"):  # with a level of its own each group is expected to be as it is
        own = levels["band"] == band
        assert made.fitted[own].sum() == pytest.approx(is_yes[own].sum(), abs=1e-5)
    assert sum(n for n, _, _ in made.tenths) == len(is_yes) and [round(expected) for *_, expected in made.tenths] == sorted(round(expected) for *_, expected in made.tenths)
    pairs = [(one, other) for one in made.fitted[is_yes][:300] for other in made.fitted[~is_yes][:300]]
    by_hand = np.mean([1.0 if one > other else 0.5 if one == other else 0.0 for one, other in pairs])
    assert made.c_statistic == pytest.approx(by_hand, abs=0.05)


def test_terms_are_dropped_from_the_end_until_ten_of_the_rarer_answer_stand_for_each_parameter():
    levels, is_yes = answers()
    rarer = int(is_yes.sum())
    # An intercept, two bands and a sex are four parameters; the noise would be seven more.
    assert statistics.case_mix(levels, is_yes, least_events=rarer / 4).terms == ("band", "sex")
    assert statistics.case_mix(levels, is_yes, least_events=rarer / 3.5) is None
    assert statistics.case_mix(levels, [False] * len(is_yes), least_events=10) is None
    # Of 29 releases of each other level nothing can be said apart.
    few = {"band": ["young"] * 29 + ["old"] * 60, "sex": ["Male"] * 70 + ["Female"] * 19, "noise": ["a"] * 40 + ["b"] * 49}
    assert statistics.case_mix(few, [True, False] * 44 + [True], least_events=10) is None
