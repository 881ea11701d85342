"""My region: every figure on it is one of the published files, of one period, on one side of every break; and behind each are the rows."""

import json
import re

import altair as alt
import duckdb
import pandas as pd
import pytest

from dashboard.parts import charts, grid, over_time
from dashboard.parts.figure import PARTS, Figure, Reading, straddled
from dashboard.views import outcome
from ground import statistics
from ground.printing import percent
from tests.conftest import file_of
from tests.dashboard import region_world
from tests.dashboard.conftest import against_the_schema, body, charts_of, figures_of, uses, words

READING = Reading(
    exactness="exact", marks={}, stale_days=180, final_after_days=42, low_rate_denominator=10, low_reliability_denominator=30, protected_rate_min=30,
    protected_low_reliability=100, funnel_min_units=10, funnel_alert_level=0.95, funnel_action_level=0.998, funnel_trim_share=0.1,
    finance_day=7, claim_accommodation_day=0, claim_employment_day=42, due_within_days=84,
)  # fmt: skip
HEADLINES = ["Housed on the first night", "Settled on the first night", "In work at six weeks", "Recalled within 28 days"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    region_world.publish(folder)
    return folder


def asked(home, question: str) -> list[tuple]:
    """Rows of SQL over the published files."""
    tables = {table: file_of(home, table) for table in ("fct_release", "fct_measure_person", "fct_release_status", "fct_recall", "fct_measure_result", "fct_evidence")}
    with duckdb.connect() as con:
        for table, path in tables.items():
            con.execute(f"create view {table} as select * from '{path}'")
        return con.execute(question).fetchall()


def test_a_chart_of_the_same_figures_is_made_once_and_of_others_anew(opened, home, monkeypatch):
    made, to_dict = [], alt.LayerChart.to_dict
    monkeypatch.setattr(alt.LayerChart, "to_dict", lambda self, *args, **more: made.append(1) or to_dict(self, *args, **more))
    app = opened(home, "region", region="N07", measure="M50", grain="quarter", at="kept")
    first = charts_of(app)
    made.clear()
    again = charts_of(app.run())
    assert first and not made and again == first
    app.selectbox(key="choose_region").select("N03").run()
    assert made and charts_of(app) != first


def row_of(html: str, label: str) -> str:
    return re.search(rf'<tr data-figure="{label}".*?</tr>', html, re.S).group(0)


@pytest.mark.parametrize("region", ["N07", "N03"])
def test_the_grid_holds_the_published_figures_of_one_period(opened, home, region):
    html = body(opened(home, "region", region=region, grain="month"))
    for label, measure in zip(HEADLINES, ("M50", "M51", "M62", "M71"), strict=True):
        ((n, of, unknown, out),) = asked(
            home, f"""select numerator, denominator, unknown, out_of_scope from fct_measure_result where measure_id = '{measure}' and period_grain = 'month'
            and period_start = date '2023-05-01' and geography_id = '{region}' and characteristic = 'all'""",
        )  # fmt: skip
        row = row_of(html, label)
        found = figures_of(row).figures[0]
        assert set(PARTS) <= set(found)
        assert (found["numerator"], found["denominator"], found["unknown"], found["out_of_scope"]) == (str(n), str(of), str(unknown), str(out))
        assert percent(n / of) in row
    assert "releases of May 2023, edition invented-1" in html


def test_every_row_says_in_a_shape_and_in_words_what_its_course_means(opened, home):
    html = body(opened(home, "region", region="N07"))
    for label in HEADLINES:
        row = row_of(html, label)
        assert row.count('<img class="spark" alt=""') == 2 and any(word in row for _, word in over_time.MARKS.values())
    assert "target consistently" in row_of(html, HEADLINES[0]).lower() or "Target within reach of chance" in row_of(html, HEADLINES[0])


def test_a_row_leads_to_what_lies_behind_it_with_the_edition_and_the_region(opened, home):
    (address,) = re.findall(r'href="(region\?measure=M71[^"]*)"', body(opened(home, "region", region="N07", grain="month")))
    assert "edition=invented-1" in address and "region=N07" in address
    assert "Which part of the region drives it" in words(opened(home, "region", region="N07", measure="M71"))


def test_the_latest_point_of_the_chart_is_that_of_the_rules_over_the_published_months(opened, home):
    months = asked(
        home, """select numerator / denominator from fct_measure_result where measure_id = 'M71' and period_grain = 'month' and geography_id = 'N07'
        and characteristic = 'all' and period_start not in (date '2022-03-01', date '2022-04-01') order by period_start""",
    )  # fmt: skip
    before = len(asked(home, "select distinct period_start from fct_measure_result where period_grain = 'month' and period_start < date '2022-03-01'"))
    made = statistics.xmr([one[0] for one in months], [before], "lower")
    said = words(opened(home, "region", region="N07", measure="M71", grain="month"))
    assert not made.is_trial and f"May 2023: {over_time.MARKS[made.points[-1].mark][1].lower()}, {over_time.CAUSES[made.points[-1].cause]}." in said
    assert f"Mean and limits are made of the {len(made.last_segment)} months since the break of 15 April 2022." in said
    # The last releases of March are looked at 28 days later, behind the break.
    assert "Not drawn: holds a break [b]: March 2022, April 2022." in said
    assert "about 18 in 100 show some sign somewhere" in said


def test_units_of_a_region_are_counted_from_its_own_releases_since_the_break(opened, home):
    html = body(opened(home, "region", region="N07", measure="M50", grain="month"))
    for unit, name in (("N07A", "Invented unit A of London"), ("N07B", "Invented unit B of London")):
        ((n, of, unknown),) = asked(
            home, f"""select count(*) filter (where in_numerator), count(*) filter (where in_denominator), count(*) filter (where state = 'unknown')
            from fct_measure_person inner join fct_release using (release_id)
            where measure_id = 'M50' and pdu = '{unit}' and release_date between date '2022-06-01' and date '2023-05-31'""",
        )  # fmt: skip
        row = re.search(rf'<tr[^>]*><th scope="row">{name}</th>.*?</tr>', html, re.S).group(0)
        found = figures_of(row).figures[0]
        assert (found["numerator"], found["denominator"], found["unknown"]) == (str(n), str(of), str(unknown))
    # The window of another period begins with the break, where that lies inside it.
    assert "Since the break of 15 April 2022 to 31 December 2022" in words(opened(home, "region", region="N07", measure="M50", grain="month", period="2022-12"))


def test_where_people_were_at_three_months_is_told_of_the_same_people(opened, home):
    said = words(opened(home, "region", region="N07", measure="M50", grain="month"))
    ((n, housed),) = asked(
        home, """select count(*), count(*) filter (where later.official_class in ('settled', 'temporary'))
        from fct_release_status as night inner join fct_release_status as later using (release_id) inner join fct_release using (release_id)
        where night.day = 0 and later.day = 91 and night.official_class like 'homeless%' and supervising_region = 'N07'
        and release_date between date '2022-06-01' and date '2023-05-31'""",
    )  # fmt: skip
    assert n and f"Of {n} homeless on the first night {housed} had a home at three months" in said


def test_recall_by_time_is_that_of_the_rule_over_the_releases_on_licence(opened, home):
    rows = asked(
        home, """select date_diff('day', release_date, licence_end_date) + 1, days_to_recall, date_diff('day', release_date, date '2023-06-24')
        from fct_release left join fct_recall using (release_id)
        where is_on_licence and supervising_region = 'N07' and release_date between date '2022-06-01' and date '2023-05-31'""",
    )  # fmt: skip
    # What is known ends with the last release and the longest measure of recall there is: 27 May and 28 days at the latest.
    (through,) = asked(home, "select max(release_date) + 28 from fct_measure_person inner join fct_release using (release_id) where measure_id = 'M71'")[0]
    days, kinds = [], []
    for other, recalled, until in rows:
        known = until + (pd.Timestamp(through) - pd.Timestamp("2023-06-24")).days
        first = min((day, kind) for day, kind in ((recalled, 0), (other, 1), (known, 2)) if day is not None)
        days.append(first[0])
        kinds.append(("recall", "other", "censored")[first[1]])
    made = statistics.incidence(days, kinds, 274)
    html = body(opened(home, "region", region="N07", measure="M71", grain="month"))
    for day in (28, 274):
        row = re.search(rf'<tr><th scope="row">Day {day}</th>(.*?)</tr>', html).group(1)
        assert f"<td class=\"n\">{made.at_risk[day]:,}</td>" in row and percent(float(made.recalled[day])) in row and percent(float(made.other[day])) in row


def test_groups_of_people_are_compared_with_newcombes_interval_and_never_with_the_whole(opened, home):
    rows = dict(
        (value, (n, of)) for value, n, of in asked(
            home, """select characteristic_value, numerator, denominator from fct_measure_result where measure_id = 'M71' and characteristic = 'sex'
            and geography_id = 'N07' and period_grain = 'year' and period_start = date '2020-04-01'""",
        )
    )  # fmt: skip
    # The last releases of the year after are looked at behind the break of 15 April 2022.
    gap, low, high = statistics.newcombe(*rows["Female"], *rows["Male"])
    said = words(opened(home, "region", region="N07", measure="M71", grain="month"))
    assert f"Against Male, the largest group, with 95 per cent intervals: Female {100 * gap:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})" in said


def test_two_clicks_lead_from_a_figure_to_its_releases_and_to_file_record_and_hash(opened, home):
    app = opened(home, "region", region="N07", measure="M50", grain="month", at="list")
    assert not [one for one in uses(home) if "fct_measure_person" in one.get("tables", [])], "nothing is listed before somebody asks"
    app.selectbox(key="choose_which").select("counted").run()
    ((n,),) = asked(
        home, """select count(*) from fct_measure_person inner join fct_release using (release_id) where measure_id = 'M50' and in_numerator
        and supervising_region = 'N07' and release_date between date '2023-05-01' and date '2023-05-31'""",
    )  # fmt: skip
    assert f'data-listed="{n}"' in body(app) and len(app.dataframe[0].value) == n
    first = app.dataframe[0].value["release_id"].iloc[0]
    app.selectbox(key="choose_release").select(first).run()
    said = words(app)
    ((number, hashed),) = asked(home, f"select row_number, row_hash from fct_evidence where subject_id = '{first}'")
    assert f"Records behind release {first}" in said and "OFFENDER_ADDRESS.csv" in said and f"{number:,}" in said and hashed in said
    listed = [one for one in uses(home) if "fct_measure_person" in one.get("tables", [])]
    assert listed and all(one["page"] == "region" and one["rows"] for one in listed)


def test_no_chart_is_drawn_on_an_axis_that_does_not_fit_it_or_across_a_break(opened, home):
    for measure in ("M50", "M71"):
        for spec in charts_of(opened(home, "region", region="N07", measure=measure, grain="month")):
            text = json.dumps(spec)
            assert '"domain": [0, 1]' not in text and "axis from" in text
    (chart,) = [one for one in charts_of(opened(home, "region", region="N07", measure="M71", grain="month")) if "Because" in json.dumps(one)]
    lines = [layer for layer in chart["layer"] if layer["mark"]["type"] == "line"]
    assert len(lines) == 4 and all(layer["encoding"]["detail"]["field"] == "piece" for layer in lines), "a line that crosses a break"


def test_somebody_without_a_right_to_rows_sees_what_is_printed_and_is_told_what_is_missing(opened, tmp_path):
    region_world.publish(tmp_path)
    for table in ("fct_measure_result", "fct_measure_person", "fct_release"):
        file_of(tmp_path, table).unlink()
    for measure, missing in (("M50", "flow"), ("M71", "incidence")):
        html = body(opened(tmp_path, "region", region="N07", measure=measure))
        assert f'data-missing-part="{missing}"' in html and 'data-missing-part="releases"' in html
        for row in re.findall(r"<tr[^>]*data-figure.*?</tr>", html, re.S):
            counts = [int(one.replace(",", "")) for part, one in re.findall(r'data-part="(\w+)">([\d,]+)<', row)]
            assert counts and all(one % 5 == 0 for one in counts)


def test_an_axis_fits_what_is_drawn_and_says_from_where_to_where():
    assert charts.fitted([0.02, 0.08], "share") == (0.01, 0.09) and charts.axis_words((0.01, 0.09), "share") == "axis from 1% to 9%"
    low, high = charts.fitted([0.83, 0.9], "share")
    assert 0.75 < low < 0.83 and 0.9 < high < 0.95
    assert charts.fitted([0.0, 1.0], "share") == (0.0, 1.0) and charts.fitted([], "share") == (0.0, 1.0)


def test_points_that_are_not_due_hold_a_break_or_rest_on_too_few_are_left_out_and_named():
    def one(period, n, of, waits=0):
        return Figure("Invented", "Here", period, "share", READING, numerator=n, denominator=of, value=n / of if of else None, not_yet_due=waits, has_row=True)

    days = pd.date_range("2022-01-01", periods=6, freq="MS")
    held = [one("Jan", 5, 20), one("Feb", 3, 9), one("Mar", 6, 20), one("Apr", 7, 20), one("May", 8, 20), one("Jun", 2, 20, waits=4)]
    made = over_time.series(list(zip(days, held, strict=True)), "month", [pd.Timestamp("2022-04-15"), pd.Timestamp("2022-05-01")], "good", 0.9)
    assert [point.period for _, point in made.points] == ["Jan", "Mar", "May"] and [point.segment for point in made.made.points] == [0, 0, 1]
    assert [(point.period, why) for _, point, why in made.left_out] == [("Feb", over_time.FEW), ("Apr", over_time.STRADDLES), ("Jun", over_time.NOT_DUE)]
    assert made.assurance()[1] == "Too few points to say"


def test_a_release_and_the_day_it_is_looked_at_stand_on_one_side_of_every_break():
    spring = [pd.Timestamp("2022-05-01")]
    of = {month: straddled(pd.Timestamp(f"2022-{month}-01"), "month", spring, 91) for month in ("01", "02", "04", "05")}
    # The last release of January is looked at on 2 May; one of May on this side of all.
    assert of == {"01": spring, "02": spring, "04": spring, "05": []} and not straddled(pd.Timestamp("2021-12-01"), "month", spring, 91)
    assert not straddled(pd.Timestamp("2022-04-01"), "month", spring, 0), "a measure of the first night"
    assert over_time.window("month", "2022-04-01", spring, 0)[:2] == ("2021-05-01", "2022-04-30")
    first, last, why = over_time.window("month", "2022-04-01", spring, 91)
    assert (first, last) == ("", "") and "91 days later stand on both sides of the break of 1 May 2022" in why
    assert over_time.window("month", "2022-07-01", spring, 91)[:2] == ("2022-05-01", "2022-07-31")


def test_what_is_said_of_a_provisional_month_says_that_it_may_still_change():
    def one(period, n, status):
        return Figure("Invented", "Here", period, "share", READING, numerator=n, denominator=100, value=n / 100, status=status, has_row=True)

    days = pd.date_range("2021-01-01", periods=14, freq="MS")

    def course(last):
        return over_time.series([(day, one(f"{day:%b %Y}", 40 + number % 3 if number < 13 else 95, last if number > 11 else "final")) for number, day in enumerate(days)], "month", [], "good", 0.3)

    waits, final = course("provisional"), course("final")
    # It is a point as any other (definition: rate_over_time).
    assert waits.made == final.made and waits.latest.period == "Feb 2022"
    assert waits.finding() == f"{final.finding()}; provisional" and "improvement in Feb 2022" in waits.finding()
    assert waits.sentences() == f"{final.sentences()} Jan 2022, Feb 2022: provisional [p] and may still change."
    row = grid.row(grid.Row(waits.latest, waits.latest, waits, 0.3, "region?measure=invented"))
    assert "Improvement" in row and "; provisional" in row


def test_pages_say_of_a_month_that_it_is_provisional_and_call_none_a_change_that_is_looked_at_behind_a_break(opened, tmp_path):
    region_world.publish(tmp_path)
    path = file_of(tmp_path, "fct_measure_result")
    rows = pd.read_parquet(path)
    rows.loc[(rows["period_grain"] == "month") & (pd.to_datetime(rows["period_start"]) == pd.Timestamp("2023-05-01")), "status"] = "provisional"
    rows.to_parquet(path)
    for page, asked_for in (("region", {"region": "N07"}), ("compare", {"region": "N07"}), ("compare", {})):
        said = words(opened(tmp_path, page, measure="M71", grain="month", **asked_for))
        assert "May 2023: provisional [p] and may still change." in said, page
    # Work is looked at 42 days on, behind the break of 1 May 2022.
    for page in ("region", "compare"):
        said = words(opened(tmp_path, page, region="N07", measure="M62", grain="month"))
        assert "Not drawn: holds a break [b]: March 2022, April 2022." in said and "A release and the day it is looked at, 42 days later, have to stand on one side." in said
    said = words(opened(tmp_path, "region", region="N07", measure="M62", grain="month", period="2022-04"))
    assert "Not told of April 2022" in said and "stand on both sides of the break of 1 May 2022" in said
    assert "This period holds a break (1 May 2022, between its first release and day 42 of its last)" in words(opened(tmp_path, "compare", region="N07", measure="M62", grain="month", period="2022-04"))


def sections(app) -> dict[str, str]:
    """The line under the heading of each part of a page, by heading."""
    return dict(re.findall(r'<h2>(.*?)</h2><p class="say">(.*?)</p>', body(app)))


def test_each_part_of_a_measure_says_of_which_period_it_is_and_why(opened, home):
    said = sections(opened(home, "region", region="N07", measure="M50", grain="month"))
    for part, period, why in (
        ("Is it changing", "up to May 2023", "seen beside those before it"),
        ("What changed since the last edition", "Months and quarters of every time", "may print any of them anew"),
        ("Which part of the region drives it", "1 June 2022 to 31 May 2023", "one month has too few releases"),
        ("From the first night to three months", "1 June 2022 to 31 May 2023", "one month has too few releases"),
        ("Beside people like these", "1 January 2020 to 31 May 2023", "on one side of every break"),
        ("What is not known", "May 2023, the period chosen above", "one month has too few releases"),
        ("Between groups of people", "Apr 2021 to Mar 2022", "too small in shorter periods"),
        ("The releases behind it", "May 2023", "the period chosen above"),
    ):  # fmt: skip
        assert period in said[part] and why in said[part], part
    assert "one month has too few releases" in sections(opened(home, "region", region="N07", measure="M71", grain="month"))["Recall by time"]
    assert "too small in shorter periods" in sections(opened(home, "compare", region="N07", measure="M71", grain="month"))["Between groups of people"]


def test_a_measure_without_a_row_in_a_region_is_drawn_as_nothing_and_stops_no_page():
    rows = pd.DataFrame({name: pd.Series(dtype=str) for name in ("geography_kind", "geography_id", "period_grain", "period_start", "denominator", "unknown", "not_yet_due", "value")})
    assert outcome.drawn(rows, None, "region", "N07", "Here", None, [], READING, "2022-05-01") == (None, [])


def test_of_a_month_that_is_not_due_nothing_is_said_and_a_rounded_nation_is_called_rounded():
    def one(period, n, of, waits=0, rounded=False):
        return Figure("Invented", "Here", period, "share", READING, numerator=n, denominator=of, value=n / of, not_yet_due=waits, has_row=True, is_controlled=rounded)

    days = pd.date_range("2022-01-01", periods=13, freq="MS")
    names = [f"{day:%b %Y}" for day in days]
    held = [one(name, 5 + number % 3, 20) for number, name in enumerate(names[:-1])] + [one(names[-1], 2, 20, waits=4)]
    course = over_time.series(list(zip(days, held, strict=True)), "month", [], "good", 0.3)

    def said(shown, nation):
        return grid.row(grid.Row(shown, nation, course, 0.3, "region?measure=invented"))

    due, waits = said(held[-2], one(names[-2], 100, 200)), said(held[-1], one(names[-1], 100, 200, rounded=True))
    assert "Common cause" in due and "Target" in due and "rounded" not in due and "100 of 200" in due
    assert f"Nothing can be said of {names[-1]}: not all due yet" in waits and "Common cause" not in waits and "Target" not in waits
    assert "100 of 200, unknown" in waits and "rounded, so the difference is near" in waits


def figure_of(n, of, **more):
    """An exact figure of an invented share."""
    of_a_share = {"period": "May 2022", "unit": "share", "numerator": n, "denominator": of, "value": n / of, "unknown": 0, "not_yet_due": 0, "has_row": True}
    return Figure("Invented", "Here", reading=READING, **of_a_share | more)


def test_where_counts_stand_in_place_of_a_share_no_difference_of_shares_is_said():
    nation = figure_of(20, 23)
    assert grid.difference(figure_of(1, 1), nation) == "" and grid.difference(figure_of(10, 20), figure_of(1, 2)) == ""
    assert grid.difference(figure_of(10, 20), nation) == "37.0 points lower here"


def test_limits_of_a_median_are_drawn_from_no_day_on():
    days = pd.date_range("2021-01-01", periods=14, freq="MS")
    held = [(day, figure_of(0, 40, numerator=None, value=float(5 + 90 * (number % 2)), unit="days", period=f"{day:%b %Y}")) for number, day in enumerate(days)]
    course = over_time.series(held, "month", [], "none", None)
    assert course.made.points[-1].lower < 0, "the test is made without"
    spec = json.dumps(charts.compiled(charts.xmr(course, pd.DataFrame(), "Median days")), default=lambda frame: frame.to_json())
    assert "axis from 0 to" in spec and "axis from -" not in spec


def test_groups_whose_medians_are_not_tested_are_not_said_to_be_alike():
    medians = [(name, figure_of(0, 40, numerator=None, value=days, unit="days")) for name, days in (("Female", 3.0), ("Male", 90.0))]
    finding, said = outcome._gaps(medians, "Sex", "Here")
    assert "told apart" not in finding + said and "not tested" in finding and ": ." not in said


def test_a_headline_says_how_many_of_the_period_are_not_yet_due():
    measure = type("Measure", (), {"numerator_label": "Housed", "denominator_label": "Releases known", "sentence": None})
    assert outcome.sentence(figure_of(20, 23, unknown=4, not_yet_due=24), measure) == "Of 23 releases known, 20 count: housed. 4 more are unknown. 24 are not yet due."
    assert outcome.sentence(figure_of(20, 23, not_yet_due=1), measure).endswith("housed. 1 is not yet due.") and outcome.sentence(figure_of(20, 23), measure).endswith("housed.")


def test_a_headline_without_a_base_says_what_is_unknown_and_takes_nothing_that_is_printed_as_nought_or_left_empty_for_none():
    measure = type("Measure", (), {"numerator_label": "Housed", "denominator_label": "Releases known", "sentence": "Of {denominator}, {numerator} were housed; {rest} had no home."})
    nothing = {"numerator": 0, "value": None, "unknown": 12, "not_yet_due": 3}
    exact, rounded = figure_of(0, 1, denominator=0, **nothing), figure_of(0, 1, denominator=0, is_controlled=True, **nothing)
    assert outcome.sentence(exact, measure) == "No release has an outcome of “Invented” that is due and known in this period. 12 are unknown. 3 are not yet due."
    assert outcome.sentence(rounded, measure).startswith("None or up to 4 releases have an outcome of “Invented” that is due and known")
    assert "is left empty" in outcome.sentence(figure_of(0, 1, denominator=None, is_controlled=True, **nothing), measure)


def test_what_is_left_of_two_rounded_counts_is_no_count_and_stands_in_no_headline():
    measure = type("Measure", (), {"numerator_label": "Housed", "denominator_label": "Releases known", "sentence": "Of {denominator}, {numerator} were housed; {rest} had no home."})
    assert outcome.sentence(figure_of(20, 25), measure) == "Of 25, 20 were housed; 5 had no home."
    assert outcome.sentence(figure_of(20, 25, is_controlled=True), measure) == "Of 25 releases known, 20 count: housed."


def test_those_on_too_few_releases_to_be_drawn_are_not_left_out_of_those_marked_as_few():
    shown = [(str(n), figure_of(1, n)) for n in (3, 4, 12, 40)]
    assert "2 rest on fewer than 10 releases and are not drawn. 1 more rests on fewer than 30 releases; all 3 are marked [u]." in charts.summary_intervals(shown, None)
    assert "1 rests on fewer than 30 releases and is marked [u]." in charts.summary_intervals(shown[2:], None)


def test_start_tells_of_the_month_that_compare_calls_the_latest_however_few_its_releases(opened, tmp_path):
    region_world.publish(tmp_path)
    path = file_of(tmp_path, "fct_measure_result")
    rows = pd.read_parquet(path)
    last = (rows["measure_id"] == "M50") & (rows["period_grain"] == "month") & (pd.to_datetime(rows["period_start"]) == pd.Timestamp("2023-05-01"))
    rows.loc[last & (rows["geography_kind"] == "nation"), ["numerator", "denominator", "unknown"]] = [9, 11, 1]
    rows.to_parquet(path)
    assert "England and Wales, May 2023: Of 11 " in words(opened(tmp_path, "start"))
    assert "Compare regions: Housed on the first night, England and Wales, May 2023" in words(opened(tmp_path, "compare", measure="M50", grain="month"))


def test_why_no_headline_measure_can_be_judged_is_true_also_of_the_first_month_of_all(opened, home):
    said = words(opened(home, "region", region="N07", grain="month", period="2020-01"))
    assert "cannot be said for January 2020: no headline measure can be judged. The table says why of each." in said


def test_crude_and_adjusted_shares_of_units_are_drawn_as_the_schema_has_it():
    rows = pd.DataFrame([{"name": f"Unit {one}", "crude": 0.3, "adjusted": 0.28, "lower": 0.2, "upper": 0.4, "releases": 120} for one in range(3)])
    spec = charts.compiled(charts.adjusted(rows, 0.3, "Housed on the first night"))
    assert not against_the_schema([{name: of for name, of in spec.items() if name != "datasets"}])


def test_crude_and_adjusted_stand_beside_one_another_with_what_was_expected_of_people_like_these(opened, home):
    with duckdb.connect() as con:
        rows = con.execute(f"select geography_id, releases, observed, expected, variance from '{file_of(home, 'fct_case_mix')}' where geography_id in ('N07', 'N07A', 'N07B')").fetchall()
        ((observed, releases),) = con.execute(f"select observed, releases from '{file_of(home, 'fct_case_mix')}' where geography_kind = 'nation'").fetchall()
    html = body(opened(home, "region", region="N07", measure="M50", grain="month"))
    names = {"N07": "London", "N07A": "Invented unit A of London", "N07B": "Invented unit B of London"}
    assert len(rows) == 3
    for place, n, counted, expected, variance in rows:
        made = statistics.standardised(counted, expected, variance)
        (row,) = [one for one in re.findall(r"<tr>.*?</tr>", html, re.S) if f'<th scope="row">{names[place]}</th>' in one and "(" in one]
        for said in (f"{counted:,} of {n:,}", f"{expected:.1f}", f"{made.ratio:.2f} ({made.lower:.2f} to {made.upper:.2f})", percent(counted / n), percent(made.ratio * observed / releases), f"{made.z:+.1f}"):
            assert said in row, (place, said)
    said = words(opened(home, "region", region="N07", measure="M50", grain="month"))
    assert "How well the model tells" in said and "c-statistic 0.53" in said and "Never by ethnicity" in said
    assert "No model is made of this measure" in words(opened(home, "region", region="N07", measure="M71", grain="month"))
