"""The page Figures: what will be in a file is said before it is made, the same function makes it, and its own page says what has become of it."""

import json
import re

import pytest

from decisions.extracts import withdraw
from edition.extract import formats, shelf
from edition.folder import current
from tests.conftest import gatehouse
from tests.dashboard import invented
from tests.dashboard.conftest import body, figures_of, words

OWN = {"table": "own", "measure": "M51", "geography": "region", "grain": "quarter"}


def marked(app, name: str) -> str:
    return body(app).split(f'data-{name}="')[1].split('"')[0]


def test_expected_rows_follow_what_is_chosen_and_the_command_makes_the_same(opened, published, tmp_path):
    everything, some = opened(published, "figures", **OWN), opened(published, "figures", **OWN, region="N58", **{"from": "2022-04"})
    assert int(marked(everything, "expected")) == 21 and int(marked(some, "expected")) == 2
    command = words(some).split("gatehouse extract", 1)[1].split(" Take it out")[0].split()
    out = tmp_path / "same.csv"
    said = ["extract", *command]
    said[said.index("HOME")], said[said.index("figures.csv")] = str(published), str(out)
    done = gatehouse(*said)
    assert done.returncode == 0 and done.stdout.startswith("expected 2 rows\nwrote 2 rows\n"), done.stderr


def test_several_measures_are_taken_out_together_and_the_address_holds_them(opened, tmp_path):
    invented.publish(tmp_path)
    app = opened(tmp_path, "figures", **OWN | {"measure": "M51,M62"})
    assert int(marked(app, "expected")) == 42 and app.multiselect(key="choose_measures").value == ["M51", "M62"]
    assert "--measure M51,M62 " in words(app)
    app.multiselect(key="choose_measures").set_value(["M51", "M62", "M71"]).run()
    assert int(marked(app, "expected")) == 63 and app.query_params["measure"] in ("M51,M62,M71", ["M51,M62,M71"])
    app.multiselect(key="choose_measures").set_value([]).run()
    assert app.multiselect(key="choose_measures").value == ["M50"], "one at least"
    next(one for one in app.button if one.key == "make_extract").click().run()
    (line,) = shelf.register(tmp_path)
    assert line["rows"] == 21


def test_a_link_to_a_measure_that_is_not_there_shows_the_others_and_says_so(opened, published):
    app = opened(published, "figures", **OWN | {"measure": "M51,M99"})
    assert int(marked(app, "expected")) == 21 and "asks for the measure “M99”" in words(app)


def test_rows_on_screen_have_names_beside_codes_days_unit_and_marks(opened, published):
    app = opened(published, "figures", **OWN, region="N58")
    said = words(app)
    assert "Settled on the first night (M51, share), South West (N58), Apr to Jun 2022 (2022-04-01 to 2022-06-30) [b]" in said
    assert "[c] Confidential" in said and figures_of(body(app)).figures


def test_codes_read_as_names_on_the_page_and_stand_in_the_file(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(invented, "WAYS", invented.WAYS | {"sex_x_ethnicity": "Sex and ethnicity"})
    monkeypatch.setattr(invented, "SPLITS", invented.SPLITS | {"sex_x_ethnicity": {"Female, White": 0.4, "Male, Black": 0.5}})
    invented.publish(tmp_path)
    asked = {"table": "own", "measure": "M51", "geography": "nation", "grain": "year", "by": "sex_x_ethnicity"}
    app = opened(tmp_path, "figures", **asked)
    assert "Figures: Settled on the first night (M51), by year from April, England and Wales, by sex and ethnicity" in words(app)
    assert app.selectbox(key="choose_nation").options == ["All", "England and Wales"]
    assert "Sex and ethnicity" in app.selectbox(key="choose_by").options and "sex and ethnicity: Female, White" in words(app)
    assert "sex_x_ethnicity" not in re.sub("<code.*?</code>", "", body(app).split("Take it out")[1])
    next(one for one in app.button if one.key == "make_extract").click().run()
    (line,) = shelf.register(tmp_path)
    its_own = opened(tmp_path, "figures", extract=line["permalink"])
    assert "Settled on the first night (M51), by year from April, England and Wales, by sex and ethnicity. Edition invented-1" in words(its_own)
    assert "sex_x_ethnicity" in shelf.file_of(tmp_path, line["permalink"]).read_text(), "in the file the code"
    said = words(opened(tmp_path, "figures", table="own", measure="M73", geography="nation", grain="year", by="recall_type"))
    assert "recall type: Fixed term, 28 days" in said and "fixed_term_28" not in said


def test_an_analyst_is_led_on_as_an_analyst_to_what_is_printed_otherwise_to_an_extract_and_to_how_it_is_verified(opened, tmp_path):
    invented.publish(tmp_path)
    start = opened(tmp_path, "start", **{"as": "analyst"})
    (link,) = [one.proto for one in start.get("page_link") if one.proto.label.startswith("What changed")]
    assert link.page == "figures" and "table=changes" in link.query_string and "as=analyst" in link.query_string
    app = opened(tmp_path, "figures", **OWN, format="json", **{"as": "analyst"})
    next(one for one in app.button if one.key == "make_extract").click().run()
    (its_own,) = re.findall(r'data-extract="made">.*?href="(.*?)"', body(app), re.S)
    assert "as=analyst" in its_own and "extract=" in its_own and "extract --home HOME --verify FILE" in words(app)


def test_a_file_is_made_once_its_line_is_in_the_register(opened, tmp_path, monkeypatch):
    invented.publish(tmp_path)
    app = opened(tmp_path, "figures", **OWN, format="json")
    assert not app.get("download_button") and not shelf.register(tmp_path)
    next(one for one in app.button if one.key == "make_extract").click().run()
    assert not app.exception, app.exception
    (line,) = shelf.register(tmp_path)
    assert line["rows"] == 21 and any("figures-invented-1.json" in one.proto.label for one in app.get("download_button"))
    kept = shelf.file_of(tmp_path, line["permalink"])
    assert json.loads(kept.read_text())["passport"]["permalink"] == line["permalink"]
    its_own = opened(tmp_path, "figures", extract=line["permalink"])
    assert marked(its_own, "state") == "current" and "same of the edition in force" in words(its_own)
    # The figures that the file holds, and still those when another edition is in force.
    of_the_file = [{name: one[name] for name in ("numerator", "denominator")} for one in figures_of(body(app)).figures]
    shown = figures_of(body(its_own)).figures
    assert len(shown) == 21 == len(of_the_file) and [{name: one[name] for name in ("numerator", "denominator")} for one in shown] == of_the_file
    invented.publish(tmp_path, "invented-2", "2023-07-31", scale=2.0)
    later = opened(tmp_path, "figures", extract=line["permalink"], edition="invented-2")
    assert marked(later, "state") == "revised" and figures_of(body(later)).figures == shown
    withdraw(tmp_path, "account:invented", invented.datetime(2023, 8, 1), line["permalink"], "Invented: wrong")
    gone = opened(tmp_path, "figures", extract=line["permalink"], edition="invented-2", at="withdrawn")
    assert marked(gone, "state") == "withdrawn" and not figures_of(body(gone)).figures
    assert 'data-state' not in body(opened(tmp_path, "figures", extract="0" * 16)) and "no such extract" in words(opened(tmp_path, "figures", extract="0" * 16))


def test_a_format_that_cannot_hold_all_is_refused_on_the_page(opened, tmp_path, monkeypatch):
    monkeypatch.setitem(formats.MOST_ROWS, "json", 5)
    invented.publish(tmp_path)
    app = opened(tmp_path, "figures", **OWN, format="json")
    assert 'data-withheld="download"' in body(app) and "21 rows are more than the 5" in words(app) and not app.button


@pytest.mark.parametrize("table", ["recall", "data_dictionary", "changes", "outcomes_by_provider"])
def test_every_standing_table_can_be_looked_at(opened, published, table):
    app = opened(published, "figures", table=table)
    assert int(marked(app, "expected")) >= 0 and "Take it out" in words(app)


def test_the_inspection_is_on_screen_in_the_home_of_its_sample_and_in_no_other(opened, published, inspection_home):
    app = opened(inspection_home, "figures")
    said = words(app)
    # What the inspection printed is counted again, on the base it printed.
    for line in ("Settled on release, inspection sample (M51) 37 of 93 37 of 93", "Settled when inspected, inspection sample (M54_91) 50 of 80 50 of 80",
                 "In work on release, inspection sample (M61) 6 of 79 6 of 93 6 of 79", "(M61_ft) 4 of 93 4 of 93", "(M70_of_recalls) 8 of 28 8 of 28",
                 "(M71_of_recalls) 11 of 28 11 of 28", "(M72_274) 28 of 94 28 of 94"):  # fmt: skip
        assert line in said
    assert "They are no rows of the grid" in said
    assert "data-inspection" not in body(opened(published, "figures"))
    assert current(inspection_home).edition_id in said
