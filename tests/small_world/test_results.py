"""Rates: who is in the denominator, what the unknown could change, how certain the figure is, and what may be shown."""

import datetime as dt
from math import sqrt

import pytest

from .answers import day
from .conftest import WATERMARK
from .scenario import scenario

END = dt.date.fromisoformat(WATERMARK)
Z = 1.959963984540054
YEAR = "2022-04-01"


def wilson(good, n):
    p = good / n
    centre, half = (p + Z * Z / (2 * n)) / (1 + Z * Z / n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return centre - half, centre + half


def near(value):
    return pytest.approx(value, abs=1e-4)


def cohort(w, prison, count, start="2022-05-02", **more):
    """`count` people released from that prison on consecutive days."""
    first = dt.date.fromisoformat(start)
    return [w.released(day0=first + dt.timedelta(days=n), prison=prison, **more) for n in range(count)]


def counts(row):
    return None if row is None else tuple(int(row[c]) for c in ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope"))


@scenario
def test_first_night_rates_and_what_the_unknown_could_change(w):
    types = ["A07B"] * 4 + ["A02"] * 3 + ["A08A", "A08C", None, "A06", "A15"]
    for p, kind in zip(cohort(w, "SFI", 12), types):
        if kind:
            p.address(-1, kind)
    a = yield
    expected = {"M50": (7, 9, 2, 0, 1), "M51": (4, 9, 2, 0, 1), "M52_rough": (1, 9, 2, 0, 1), "M52_other": (1, 9, 2, 0, 1)}
    assert {m: counts(a.result(m, "SFI")) for m in expected} == expected
    row = a.result("M50", "SFI")
    assert (row["value"], row["value_all_in"]) == (near(7 / 9), near(7 / 11))
    assert (row["value_if_unknown_all_good"], row["value_if_unknown_all_bad"]) == (near(9 / 11), near(7 / 11))
    assert (row["lower"], row["upper"], row["interval_method"]) == (near(wilson(7, 9)[0]), near(wilson(7, 9)[1]), "wilson")
    assert counts(a.result("M55", "SFI"))[:2] == (2, 11)


@scenario
def test_later_days_leave_out_those_who_left_scope(w):
    people = cohort(w, "SHI", 6)
    for p, kind in zip(people, ["A07B", "A07B", "A02", "A08A", "A07B", "A07B"]):
        p.address(-1, kind)
    people[4].recall(50, returned=52)
    people[5].admit(60, "I")
    a = yield
    assert counts(a.result("M53", "SHI")) == (2, 4, 0, 0, 2)
    assert counts(a.result("M54_91", "SHI")) == (2, 4, 0, 0, 2)
    assert counts(a.result("M54_28", "SHI")) == (4, 6, 0, 0, 0)
    assert counts(a.result("M50", "SHI")) == (5, 6, 0, 0, 0)


@scenario
def test_work_rates_leave_out_those_not_available(w):
    kinds = [("B01C", None), ("B02C", None), ("B09A", None), ("Q4", "Full-time education or training"), ("Q6", "Unavailable for work"), None]
    for p, kind in zip(cohort(w, "SKI", 6), kinds):
        if kind:
            p.employment(-1, *kind)
    a = yield
    for measure in ("M61", "M62", "M63"):
        assert counts(a.result(measure, "SKI"))[:3] == (2, 4, 1), measure
    assert counts(a.result("M61_ft", "SKI"))[:2] == (1, 4)


@scenario
def test_recall_rates_count_revocations_by_the_day_and_returns_on_their_own_clock(w):
    people = cohort(w, "SLI", 9)
    for p, (recalled, returned) in zip(people, [(7, 9), (8, 8), (28, 30), (42, 50), (43, 50), (274, None), (275, None)]):
        p.recall(recalled, returned=returned)
    w.released("2022-05-20", "SLI", licence_end=0)
    w.released("2022-05-21", "SLI", licence_end=None)
    w.released("2022-05-22", "SLI", licence_end=20)
    a = yield
    expected = {"M70": 1, "M71": 3, "M72_42": 4, "M72_274": 6, "M70_returned": 0, "M71_returned": 2}
    assert {m: counts(a.result(m, "SLI"))[:2] for m in expected} == {m: (n, 10) for m, n in expected.items()}
    assert a.result("M72_274", "SLI")["unknown"] == 1


@scenario
def test_released_again_by_day_28_is_counted_among_those_recalled_by_day_28(w):
    people = cohort(w, "SNI", 4)
    for p in people[:3]:
        p.recall(5, returned=6)
    people[0].release(28, "PD", prison="SPI")
    people[1].release(29, "PD", prison="SPI")
    a = yield
    assert counts(a.result("M77", "SNI"))[:2] == (1, 3)


@scenario
def test_several_releases_of_one_person_widen_the_interval(w):
    people = cohort(w, "STI", 8)
    for n, p in enumerate(people):
        p.address(-1, "A07B" if n < 5 else "A08A")
    twice = w.released("2022-06-01", "STI")
    twice.address(-1, "A07B", updated=45)  # confirmed before the second release, or it would be a record from before custody
    twice.admit(30, "I")
    twice.release(60)
    a = yield
    row = a.result("M50", "STI")
    assert counts(row)[:2] == (7, 10)
    assert row["interval_method"] == "wilson_clustered"
    assert row["lower"] < wilson(7, 10)[0] and row["upper"] > wilson(7, 10)[1]


@scenario
def test_a_rate_of_nought_or_one_keeps_the_plain_interval(w):
    for p in cohort(w, "SUI", 5):
        p.address(-1, "A07B")
    a = yield
    row = a.result("M50", "SUI")
    assert (row["value"], row["upper"], row["lower"]) == (1, near(1), near(wilson(5, 5)[0]))
    assert counts(a.result("M52_rough", "SUI"))[:2] == (0, 5)


@scenario
def test_immature_releases_are_not_yet_due_in_numerator_and_denominator(w):
    for lag in (105, 104):
        p = w.released(day0=END - dt.timedelta(days=lag), prison="SWI")
        p.address(-1, "A07B")
    early = w.released(day0=END - dt.timedelta(days=41), prison="SWI")
    early.recall(3)
    a = yield
    assert counts(a.result("M53", "SWI")) == (1, 1, 0, 2, 0)
    assert counts(a.result("M71", "SWI"))[:2] == (0, 2)
    assert counts(a.result("M70", "SWI"))[:2] == (1, 3)


@scenario
def test_a_period_is_final_six_weeks_after_its_last_day_fell_due(w):
    for n, day0 in enumerate(("2024-10-02", "2024-11-05")):
        w.released(day0=day0, prison="TAI").address(-1, "A07B")
    a = yield
    october, november = (a.result("M50", "TAI", grain="month", start=start) for start in ("2024-10-01", "2024-11-01"))
    assert (october["status"], november["status"]) == ("final", "provisional")
    assert {str(r["vintage"])[:10] for r in (october, november)} == {WATERMARK}
    assert counts(october)[:2] == (1, 1)


@scenario
def test_years_run_from_april_and_quarters_with_the_calendar(w):
    for day0 in ("2022-03-31", "2022-04-01", "2023-03-30"):
        w.released(day0=day0, prison="THI").address(-1, "A07B")
    a = yield
    starts = {grain: sorted(day(r["period_start"]).isoformat() for r in a.table("fct_measure_result")
                            if (r["measure_id"], r["geography_id"], r["period_grain"], r["characteristic"]) == ("M50", "THI", grain, "all"))
              for grain in ("month", "quarter", "year")}  # fmt: skip
    assert starts["year"] == ["2021-04-01", "2022-04-01"]
    assert starts["quarter"] == ["2022-01-01", "2022-04-01", "2023-01-01"]
    assert starts["month"] == ["2022-03-01", "2022-04-01", "2023-03-01"]


@scenario
def test_paid_and_not_housed_counts_releases_with_a_payment_that_stands(w):
    w.contract("CTR-PAY", "MADEPAY", kind="other")
    people = cohort(w, "TCI", 9)
    for n, kind in enumerate(("A08A", "A07B", None, "A08A", "A08A", "A07B", None, None, "A07B")):
        if kind:
            people[n].address(-1, kind)

    def claim(n, task, on=-10, **more):
        return people[n].claim(on, task, "CTR-PAY", **more)

    for n in (0, 1, 2):
        claim(n, "MADEUP-ACC", paid="10.00")
    claim(1, "MADEUP-ACC", on=-9, paid="10.00")  # twice paid, one release
    claim(3, "MADEUP-ACC")  # not paid
    undone = claim(4, "MADEUP-ACC", paid="10.00")
    claim(4, "MADEUP-ACC", reverses_claim_id=undone["claim_id"], amount="-100.00")
    claim(5, "MADEUP-FAM", paid="10.00")
    claim(6, "MADEUP-EMP", paid="10.00")
    claim(7, "MADEUP-EMP", paid="10.00")
    claim(8, "MADEUP-ACC-COM", on=2, paid="10.00")
    people[6].employment(-1)
    people[7].employment(-1, "Q4", "Full-time education or training")
    people[5].recall(10, returned=11)
    people[8].recall(5)
    a = yield
    result = {m: counts(a.result(m, "MADEPAY", "provider")) for m in ("P06", "P07", "P08", "P09", "M50")}
    assert result["P06"] == (1, 3, 1, 0, 0)
    assert result["P07"] == (1, 2, 1, 0, 1)
    assert result["P08"][:2] == (1, 2)
    assert result["P09"][:2] == (1, 6)
    assert result["M50"][:3] == (3, 4, 3)


def test_the_nation_is_the_sum_of_what_the_rows_say(answers):
    rows = [r for r in answers.table("fct_release_status") if (r["domain"], r["day"]) == ("accommodation", 0)]
    housed = sum(r["official_class"] in ("settled", "temporary") and r["state"] == "observed" for r in rows)
    known = sum(r["state"] == "observed" for r in rows)
    nation = [r for r in answers.table("fct_measure_result") if (r["measure_id"], r["geography_kind"], r["geography_id"], r["period_grain"],
              r["characteristic"], r["characteristic_value"]) == ("M50", "nation", "EW", "year", "all", "all")]  # fmt: skip
    assert (sum(r["numerator"] for r in nation), sum(r["denominator"] for r in nation)) == (housed, known)
    people = [r for r in answers.table("fct_measure_person") if r["measure_id"] == "M50"]
    assert (sum(r["in_numerator"] for r in people), sum(r["in_denominator"] for r in people)) == (housed, known)


def test_a_breakdown_adds_up_to_its_total(answers):
    for start in (YEAR, "2021-04-01"):
        total = answers.result("M50", "EW", "nation", start=start)
        parts = [r for r in answers.table("fct_measure_result") if (r["measure_id"], r["geography_id"], r["period_grain"], r["characteristic"])
                 == ("M50", "EW", "year", "sex") and day(r["period_start"]).isoformat() == start]  # fmt: skip
        assert {r["characteristic_value"] for r in parts} <= {"Male", "Female", "Not recorded"}
        assert (sum(r["numerator"] for r in parts), sum(r["denominator"] for r in parts)) == (total["numerator"], total["denominator"])


def test_nothing_small_is_shown_in_the_protected_results(answers):
    rows = answers.table("fct_measure_result", "protected")
    assert rows
    for column in ("numerator", "unknown", "out_of_scope", "not_yet_due"):
        assert {int(r[column]) % 5 for r in rows if r[column] is not None} == {0}, column
    assert all(r["value"] is None for r in rows if r["denominator"] is not None and r["denominator"] < 30)


def test_what_is_printed_is_within_four_of_what_is_so_and_never_a_part_above_its_whole(answers):
    key = ("measure_id", "period_grain", "period_start", "geography_kind", "geography_id", "characteristic", "characteristic_value")
    counts = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")
    exact = {tuple(str(r[c]) for c in key): r for r in answers.table("fct_measure_result")}
    printed = answers.table("fct_measure_result", "protected")
    assert len(printed) > 100
    for row in printed:
        for count in counts:
            if row[count] is not None:
                # A row may stand for a count that is left empty, and hold nobody: what is left is decided by printed numbers alone.
                so = exact.get(tuple(str(row[c]) for c in key), {count: 0})
                assert abs(row[count] - so[count]) <= 4
        # Either may be left empty: which one is, the key of the home decides.
        assert None in (row["numerator"], row["denominator"]) or row["numerator"] <= row["denominator"]
    nation = {tuple(str(r[c]) for c in (*key[:3], *key[5:])): r for r in printed if r["geography_kind"] == "nation"}
    for row in printed:
        for count in counts:
            if row[count]:
                whole = nation[tuple(str(row[c]) for c in (*key[:3], *key[5:]))][count]
                assert whole is None or row[count] <= whole


def test_nothing_about_a_person_is_protected_output(answers):
    names = set(answers.edition.tables("protected"))
    assert names >= {"dim_prison", "dim_region", "dim_provider", "dim_contract", "dim_measure", "dim_rule", "fct_measure_result"}
    assert all("person_id" not in answers.columns(n, "protected") and "release_id" not in answers.columns(n, "protected") for n in names)
