"""What every page promises, walked page by page on an invented edition."""

import json
import math
import re
import shutil
from html import unescape
from urllib.parse import parse_qs

import duckdb
import pandas as pd
import pytest

from dashboard.parts import charts, data, filters, theme
from dashboard.parts.figure import PART, PARTS, is_partial
from dashboard.views import PAGES
from edition.folder import current
from ground.printing import pounds
from tests.conftest import file_of
from tests.dashboard import invented
from tests.dashboard.conftest import ROOT, against_the_schema, body, charts_of, figures_of, lists, notice, uses, words


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_shows_all_it_rests_on(opened, published, page):
    found = figures_of(body(opened(published, page)))
    assert page in ("start", "claims", "audit", "due", "links", "quality", "definitions", "access", "casework", "samples") or found.figures
    for one in found.figures:
        assert set(PARTS) <= set(one), f"{page}: a figure lacks {set(PARTS) - set(one)}"
        assert all(one[part].strip() for part in PARTS), f"{page}: a figure has an empty part: {one}"


@pytest.mark.parametrize("page", PAGES)
def test_no_rate_stands_outside_a_figure(opened, published, page):
    outside = " ".join(figures_of(body(opened(published, page))).outside)
    # The level of an interval or a limit is a percentage and no rate.
    rates = set(re.findall(r"\d+(?:\.\d+)?%", outside)) - {"95%", "99.8%"}
    assert not rates, f"{page} prints {rates} without numerator, denominator, unknown and interval"


def test_the_walk_finds_a_figure_that_lacks_a_part():
    whole = "<tr data-figure='x'>" + "".join(f"<td data-part='{part}'>1</td>" for part in PARTS) + "</tr>"
    assert set(figures_of(whole).figures[0]) == set(PARTS)
    assert set(figures_of(whole.replace("data-part='stale'", "")).figures[0]) != set(PARTS)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_which_edition_and_warns_that_figures_are_exact(opened, published, page):
    said = words(opened(published, page))
    assert "Exact figures, not for publication" in said
    assert "invented-1" in said and "30 June 2023" in said and "31 May 2023" in said


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_has_a_summary_a_table_twin_and_a_name(opened, published, page):
    app = opened(published, page)
    html, charts = body(app), app.get("vega_lite_chart")
    assert html.count('data-summary="chart"') == html.count('data-twin="chart"') == len(charts)
    for spec in charts_of(app):
        text = json.dumps(spec)
        assert "secondary" not in text and '"resolve"' not in text, "no second axis"
        if "interval" in text:
            assert all(f'"{title}"' in text for title in PARTS.values()), "a tooltip lacks a part of the figure"


def test_a_chart_with_a_property_that_vega_lite_does_not_know_is_seen_when_its_page_is_opened(opened, published, monkeypatch):
    app = opened(published, "due", days="84", at="schema")
    assert charts_of(app) and not against_the_schema(charts_of(app))
    monkeypatch.setattr(charts, "due_by_week", misspelt)
    with pytest.raises(AssertionError, match="titel"):
        opened(published, "due", days="84", at="schema again")


def misspelt(rows, states, draw=charts.due_by_week):
    chart = draw(rows, states)
    chart.encoding.x["titel"] = "Planned releases"
    return chart


WHOLE_YEAR = {"period": "2022-08"}  # the twelve months in which all the invented releases lie
SINCE = {"grain": "month", "period": "2022-06"}  # on one side of the break of 15 April 2022


def test_regions_are_compared_with_the_counts_said_first(opened, published):
    said = words(opened(published, **WHOLE_YEAR))
    assert "Of 95 releases with a known first night, 86 were housed; 9 had no home. 3 more are unknown." in said


def test_a_region_without_a_release_is_listed_and_not_counted_as_nought(opened, published):
    html = body(opened(published))
    row = re.search(r'<tr[^>]*><th scope="row">South Central</th>.*?</tr>', html).group(0)
    assert "No releases" in row and "[x]" in row and ">0<" not in row


def test_regions_stand_in_the_order_of_their_names(opened, published):
    names = re.findall(r'<th scope="row">([^<]+)</th>', body(opened(published)).split("by region", 1)[1])
    listed = [one for one in names if one in invented.REGIONS.values()]
    assert listed == sorted(listed) and len(listed) == 12


def test_small_denominators_are_marked_and_their_counts_lead(opened, published):
    row = re.search(r'<tr[^>]*><th scope="row">Wales</th>.*?</tr>', body(opened(published, **WHOLE_YEAR))).group(0)
    value = row.split("data-part")[0]
    assert "4 of 4" in value and "[u]" in value and "%" not in value


def has_published_line(spec: dict) -> bool:
    return theme.PUBLISHED in json.dumps(spec)


@pytest.mark.parametrize("page", ["compare"])
def test_published_figures_stand_beside_the_headline_and_the_nearest_in_time_is_drawn(opened, published, page):
    app = opened(published, page, **SINCE)
    said = words(app)
    assert (
        "[C1] Official housed: 85.7% , England and Wales, 2022/23." in said
        and "[C2] Invented target: 90.0%" in said
        and "unverified" in said
    )
    assert "Official housed: 84.0%" in said and "answer different questions" in said
    assert [has_published_line(spec) for spec in charts_of(app)][0]


def test_a_published_figure_behind_a_break_is_told_and_neither_drawn_nor_compared(opened, published):
    said = words(opened(published, "compare", grain="month", period="2022-02"))
    assert "Official housed: 85.7% , England and Wales, 2022/23." in said and "Not to be compared: a break lies between (15 April 2022)." in said
    # The one before it stands on this side.
    assert "[C1] Official housed: 84.0%" in said and "[C2] Invented target: 90.0%" in said and "[C3]" not in said


def test_a_published_figure_with_counts_prints_them_and_its_interval(opened, published):
    said = words(opened(published, "compare", measure="M51"))
    assert "[C1] Invented sample settled: 40.0% (37 of 93; 95% interval 30.4% to 49.9%)" in said


def test_a_figure_that_is_not_comparable_is_told_and_never_drawn(opened, published):
    app = opened(published, "compare", measure="M62")
    assert "Invented work: 4.0%" in words(app) and "Not comparable. Invented source. Another base." in words(app)
    assert not any(has_published_line(spec) for spec in charts_of(app))


def test_limits_are_those_of_the_edition(opened, tmp_path, monkeypatch):
    moved = invented.thresholds(
        low_reliability_denominator=7, low_rate_denominator=3, stale_days=99, final_after_days=21, funnel_min_units=4
    )
    monkeypatch.setattr(invented, "thresholds", lambda: moved)
    invented.publish(tmp_path)
    html = body(opened(tmp_path, **WHOLE_YEAR))
    wales = re.search(r'<tr[^>]*><th scope="row">Wales</th>.*?</tr>', html).group(0).split("data-part")[0]
    assert "100.0%" in wales and "[u]" in wales
    assert "(fewer than 7)" in html and "confirmed it for 99 days" in html and "less than 21 days" in html
    assert "A funnel with limits needs 4" in body(opened(tmp_path, "compare", of="provider"))


def test_an_edition_without_a_threshold_says_which(opened, tmp_path, monkeypatch):
    held = invented.thresholds()
    monkeypatch.setattr(invented, "thresholds", lambda: held[held["threshold"] != "stale_days"])
    invented.publish(tmp_path)
    assert "dim_threshold has no stale_days in force on 2023-06-30" in words(opened(tmp_path))


def test_a_provider_whose_releases_are_not_due_has_no_rate(opened, published):
    row = re.search(r'<tr[^>]*><th scope="row">Cedar Invented Trust</th>.*?</tr>', body(opened(published, "compare", of="provider"))).group(0)
    assert "Not yet due" in row and "%" not in row


def test_referrals_and_claims_of_nobody_known_are_said_beside_the_releases_of_providers(opened, published):
    claims = pd.read_parquet(file_of(published, "fct_claim"))
    nobodys = int((claims["person_id"].isna() & ~claims["is_reversal"]).sum())
    assert f"1 referral and {nobodys} claim" in words(opened(published, "compare", of="provider"))


def test_under_ten_providers_there_is_no_funnel_and_the_page_says_so(opened, published):
    html = body(opened(published, "compare", of="provider"))
    assert 'data-funnel="no"' in html and "A funnel with limits needs 10" in html


def test_from_ten_providers_the_funnel_has_both_limits(opened, tmp_path):
    invented.publish(tmp_path, more_providers=9)
    app = opened(tmp_path, "compare", of="provider")
    assert 'data-funnel="yes"' in body(app)
    assert "99.8% limit" in json.dumps(charts_of(app)[0]) or "99.8%" in words(app)


def test_breaks_of_the_domain_and_the_span_are_drawn_and_listed_and_the_month_of_one_stands_on_no_side(opened, published):
    said = words(opened(published, "compare", grain="month"))
    assert "Breaks: figures before and after are not compared, and limits are made anew. [B2] 15 April 2022: Invented spring change." in said
    assert "4 months since the break of 15 April 2022: a plain line, without limits, and nothing is said of the latest." in said
    assert "July 2022, August 2022: provisional [p] and may still change." in said
    assert "Not drawn: holds a break [b]: April 2022." in said
    assert "Invented work change" not in said and "Invented old change" not in said


def test_a_period_that_holds_a_break_is_never_headlined_without_its_mark(opened, published):
    said = words(opened(published, "compare", **WHOLE_YEAR))
    assert "12 months, Sep 2021 to Aug 2022 [b]" in said and "This period holds a break ( 15 April 2022)".replace("( ", "(") in said
    assert "[b]" not in words(opened(published, "compare", grain="month", period="2022-06")).split("By region")[0].split("Compare regions")[1]


@pytest.mark.parametrize("page", [*PAGES, "own"])
def test_a_legend_explains_the_marks_that_stand_above_it_and_no_other(opened, published, page):
    app = opened(published, "figures", table="own", measure="M51", geography="region", grain="quarter") if page == "own" else opened(published, page)
    marks = [*pd.read_parquet(file_of(published, "dim_shorthand", "protected"))["shorthand"], PART]
    for table, said in re.findall(r"<table.*?(<tbody>.*?)</table></div><p class=\"note\">(.*?)</p>", body(app), re.S):
        if "Not confirmed of late" in said:
            assert [mark for mark in marks if f"{mark} " in said] == [mark for mark in marks if mark in table], page
    if page == "compare":
        assert "[u] Low reliability" in body(app) and "[r] Revised" not in body(app) and "[z] Not applicable" not in body(app)


def test_a_year_of_which_some_months_are_covered_or_due_is_marked_wherever_it_stands(opened, published):
    months = pd.Timestamp("2022-02-01"), pd.Timestamp("2022-08-01")
    assert is_partial("2022-04-01", "year", *months) and is_partial("2021-09-01", "roll12", *months) and is_partial("2022-01-01", "quarter", *months)
    assert not is_partial("2022-04-01", "quarter", *months) and not is_partial("2022-09-01", "month", *months) and not is_partial("2022-04-01", "year", None, None)
    app = opened(published, "compare", grain="year", period="2023-03")
    assert "Compare regions: Housed on the first night, England and Wales, Apr 2022 to Mar 2023 [b] [part]" in words(app)
    assert app.selectbox(key="choose_period").options == ["Apr 2022 to Mar 2023 [part]", "Apr 2021 to Mar 2022 [part]"]
    row = next(one for one in re.findall(r"<tr.*?</tr>", body(app), re.S) if 'scope="row">Wales<' in one)
    assert ">[part]</span>" in row and "[part] Part of its period only" in words(app)
    assert "[part]" not in words(opened(published, "compare", **SINCE)).split("Over time")[0]
    assert "[part] Part of its period only" in words(opened(published, "figures", table="own", measure="M51", geography="region", grain="year"))


def test_sums_and_funnels_say_whether_they_count_claims_releases_or_people(opened, tmp_path):
    invented.publish(tmp_path, more_providers=9)
    app = opened(tmp_path, "compare", of="provider")
    assert "Counted: releases in scope whose first night is known; somebody released twice counts twice." in words(app)
    assert "Releases in scope whose first night is known, of each provider" in json.dumps(charts_of(app)).replace('", "', " ")
    said = words(opened(tmp_path, "audit", when="2021-04:2022-03"))
    assert "P01 to P03 plans and reviews that were due" in said and "P06 to P09 releases" in said and "P12 and P14 claims" in said and "None counts people" in said
    app = opened(tmp_path, "claims", **{"as": "analyst"})
    assert "These count people, each once in a provider, domain and quarter however many claims were made for them" in words(app)
    # Compare has measures of releases alone; a page is named where they are.
    assert "is told by the measures P06 to P09, on Figures" in words(app)
    assert "asks for measure “P06”" in notice(opened(tmp_path, "compare", measure="P06")) and not notice(opened(tmp_path, "figures", table="own", measure="P06", geography="nation"))
    (rows,) = [rows for title, rows in lists(app).items() if title == "Quarter from"]
    assert {"Claims", "People claimed for", "People: achieved", "People: unknown"} <= set(rows[0]) and rows[0]["Claims"] == 40


def test_a_sum_that_is_left_empty_is_marked_and_never_reads_as_none(opened, tmp_path):
    invented.publish(tmp_path)
    path = file_of(tmp_path, "fct_claimed_paid_achieved", "protected")
    sums = pd.read_parquet(path).astype({"claims": "Int64"})
    sums.loc[0, ["claims", "amount_claimed", "amount_paid", "marks"]] = [None, None, None, "[c]"]
    sums.loc[1, "marks"] = None
    sums.to_parquet(path)
    printed = words(opened(tmp_path, "figures", table="claimed_paid_achieved"))
    assert "2022-01-01 40 [c] [c] 35 [c] 25 5 5 0 0 [c]" in printed and "2022-01-01 40 40 1,240 35 1,090 25 5 5 0 0" in printed
    assert " nan " not in printed and "[c] Confidential" in printed
    (listed,) = opened(tmp_path, "claims", **{"as": "analyst"}).dataframe
    assert listed.proto.placeholder == "[c]"
    assert opened(tmp_path, "claims").dataframe[0].proto.placeholder == "" and opened(tmp_path, "claims").dataframe[0].proto.HasField("placeholder")


def standing(**of: str) -> pd.DataFrame:
    """The invented claims, all of which stand, of a provider or domain."""
    claims = invented._claims()
    return claims[(claims[list(of)] == pd.Series(of)).all(axis=1)] if of else claims


def paid(claims: pd.DataFrame, cell: str = "") -> tuple[float, int]:
    rows = claims[claims["paid_amount"].fillna(0) > 0]
    rows = rows[rows["outcome_cell"] == cell] if cell else rows
    return float(rows["paid_amount"].sum()), len(rows)


def strip(app) -> dict[str, str]:
    """The sums at the top of Paid and achieved, by name."""
    found = re.findall(r'<li data-strip="(\w+)"><span>.*?</span><b>(.*?)</b><span>(.*?)</span>', body(app))
    return {name: f"{sum_} on {n}" for name, sum_, n in found}


@pytest.mark.parametrize("chosen", [{}, {"provider": "aster"}, {"domain": "employment"}, {"provider": "aster", "domain": "finance", "when": "2022-01:2022-03"}, {"contract": "C-birch"}])
def test_what_is_chosen_governs_every_sum_and_is_said_in_every_headline(opened, published, chosen):
    app = opened(published, "claims", **chosen)
    renamed = {"contract": "contract_id"}
    claims = standing(**{renamed.get(name, name): value for name, value in chosen.items() if name != "when"})
    sums = {"paid": "", "not_achieved": "not_achieved", "unknown": "unknown", "no_outcome_defined": "no_outcome_defined"}
    for name, cell in sums.items():
        pounds, n = paid(claims, cell)
        assert strip(app)[name] == f"£{math.floor(pounds + 0.5):,} on {n:,} claim{'' if n == 1 else 's'}", name
    words_of_scope = re.search(r'class="eyebrow">Paid and achieved: (.*?)</p>', body(app))[1]
    assert body(app).count(words_of_scope) >= 5
    matrix = re.search(r"<caption>Paid in pounds, with the number of claims.*?<tbody>(.*?)</tbody>", body(app), re.S)[1]
    assert matrix.count("<tr>") == claims["provider"].nunique()
    # A cell is a link, so that whoever passes by with Tab chooses none.
    led = {one["provider"][0]: text for one, text in ((parse_qs(unescape(address)), text) for address, text in re.findall(r'href="\?([^"]*)"[^>]*>(.*?)</a>', matrix)) if one.get("cell") == ["unknown"]}
    unknown = {one: paid(claims[claims["provider"] == one], "unknown") for one in claims["provider"].unique()}
    assert led == {one: f"£{math.floor(pounds + 0.5):,} ({n:,})" for one, (pounds, n) in unknown.items() if n}
    listed = lists(app).get("Claim", [])
    assert len(listed) == paid(claims, "not_achieved")[1]


def test_days_without_a_claim_say_so(opened, published):
    app = opened(published, "claims", when="2022-01:2022-03")
    assert "tasks of Jan to Mar 2022" in words(app)
    assert "no causal claim" in words(app)


def claim(claim_id, amount, paid=None, **more):
    """A claim for housing that came; reversed claims and their reversals say so."""
    return {"claim_id": claim_id, "source": "provider_invented", "provider": "aster", "contract_id": "C-aster", "person_id": "invented-1", "domain": "accommodation",
            "outcome_cell": "achieved", "amount": amount, "net": amount, "paid_amount": paid, "is_reversal": False, "is_reversed": False, "paid_on_reversed": None,
            "task_date": pd.Timestamp("2022-03-01").date(), "s1_amount": 0.0, "s2_amount": 0.0, "s3_amount": 0.0} | more  # fmt: skip


def with_claims(monkeypatch, folder, *claims):
    rows = pd.concat([invented._claims().iloc[:0], pd.DataFrame(claims)], ignore_index=True).astype({"paid_on_reversed": float, "paid_amount": float})
    monkeypatch.setattr(invented, "_claims", lambda: rows)
    invented.publish(folder)


def test_money_paid_on_a_reversed_claim_stands_in_a_line_of_its_own(opened, tmp_path, monkeypatch):
    taken_back = {"is_reversed": True, "paid_on_reversed": 100.0, "net": 0.0}
    with_claims(monkeypatch, tmp_path, claim("A", 100.0, 100.0, **taken_back), claim("B", -100.0, is_reversal=True, net=0.0))
    app = opened(tmp_path, "claims")
    assert "Every claim made here was taken back." in words(app)
    assert strip(app) == {"claimed": "£0 on 0 claims", "paid": "£0 on 0 claims", "not_achieved": "£0 on 0 claims", "unknown": "£0 on 0 claims",
                          "no_outcome_defined": "£0 on 0 claims", "on_reversed": "£100 on 1 claim", "above": "£0 on 0 claims", "risk": "£0 on 0 claims"}  # fmt: skip
    assert [one["Claim"] for one in lists(opened(tmp_path, "claims", cell="on_reversed"))["Claim"]] == ["A"]


def test_pounds_are_printed_half_up_and_a_claim_whose_money_came_back_is_not_paid(opened, tmp_path, monkeypatch):
    with_claims(monkeypatch, tmp_path, claim("A", 112.5, 112.5), claim("B", 50.0, 0.0))
    assert strip(opened(tmp_path, "claims"))["claimed"] == "£163 on 2 claims" and strip(opened(tmp_path, "claims"))["paid"] == "£113 on 1 claim"


def test_what_is_paid_above_the_claim_stands_by_itself_and_can_be_listed(opened, tmp_path, monkeypatch):
    with_claims(monkeypatch, tmp_path, claim("A", 100.0, 130.0, net=90.0), claim("B", 50.0, 50.0))
    assert strip(opened(tmp_path, "claims"))["above"] == "£40 on 1 claim"
    assert [one["Claim"] for one in lists(opened(tmp_path, "claims", cell="above"))["Claim"]] == ["A"]


def test_claims_that_name_nobody_are_one_count_with_its_reasons(opened, tmp_path, monkeypatch):
    tests = invented._claim_tests().iloc[:1].assign(claim_id="A", rule_id="R01", evidence='{"person_ref": null}')
    monkeypatch.setattr(invented, "_claim_tests", lambda: tests)
    with_claims(monkeypatch, tmp_path, claim("A", 100.0, person_id=None), claim("B", 50.0, person_id=None), claim("C", 1.0))
    said = words(opened(tmp_path, "claims"))
    assert "2 claims that stand name nobody whom prison or probation knows" in said and "1: no person is named; 1: refused, so not looked into" in said


def test_two_spellings_of_a_domain_are_one(opened, tmp_path, monkeypatch):
    with_claims(monkeypatch, tmp_path, claim("A", 10.0, domain="Personal wellbeing"), claim("B", 20.0, domain="wellbeing"))
    assert opened(tmp_path, "claims").selectbox(key="choose_domain").options == ["All domains", "Wellbeing"]


def test_money_in_rows_that_were_set_aside_is_told_by_table_and_reason(opened, published):
    app = opened(published, "quality")
    assert "£113 in rows that were set aside (3) and have not come again. Of 1 of them the amount cannot be read." in words(app)
    assert rows_of(body(app), "Money set aside") == [
        ["provider__claim", "Key twice: claim_id", "2", "0", "£113"], ["provider__claim", "Unreadable money: amount", "1", "1", "[x]"],
    ]  # fmt: skip


def rows_of(html: str, caption: str) -> list[list[str]]:
    """The body of the table whose caption begins so: cells as text, row by row."""
    (table,) = [one for one in re.findall(r"<table>.*?</table>", html, re.S) if f"<caption>{caption}" in one]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.S)]


def due(app) -> list[dict]:
    """The list of people due for release."""
    return lists(app).get("Prison", [])


def test_the_next_14_days_come_first_and_the_rest_is_counted(opened, published):
    app = opened(published, "due")
    assert "Of 1 planned release in the next 14 days, 0 are recorded as homeless; for 1 no home is recorded, for 0 it is not confirmed, and 0 have a place." in words(app)
    assert "5 planned releases more in the days after them" in words(app)
    assert [one["Days to go"] for one in due(app)] == [5]


def test_of_those_due_out_the_homeless_come_first_and_nothing_recorded_is_not_among_them(opened, published):
    app = opened(published, "due", days="84")
    assert "Of 6 planned releases in the next 84 days, 1 is recorded as homeless; for 2 no home is recorded, for 1 it is not confirmed, and 2 have a place." in words(app)
    assert re.findall(r'data-home="(\w+)"><span>[^<]*</span><b>(\d+)', body(app)) == [("homeless", "1"), ("nothing", "2"), ("unconfirmed", "1"), ("place", "2")]
    assert [one["Home"] for one in due(app)] == [
        "Homeless (proposed)", "Nothing recorded: no probation record", "Nothing recorded", "Not confirmed: home from before custody, not confirmed",
        "Transient, with friends/family (prison discharge address)", "Settled, independent (proposed)",
    ]  # fmt: skip
    assert [int(one["Days to go"]) for one in due(app)] == [50, 5, 65, 35, 20, 80]


def test_prison_team_officer_and_reference_stand_first_and_what_each_lacks(opened, published):
    rows = due(opened(published, "due", days="84"))
    assert list(rows[0])[:5] == ["Prison", "Team", "Officer", "Reference", "Planned"]
    assert (rows[-1]["Team"], rows[-1]["Officer"], rows[-1]["Reference"]) == ("Invented team (N07T01)", "N07A001", "invented0")
    assert rows[0]["Lacks"] == "home" and rows[2]["Lacks"] == "officer, handover" and rows[2]["Not recorded"] == "home, photo ID, bank account"


def test_what_is_not_known_of_somebody_due_out_is_said_and_is_not_a_no(opened, published):
    assert rows_of(body(opened(published, "due", days="84")), "What is in place") == [
        ["Photo ID", "1", "0", "5"], ["Bank account", "0", "1", "5"], ["Probation officer", "1", "1", "4"], ["Handover done", "1", "1", "4"],
    ]  # fmt: skip


def test_of_a_record_that_could_not_be_read_the_list_says_so_in_words(opened, tmp_path, monkeypatch):
    rows = invented._due("2023-06-30")
    unread = rows["home_state"] == "unknown"
    rows.loc[unread, ["home_reason", "officer_reason"]] = "unreadable_record"
    monkeypatch.setattr(invented, "_due", lambda as_of: rows)
    invented.publish(tmp_path)
    listed = due(opened(tmp_path, "due", days="84"))
    assert [(one["Home"], one["Officer"]) for one in listed if "could not be read" in one["Home"]] == [("Not confirmed: record could not be read", "Not known: record could not be read")]
    assert not [cell for one in listed for cell in one.values() if "_" in str(cell)]


def test_those_due_out_are_told_by_region_and_prison_and_those_without_a_region_are_not_lost(opened, published):
    assert [one["Days to go"] for one in due(opened(published, "due", days="84", region="N07", prison="MDI"))] == [35]
    assert len(due(opened(published, "due", days="84", region="none"))) == 2
    assert [one["Reference"] for one in due(opened(published, "due", days="84", lacks="officer"))] == ["invented1"]


def test_the_list_of_people_is_restricted_and_taken_out_by_whoever_may_after_an_entry_in_the_access_record(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "largest", lambda edition, kind: "N07")
    invented.publish(tmp_path)
    app = opened(tmp_path, "due", days="84", at="file")
    assert 'data-restricted="rows"' in body(app) and 'data-withheld="download"' in body(app) and not app.get("download_button")
    app.selectbox(key="look_as").select("regional_director").run()
    n = len(due(app))
    assert n and not app.get("download_button")
    before = len(uses(tmp_path))
    app.button(key="take_due").click().run()
    assert app.get("download_button")
    (entry,) = [one for one in uses(tmp_path)[before:] if "query" in one]
    assert entry["query"] == f"A file of {n:,} {'person' if n == 1 else 'people'} due for release" and entry["rows"] == n and entry["tables"] == ["fct_due_release"]
    (tmp_path / "access.log").unlink()
    (tmp_path / "access.log").mkdir()
    app.button(key="take_due").click().run()
    assert not app.get("download_button")


def test_three_doors_each_say_what_the_edition_finds(opened, published):
    said = words(opened(published, "start"))
    assert "Of 1 people due out within 14 days, 0 are recorded as homeless, and of 1 no home is recorded." in said
    claims, failed = invented._claims(), invented._claim_tests().query("result == 'fail' and `class` == 'E'")
    assert f"Of {len(claims):,} claims tested, {len(failed):,} fail a condition of the contract" in said
    assert f"{len(invented.MEASURES):,} measures, by month from February 2022 to August 2022, can be taken out" in said


def test_a_week_that_is_planned_in_part_is_named_by_the_days_it_has(opened, tmp_path, monkeypatch):
    rows = invented._due("2023-06-30")
    monkeypatch.setattr(invented, "_due", lambda as_of: pd.concat([rows, rows.iloc[:1].assign(booking_id="last", days_to_go=84)]))
    invented.publish(tmp_path)
    said = words(opened(tmp_path, "due"))
    assert "Days 77 to 83" in said and "Day 84 " in said and "Days 84" not in said


def test_without_a_delivered_plan_the_page_says_so(opened, tmp_path, monkeypatch):
    due = invented._due("2023-06-30").iloc[:0]
    monkeypatch.setattr(invented, "_due", lambda as_of: due)
    invented.publish(tmp_path)
    assert "No planned release was ever delivered" in words(opened(tmp_path, "due"))


def test_claims_that_were_never_tested_are_not_taken_for_claims_without_fault(opened, tmp_path, monkeypatch):
    claims = invented._claims().assign(rules_applied=0)
    monkeypatch.setattr(invented, "_claims", lambda: claims)
    tests = invented._claim_tests().iloc[:0]
    monkeypatch.setattr(invented, "_claim_tests", lambda: tests)
    invented.publish(tmp_path)
    said = words(opened(tmp_path, "claims"))
    assert "No claim chosen here has been tested" in said and "tests failed" not in said


def test_the_claims_page_says_how_many_tests_failed_and_how_many_could_not_be_made(opened, published):
    claims, tests = invented._claims(), invented._claim_tests()
    failed = int((tests["result"] == "fail").sum())
    said = words(opened(published, "claims"))
    assert f"{len(claims):,} claims tested against the payment rules: {failed:,} tests failed, {len(tests) - failed:,} could not be made" in said


@pytest.mark.parametrize("when", ["", "2022-01:2022-03", "2022-04:2023-03"])
def test_what_is_chosen_on_the_payment_pages_is_summed_as_the_published_claims_have_it(opened, tmp_path, monkeypatch, when):
    # Two months in one quarter, and one of the next year from April: the ends of what is chosen count.
    made = invented._claims()
    days = [pd.Timestamp("2022-03-31"), pd.Timestamp("2022-01-01"), pd.Timestamp("2022-04-01"), pd.Timestamp("2023-03-31")]
    made = made.assign(task_date=[days[n % 4].date() for n in range(len(made))])
    monkeypatch.setattr(invented, "_claims", lambda: made)
    invented.publish(tmp_path)
    path, tests = (current(tmp_path).folder / "restricted" / f"{table}.parquet" for table in ("fct_claim", "fct_claim_test"))
    first, _, last = when.partition(":")
    own = f"provider = 'birch' and domain = 'employment' and strftime(task_date, '%Y-%m') between '{first or '0'}' and '{last or '9'}'"
    n, net, paid, failed = duckdb.sql(
        f"""select count(*), sum(net), sum(paid_amount), count(*) filter (where exists (
            from '{tests}' as test where test.source = claim.source and test.claim_id = claim.claim_id and test.result = 'fail' and test.class = 'E')) from '{path}' as claim where {own}"""
    ).fetchall()[0]
    asked = {"provider": "birch", "domain": "employment", **({"when": when} if when else {})}
    assert n and f"Claimed {pounds(float(net))} {n:,} claims Paid {pounds(float(paid))}" in words(opened(tmp_path, "claims", **asked))
    assert f"Of {n:,} claims tested, {failed:,} fail a condition of the contract" in words(opened(tmp_path, "audit", **asked))


@pytest.mark.parametrize("page", ["audit", "claims"])
def test_what_is_chosen_is_shown_the_same_of_an_edition_from_before_tests_said_whose_claims_they_are_of(opened, tmp_path, monkeypatch, page):
    invented.publish(tmp_path / "now")
    made, counts = invented._claim_tests(), invented._rule_counts(invented.PROVIDERS)
    monkeypatch.setattr(invented, "_rule_counts", lambda _: counts)
    monkeypatch.setattr(invented, "_claim_tests", lambda: made.drop(columns=["contract_id", "provider", "domain", "task_date"]))
    invented.publish(tmp_path / "before")
    for asked in ({}, {"provider": "birch", "domain": "employment", "when": "2021-04:2022-03"}, {"contract": "C-aster"}, {"when": "2022-01:2022-03"}):
        now, before = (opened(tmp_path / home, page, **asked) for home in ("now", "before"))
        assert words(now) == words(before) and lists(now) == lists(before)


def test_the_audit_says_what_is_at_risk_why_and_what_could_not_be_tested(opened, published):
    claims, tests = invented._claims(), invented._claim_tests()
    failed = tests[(tests["result"] == "fail") & (tests["class"] == "E")]
    said = words(opened(published, "audit"))
    assert f"Of {len(claims):,} claims tested, {len(failed):,} fail a condition of the contract" in said
    assert "Is it as R01 asks?" in said and "no table holds the column" in said
    assert f"R01: Is it as R01 asks? Condition Withhold or recover {len(failed):,} {4 * len(failed):,}" in said
    assert {one["When it was claimed"] for one in lists(opened(published, "audit"))["Claim"]} == {"passed then"}
    assert "Difference" in said and "(fewer than 10 people)" in said and "The same work is assumed" in said


def test_what_is_said_beside_signals_and_the_account_is_said_of_what_stands_there(opened, published):
    said = words(opened(published, "audit"))
    limits = said.split("Limits, and how many were looked at")[1].split("The account")[0]
    assert "[z] No chance is defined" in limits and ("[x] Nothing that you may see" in limits) == ("[x]" in limits.split("[z] No chance")[0].replace("[x] Nothing", ""))
    assert "were on days off" in limits
    assert "to the penny" not in said and "releases)" not in said.split("Flagged, of those looked at")[1].split("Limits, and")[0]


def test_the_audit_shows_what_was_claimed_verified_and_achieved_beside_people_like_them(opened, published):
    said = words(opened(published, "audit", when="2021-04:2022-03"))
    assert "P06: paid, and homeless on the first night; people like them, without a paid task 33.3%" in said and "no causal claim is made" in said
    # The lower bound has an interval of its own.
    assert "P02: claimed, and no condition fails, and each can be tested 27.3% 9 33 6 7 [x] [x] 15.1% to 44.2%" in said
    assert "11 of 33 released with a plan were reviewed on time" in said and "person housed on the first night, of accommodation tasks: £90" in said


def test_verified_work_is_set_against_outcomes_beside_people_like_them_without_a_line_or_a_cause(opened, published, monkeypatch, tmp_path):
    said = words(opened(published, "audit", when="2021-04:2022-03"))
    assert "With a paid task 11 of 33 11 of 33 22.0 0.50 (0.25 to 0.89) 6 7" in said and "People like them, without a paid task 11 of 33 22.0 0.50" in said
    assert "no causal claim is made, and nothing is ranked" in said and "providers with a paid task have a point. Nothing is concluded from where they lie." in said
    # Nine releases known say nothing, whatever is expected of them; nor does a year in which too few tell who is alike.
    few = invented._payment_measures(list(invented.PROVIDERS)).assign(denominator=9, numerator=3)
    monkeypatch.setattr(invented, "_payment_measures", lambda providers: few)
    invented.publish(tmp_path)
    said = words(opened(tmp_path, "audit", when="2021-04:2022-03"))
    assert "With a paid task 3 of 9 3 of 9 22.0 [x]" in said and "nothing is drawn" in said
    assert "Of no provider is it known how many were recalled by day 28" in words(opened(tmp_path, "audit", against="P09", when="2021-04:2022-03"))


def test_one_claim_is_shown_with_the_rules_it_does_not_pass_what_decided_them_and_what_to_do(opened, published):
    said = words(opened(published, "audit", claim="provider_invented|aster-accommodation-achieved-0"))
    assert "gatehouse audit pack" in said
    assert "R01: Is it as R01 asks? Fails passed then £310 task date 2022-03-01 Invented: ask." in said
    assert "Claim aster-accommodation-achieved-0" in said and "2 of the 3 that apply pass" in said and "invented-hash" in said


def test_a_claim_that_is_not_in_the_edition_is_said_to_be_so(opened, published):
    assert "This claim is not in this edition, or not yours to see." in words(opened(published, "audit", claim="provider_invented|nobody"))


def test_the_audit_of_an_edition_from_before_the_rules_says_so(opened, tmp_path, monkeypatch):
    claims = invented._claims().drop(columns=["waterfall", "s1_amount", "s2_amount", "s3_amount"])
    tests = invented._claim_tests().iloc[:0]
    monkeypatch.setattr(invented, "_claims", lambda: claims)
    monkeypatch.setattr(invented, "_claim_tests", lambda: tests)
    invented.publish(tmp_path)
    assert "is of an edition from before the payment rules" in words(opened(tmp_path, "audit"))


def test_a_file_that_does_not_add_up_is_named_first(opened, published):
    said = words(opened(published, "quality"))
    assert "1 file does not add up" in said and "No: does not add up" in said
    assert "40 checks declared, 40 executed" in said and "column POSTCODE is missing" in said
    assert "Never delivered" in said


def test_a_finding_says_what_it_means_what_rests_on_it_and_what_to_do_and_lists_its_rows(opened, published):
    html, said = body(opened(published, "quality")), words(opened(published, "quality"))
    assert "Unknown code: 2; rests under 2 releases and 1 claim of £310" in said
    assert "An invented code stands in no list." in said and "Invented status." in said and "Deliver the list." in said
    (link,) = re.findall(r'href="quality\?([^"]*finding=unknown_code[^"]*)"', html)
    listed = words(opened(published, "quality", **dict(one.split("=") for one in link.replace("&amp;", "&").split("&"))))
    assert "Rows 1 to 1 of 1." in listed
    for odd in ("-1", "9" * 30, "x"):
        assert "Rows 1 to 1 of 1." in words(opened(published, "quality", **{"finding": "unknown_code", "from": odd}))


@pytest.mark.parametrize("page", PAGES)
def test_what_could_not_be_read_stands_before_the_figures_it_touches(opened, published, page):
    html = body(opened(published, page))
    assert 'data-gaps="3"' in html and html.index("data-gaps") < html.index("<h1")
    assert "ndelius__recall" in html and "Invented recall" in html


def test_the_quality_page_leads_to_what_great_expectations_found_at_each_door(opened, published):
    html, said = body(opened(published, "quality")), words(opened(published, "quality"))
    assert "2 delivered tables, 1 not all as expected" in said and "1 suite, 0 not all as expected" in said
    links = re.findall(r'href="quality\?([^"]*suite[^"]*)"', html)
    # What a person should look at comes first.
    assert links == ["door=landing&amp;suite=nomis__addresses", "door=landing&amp;suite=nomis__offenders", "door=edition&amp;suite=published_tables"]
    (frame,) = opened(published, "quality", door="landing", suite="nomis__addresses").get("iframe")
    assert "Invented results of nomis__addresses" in frame.proto.srcdoc
    assert not opened(published, "quality", door="landing", suite="../../published/current").get("iframe")


def test_what_a_door_warned_of_is_not_counted_among_checks_without_fault(opened, published):
    said = words(opened(published, "quality"))
    assert "Landing door: results of Great Expectations for 2 delivered tables, 1 not all as expected" in said
    assert "failed or warned. What was not as expected at the doors is listed below." in said
    assert re.search(r"Landing door 40 40 listed below", said)


def test_who_looked_is_told_with_the_names_of_pages_and_without_one_where_none_asked(opened, tmp_path):
    invented.publish(tmp_path)
    invented.open_cases(tmp_path)
    opened(tmp_path, "links")
    said = words(opened(tmp_path, "access"))
    assert "Page Who is who: Link review" in said and "Page links" not in said
    assert "Page :" not in said and "Invented: opening payment cases Exact figures" in said


def test_definitions_come_from_the_edition(opened, published):
    said = words(opened(published, "definitions"))
    assert all(one[1] in said for one in invented.MEASURES)
    assert "unverified" in said and "85.7%" in said and "40%" in said and "Figures count releases, not people." in said


def test_a_region_without_a_release_and_an_edition_without_a_break_are_shown_all_the_same(opened, published, tmp_path):
    app = opened(published, "region", region=invented.EMPTY_REGION, measure="M50")
    assert "My region: South Central" in words(app) and "Is it changing" in words(app)
    invented.publish(tmp_path)
    breaks = file_of(tmp_path, "dim_policy_break", "protected")
    pd.read_parquet(breaks).iloc[:0].to_parquet(breaks)
    assert "None in this edition." in words(opened(tmp_path, "definitions"))
    assert "Is it changing" in words(opened(tmp_path, "region", region="N07", measure="M50"))


ENTRY = r'data-note="definition"><h3>(.*?)</h3>'


def test_definitions_are_found_by_their_id_or_their_words_and_the_address_holds_what_was_looked_for(opened, published):
    app = opened(published, "definitions", find="m51")
    assert re.findall(ENTRY, body(app)) == ['M51 Settled on the first night <span class="mark">unverified</span>'] and "<details open" in body(app)
    assert app.text_input(key="choose_find").value == "m51"
    by_words = opened(published, "definitions", find="temporary HOUSED")
    assert [one[:3] for one in re.findall(ENTRY, body(by_words))] == ["M50"] and "<h2>Payment rules" not in body(by_words)
    # A rule by its question, what was settled by its text, a limit by its meaning.
    rule = opened(published, "definitions", find="is it as r20 asks?")
    assert {one[:3] for one in re.findall(ENTRY, body(rule))} == {"R20"} and re.search(r"Class [EQO] \((condition|quality|outcome)\), severity S[1-4] \([a-z]", words(rule))
    assert re.findall(ENTRY, body(opened(published, "definitions", find="not people"))) == ["What is counted"]
    assert "Invented meaning of funnel_min_units" in words(opened(published, "definitions", find="funnel_min_units"))
    app = opened(published, "definitions", at="write")
    app.text_input(key="choose_find").set_value(" nowhere <b> ").run()
    assert app.query_params["find"] in ("nowhere <b>", ["nowhere <b>"]) and "Nothing here holds all these words." in words(app)
    assert "<b>”" not in body(app)


def test_the_name_of_a_measure_leads_to_what_it_counts_in_the_edition_and_the_role(opened, published):
    for page, query, named in (
        ("region", {"region": "N07", "measure": "M51"}, {"M50", "M51", "M62", "M71"}),
        ("compare", {"measure": "M51"}, {"M51"}),
        ("figures", {"table": "own", "measure": "M50,M51", "as": "analyst"}, {"M50", "M51"}),
    ):
        links = re.findall(r'href="definitions\?(.*?)" target="_self" data-definition="(\w+)"', body(opened(published, page, **query)))
        assert {one for _, one in links} == named
        asked = [parse_qs(unescape(one)) for one, _ in links]
        assert all(one["edition"] == ["invented-1"] and one.get("as") == (["analyst"] if "as" in query else None) for one in asked)
        assert {one["find"][0] for one in asked} == named
        assert all(re.findall(ENTRY, body(opened(published, "definitions", find=one)))[0].startswith(one) for one in named)


def test_each_rule_of_the_registry_is_explained_in_a_sentence_of_its_own(opened, tmp_path):
    registry = pd.read_csv(ROOT / "seeds" / "rule.csv", dtype=str)
    invented.publish(tmp_path)
    registry.to_parquet(file_of(tmp_path, "dim_rule", "protected"))
    items = dict(re.findall(r'data-note="definition"><h3>(R\d\d) .*?</h3>(.*?)(?=data-note="definition"|$)', body(opened(tmp_path, "definitions")), re.S))
    assert set(items) == set(registry["rule_id"]) and len(registry) == 72
    for rule in registry.to_dict("records"):
        said = unescape(re.sub(r"<[^>]+>", "", items[rule["rule_id"]]))
        for part in ("question", "logic", "motive", "document", "how_to_resolve"):
            assert isinstance(rule[part], str) and len(rule[part].split()) >= 2 and rule[part] in said, (rule["rule_id"], part)
        assert rule["question"].endswith("?") and rule["logic"].endswith(".")
    # No two rules ask or say the same.
    assert registry["question"].is_unique and registry["logic"].is_unique


def test_a_definition_that_figures_do_not_follow_yet_says_so(opened, published):
    items = re.findall(r'data-note="definition"><h3>(.*?)</h3>', body(opened(published, "definitions")))
    assert [one for one in items if "agreed, not built yet" in one] == ['Age <span class="mark">agreed, not built yet</span>']
    assert "What is counted" in items


def test_links_and_choices_agree_both_ways(opened, published):
    app = opened(published, "compare", region="N07", measure="M71", grain="month", by="ethnicity")
    assert app.selectbox(key="choose_region").value == "N07"
    assert "recalled within 28 days" in words(app)
    app.selectbox(key="choose_region").select("N56").run()
    assert app.query_params["region"] in ("N56", ["N56"])
    assert app.query_params["measure"] in ("M71", ["M71"])
    assert "East of England" in words(app)
    app.selectbox(key="choose_region").select("all").run()
    assert "region" not in app.query_params


def led_to(app, title: str) -> dict[str, list[str]]:
    """What the link of the menu to a page asks for."""
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label.strip("*") == title]
    return parse_qs(link.query_string)


def test_the_menu_carries_the_edition_and_what_was_chosen_to_the_pages_that_have_the_choice(opened, published):
    app = opened(published, "compare", measure="M71", region="N07")
    edition = {"edition": ["invented-1"]}
    assert led_to(app, "My region") == edition | {"measure": ["M71"], "region": ["N07"]}
    assert led_to(app, "Due for release") == edition | {"region": ["N07"]}
    assert led_to(app, "Definitions") == edition


def test_two_pages_keep_their_own_choices_and_share_those_that_mean_the_same(opened, published):
    app = opened(published, "audit", provider="CAT", at="two")
    app.query_params = {"edition": "invented-1", "measure": "M71", "grain": "month"}
    app.switch_page("views/compare.py").run()
    assert led_to(app, "Payment audit")["provider"] == ["CAT"] == led_to(app, "Paid and achieved")["provider"]
    assert led_to(app, "Compare")["grain"] == ["month"] and "measure" not in led_to(app, "Paid and achieved")


def test_where_the_address_is_silent_a_choice_is_its_default_so_that_back_takes_it_back(opened, published):
    app = opened(published, "compare", region="N07", at="back")
    app.query_params = {}
    app.run()
    assert app.selectbox(key="choose_region").value == "all"


def test_every_choice_of_a_page_is_declared_with_what_it_means(opened, two_worlds):
    for page in PAGES:
        for box in opened(two_worlds, page).selectbox:
            name = (box.key or "").removeprefix("choose_")
            if box.key and box.key.startswith("choose_") and name != "world":
                assert page in filters.NAMES[name][1].split(), f"{name} of {page} is not in filters.NAMES"


def test_the_link_to_copy_says_what_is_at_its_default_and_shows_the_same_without_a_word_on_other_pages(opened, published):
    def copied(app) -> dict[str, str]:
        (address,) = re.findall(r'<p class="printed" data-address="(.*?)"', body(app))
        here = {name: one if isinstance(one, str) else one[0] for name, one in app.query_params.items()}
        return here | {name: one for name, (one,) in parse_qs(unescape(address)).items()}

    for page, named in (
        ("compare", {"of": "region", "measure": "M50", "grain": "roll12", "period": "2023-05"}),
        ("region", {"region": "N55", "grain": "quarter", "period": "2022-09"}),
        ("figures", {"table": "own", "measure": "M50", "geography": "nation", "grain": "month", "from": "2022-02", "to": "2022-08", "format": "csv"}),
    ):
        app = opened(published, page, **({"table": "own"} if page == "figures" else {}))
        assert copied(app) == named | {"edition": "invented-1"}
        again = opened(published, page, **copied(app))
        assert not notice(again) and re.findall("<h1>.*?</h1>", body(again)) == re.findall("<h1>.*?</h1>", body(app))
    # From Compare on to a page that has no periods so long.
    assert not notice(opened(published, "region", grain="roll12", period="2022-06"))


def test_another_length_shows_the_period_of_the_same_time_and_not_one_that_begins_with_it(opened, published):
    app = opened(published, "compare", grain="month", period="2022-06")
    assert "June 2022" in words(app)
    for grain, label in (("quarter", "Apr to Jun 2022"), ("year", "Apr 2022 to Mar 2023"), ("month", "June 2022")):
        app.selectbox(key="choose_grain").select(grain).run()
        assert label in words(app) and not notice(app)


def test_a_link_to_an_unknown_region_falls_back_and_says_so(opened, published):
    app = opened(published, "compare", region="N99")
    assert app.selectbox(key="choose_region").value == "all"
    assert "N99" in notice(app) and "Showing All regions" in notice(app)
    app.selectbox(key="choose_measure").select("M71").run()
    assert not notice(app) and "region" not in app.query_params


AS_TEXT = "![x](http://pictures.invalid/a.png)<img src='http://pictures.invalid/b.png'>[x](http://pictures.invalid/c)"


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_link_asks_for_is_shown_as_text(opened, two_worlds, page):
    """A picture in an address would tell another machine who looks at what."""
    asked = {box.key.removeprefix("choose_") for box in opened(two_worlds, page).selectbox} | {"pair", "door", "suite"}
    app = opened(two_worlds, page, **dict.fromkeys(asked - {"world"}, AS_TEXT))
    assert ("![x]" in notice(app)) == any(one in filters.NAMES for one in asked - {"pair"}) and "<img src" not in body(app)
    marked_up = [one for kind in ("markdown", "caption", "info", "success", "warning", "error") for one in app.get(kind)]
    assert not [one.value for one in marked_up if "pictures.invalid" in one.value]


def test_a_session_stays_on_its_edition_until_the_reader_follows_the_link_to_the_newer(opened, tmp_path):
    invented.publish(tmp_path, "invented-1")
    app = opened(tmp_path, **WHOLE_YEAR)
    assert "Of 95 releases" in words(app) and "data-newer" not in body(app)
    invented.publish(tmp_path, "invented-2", as_of="2023-07-31", scale=2)
    app.run()
    assert "Edition invented-1" in words(app) and "Of 95 releases" in words(app)
    assert "A newer edition is in force , invented-2, as of 31 July 2023" in words(app)
    app.query_params = led_to(app, "Switch to edition invented-2, as of 2023-07-31")
    app.run()
    assert "Edition invented-2" in words(app) and "Of 190 releases" in words(app) and "data-newer" not in body(app)


def test_a_link_shows_the_figures_of_its_edition_and_one_that_is_gone_says_so(opened, tmp_path):
    invented.publish(tmp_path, "invented-1")
    invented.publish(tmp_path, "invented-2", as_of="2023-07-31", scale=2)
    assert "Of 95 releases" in words(opened(tmp_path, edition="invented-1", **WHOLE_YEAR))
    assert "Of 190 releases" in words(opened(tmp_path, edition="invented-2", **WHOLE_YEAR))
    shutil.rmtree(tmp_path / "published" / "invented-1")
    for asked in ("invented-1", "../inspection", ".", "x" * 3000):
        app = opened(tmp_path, edition=asked, at="gone")
        assert "is not kept here: it was withdrawn" in words(app) and not app.get("vega_lite_chart")
        assert led_to(app, "Switch to edition invented-2, as of 2023-07-31")["edition"] == ["invented-2"]


def test_whoever_comes_under_restriction_is_in_no_list_of_an_earlier_edition(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "largest", lambda edition, kind: "N07")
    invented.publish(tmp_path, "invented-1")
    asked = {"edition": "invented-1", "days": "84"}
    app = opened(tmp_path, "due", **asked)
    app.selectbox(key="look_as").select("regional_director").run()
    assert [one["Reference"] for one in due(app)] == ["invented3"]
    monkeypatch.setattr(invented, "LIMITED", ("invented3",))
    invented.publish(tmp_path, "invented-2")
    app.run()
    assert "Edition invented-1" in words(app) and not due(app) and "2 more" in words(app)


@pytest.fixture(scope="module")
def two_worlds(tmp_path_factory):
    home = tmp_path_factory.mktemp("two")
    invented.publish(home, "invented-nation", scale=3)
    invented.publish(home / "inspection", "invented-sample")
    return home


@pytest.mark.parametrize("page", PAGES)
def test_the_inspection_sample_is_one_choice_away_and_the_banner_says_which(opened, two_worlds, page):
    nation, sample = (opened(two_worlds, page, **asked) for asked in ({}, {"world": "inspection"}))
    assert "Invented nation: nobody in it exists." in words(nation) and "Edition invented-nation" in words(nation)
    assert "Inspection sample: nobody in it exists." in words(sample) and "Edition invented-sample" in words(sample)
    assert sample.selectbox(key="choose_world").options == ["Invented nation", "Inspection sample"]


def test_a_switch_of_worlds_keeps_nothing_else_that_was_chosen(opened, two_worlds):
    app = opened(two_worlds, "compare", region="N07", measure="M71")
    app.selectbox(key="choose_world").select("inspection").run()
    assert "Edition invented-sample" in words(app) and app.selectbox(key="choose_region").value == "all"
    assert set(app.query_params) == {"world"} and not notice(app)
    app.switch_page("views/quality.py").run()
    assert "Edition invented-sample" in words(app)


def test_a_home_of_one_world_offers_no_switch(opened, published):
    app = opened(published)
    assert "choose_world" not in [one.key for one in app.selectbox] and "obody in it exists" not in words(app)


def test_without_an_edition_the_page_says_what_to_do(monkeypatch, tmp_path):
    from streamlit.testing.v1 import AppTest

    from tests.dashboard.conftest import ROOT

    monkeypatch.setenv("GATEHOUSE_HOME", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert "gatehouse refresh" in words(app)


@pytest.mark.parametrize(
    ("page", "table", "still"),
    [
        ("claims", "fct_claim", "Paid and achieved"),
        ("claims", "fct_claim_test", "Provider by outcome"),
        ("due", "fct_due_release", "due_release is not in this edition"),
        ("links", "fct_link_review", "link_review is not in this edition"),
        ("links", "fct_release", "Decisions on this pair"),
        ("quality", "fct_quarantine", "Row accounts"),
        ("quality", "fct_money_set_aside", "Row accounts"),
        ("quality", "fct_row_account", "checks declared"),
    ],
)
def test_a_missing_table_is_named_and_the_rest_still_loads(opened, tmp_path, page, table, still):
    invented.publish(tmp_path, drop={("restricted", table)})
    app = opened(tmp_path, page)
    assert 'data-missing="table"' in body(app) and table in words(app)
    assert still in words(app)


def test_without_the_bases_of_providers_the_rest_of_the_comparison_still_loads(opened, tmp_path):
    invented.publish(tmp_path, drop={("restricted", "fct_release_provider")})
    app = opened(tmp_path, "compare", of="provider")
    assert 'data-missing="table"' in body(app) and "fct_release_provider" in words(app) and "Housed on the first night, by provider" in words(app)


def test_without_exact_results_the_controlled_ones_show_with_their_own_banner(opened, tmp_path):
    invented.publish(tmp_path, drop={("restricted", "fct_measure_result")})
    said = words(opened(tmp_path))
    assert "Controlled figures" in said and "Exact figures" not in said and "[c]" in said
    assert "Counts are rounded at random to a multiple of 5. 0 means none or up to 4. Parts may not add up to totals." in said


AUDITED = int(invented._claim_tests().eval("result == 'fail' and `class` == 'E'").sum())
AUTHORS = int(invented._contract_tests(invented.PROVIDERS)["rule_id"].isin(["R50", "R52"]).sum())
# Of each page the lists of rows about people that it shows first, with how many rows.
LISTS = {"claims": [("fct_claim", paid(standing(), "not_achieved")[1])], "audit": [("fct_claim", AUDITED), ("fct_claim_test", AUDITED), ("fct_claim", AUTHORS), ("fct_contract_test", AUTHORS)], "casework": [("payment_case", 0)], "due": [("fct_due_release", 1)], "links": [("fct_link_review", 5), ("fct_release", 2)]}


@pytest.mark.parametrize("page", PAGES)
def test_each_list_of_people_and_exact_figures_once_a_run_are_in_the_access_record(opened, tmp_path, page):
    """Also where the rows are kept from the run before."""
    invented.publish(tmp_path)
    app = opened(tmp_path, page)
    before = uses(tmp_path)
    lists = [(table, one["rows"]) for one in before if "tables" in one for table in one["tables"]]
    assert lists == LISTS.get(page, [])
    # The definitions are protected, all of them, and so is what can be taken out; what is granted, cases and samples are no part of an edition.
    assert sum("tables" not in one for one in before) == (0 if page in ("definitions", "access", "casework", "samples", "figures") else 1)
    for one in before:
        assert (one["page"], one["edition_id"], one["user"], one["role"]) == (page, "invented-1", "Invented Auditor", "auditor")
        assert one["purpose"] == "Demonstration" and one["regions"] == ["all"] and one["time"]
    app.run()
    assert len(uses(tmp_path)) == 2 * len(before)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_whose_use_cannot_be_recorded_says_so_and_shows_what_is_protected(opened, published, tmp_path, page):
    opened(published, page)  # the same edition, whose rows are kept
    invented.publish(tmp_path)
    (tmp_path / "access.log").mkdir()
    app = opened(tmp_path, page)
    said = words(app)
    assert "Restricted rows are not shown." in said and "Controlled figures" in said and "Exact figures" not in said
    if page in ("casework", "samples"):
        assert "are restricted: the use cannot be written" in said
    if page in ("due", "links", "claims"):
        assert "is restricted: the use cannot be written" in said and "invented1" not in said and "£3,720" not in said and "data-strip" not in body(app)
    if page == "region":
        assert "[c]" in said
    if page == "definitions":
        assert all(one[1] in said for one in invented.MEASURES)


def test_where_machines_read_the_log_each_page_is_a_line_that_tells_of_nobody(opened, published, monkeypatch, capfd):
    monkeypatch.setenv("GATEHOUSE_LOG", "json")
    opened(published, "due", region="N07", at="log")
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith('{"time')]
    assert (line["event"], line["level"]) == ("page", "info") and line["edition"] == "invented-1" and line["page"] == "due"
    assert set(line) == {"time", "level", "event", "page", "edition", "seconds"}


def test_a_record_that_can_no_longer_be_written_when_the_first_row_is_asked_for_shows_none(opened, tmp_path, monkeypatch):
    from edition.access import NotRecorded, Use

    def refuse(self, rows=None, tables=()):
        raise NotRecorded("the use cannot be written to a full disk")

    monkeypatch.setattr(Use, "enter", refuse)
    invented.publish(tmp_path)
    assert "is restricted: the use cannot be written to a full disk" in words(opened(tmp_path, "due"))


def test_a_page_of_figures_leads_to_where_they_are_taken_out(opened, published):
    app = opened(published, "compare", grain="quarter")
    assert 'href="/figures?table=own&amp;measure=M50&amp;geography=region&amp;grain=quarter&amp;edition=invented-1"' in body(app) and "the file is by" not in words(app)


def test_the_way_to_a_file_leads_to_a_length_of_period_that_is_printed_and_says_so(opened, published):
    app = opened(published, "compare", grain="roll12")
    assert 'href="/figures?table=own&amp;measure=M50&amp;geography=region&amp;grain=year&amp;edition=invented-1"' in body(app)
    assert "Rolling 12 months is printed for no region: the file is by year." in words(app)
    assert not notice(opened(published, "figures", table="own", measure="M50", geography="region", grain="year"))


def test_start_offers_no_measure_where_no_month_has_a_figure(opened, tmp_path):
    invented.publish(tmp_path)
    path = file_of(tmp_path, "fct_measure_result", "protected")
    pd.read_parquet(path).iloc[:0].to_parquet(path)
    assert "Nothing can be taken out yet: no month has a figure." in words(opened(tmp_path, "start", **{"as": "analyst"}))


def test_start_names_the_quarter_of_the_claims_it_leads_to(opened, published):
    (link,) = [one.proto for one in opened(published, "start").get("page_link") if one.proto.label.startswith("Paid for accommodation")]
    first, last = (pd.Period(one, "M") for one in parse_qs(link.query_string)["when"][0].split(":"))
    assert link.label == f"Paid for accommodation in {first:%b} to {last:%b %Y}, and homeless"
    assert last.end_time < pd.Timestamp("2023-07-01")


def test_a_download_is_withheld_where_nothing_controlled_exists(opened, tmp_path):
    invented.publish(tmp_path, drop={("protected", "fct_measure_result")})
    app = opened(tmp_path)
    assert 'data-withheld="download"' in body(app) and "fct_measure_result" in words(app)
    assert not app.get("download_button")


@pytest.mark.parametrize("page", ["claims", "quality"])
def test_exact_only_tables_are_never_offered(opened, published, page):
    assert 'data-withheld="download"' in body(opened(published, page))


def test_a_measure_made_of_parts_is_compared_part_by_part_in_words(opened, published):
    app = opened(published, "compare", measure="M73")
    assert app.selectbox(key="choose_part").options == ["Fixed term, 28 days", "Standard"]
    assert "Recalls by type: Fixed term, 28 days" in words(app) and "fixed_term_28" not in words(app)


def test_of_recalls_part_by_part_it_is_said_that_no_difference_is_tested_and_why(opened, published):
    said = words(opened(published, "region", region="N07", measure="M73"))
    assert "No difference is tested: the region is a part of England and Wales, so its recalls stand on both sides. Read the intervals" in said
    assert "several reasons" not in said, "a recall has one type"


def test_a_median_has_no_numerator_and_no_interval_and_says_so(opened, published):
    html = body(opened(published, "compare", measure="M76"))
    assert "17.0 days" in html and 'data-part="interval">[z]' in html and 'data-part="numerator">[z]' in html
