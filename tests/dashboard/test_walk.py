"""A walk over every page and every value of every choice: what each page promises holds wherever a reader may come to.

On the invented worlds; `WALK_HOME=HOME` walks a home of one's own, with its sample beside it where it has one."""

import json
import os
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest, element_tree

from dashboard.parts.figure import PARTS
from dashboard.views import PAGES
from tests.dashboard import invented, region_world
from tests.dashboard.conftest import ROOT, body, figures_of, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]
# The level of an interval or of a limit is a percentage and no rate.
LEVELS = {"95%", "99.8%"}
DATED = re.compile(r"\b(?:19|20)\d\d\b")
# Tables whose rows are periods say so in the heading of their first column.
BY_PERIOD = re.compile(r"<thead>\s*<tr>\s*<th[^>]*>(?:[^<]*[Pp]eriod|Month|Quarter|Year|Edition)", re.S)


def homes(folder: Path) -> dict[str, tuple[Path, str]]:
    """Each home to walk, and the world of it."""
    if own := os.environ.get("WALK_HOME"):
        found = {"own": (Path(own), "")}
        return found | ({"own sample": (Path(own), "inspection")} if (Path(own) / "inspection").exists() else {})
    invented.publish(folder / "two")
    invented.publish(folder / "two" / "inspection", "sample-1", scale=0.1)
    region_world.publish(folder / "regions")
    return {"nation": (folder / "two", ""), "sample": (folder / "two", "inspection"), "regions": (folder / "regions", "")}


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> dict[str, tuple[Path, str]]:
    return homes(tmp_path_factory.mktemp("walk"))


def at(home: Path, world: str, page: str, monkeypatch) -> AppTest:
    monkeypatch.setenv("GATEHOUSE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=300)
    app.query_params = {"world": world} if world else {}
    return app.switch_page(f"views/{page}.py").run()


def crossing(app: AppTest) -> list[str]:
    """Lines over time that join points on two sides of a break which the chart marks."""
    found = []
    for chart in app.get("vega_lite_chart"):
        tables = {one.name: pa.ipc.open_stream(one.data.data).read_all().to_pandas() for one in chart.proto.datasets}
        spec = json.loads(chart.proto.spec)
        # Layers that all draw the same rows have them in common.
        layers = [{"data": spec.get("data")} | one for one in spec.get("layer", [spec]) if one.get("encoding", {}).get("x", {}).get("field") == "date"]
        breaks = [day for one in layers if one["mark"]["type"] == "rule" for day in pd.to_datetime(tables[one["data"]["name"]]["date"])]
        for line in (one for one in layers if one["mark"]["type"] == "line"):
            rows, piece = tables[line["data"]["name"]], line["encoding"].get("detail", {}).get("field")
            parts = [own for _, own in rows.groupby(piece)] if piece else [rows]
            found += [f"a line crosses {day:%d %B %Y}" for own in parts for day in breaks if pd.to_datetime(own["date"]).min() < day <= pd.to_datetime(own["date"]).max()]
    return found


def faults(app: AppTest, edition: str) -> list[str]:
    """What a page as it stands does not keep of its promises."""
    if app.exception:
        return [f"stopped: {app.exception[0].message[:200]}"]
    html, found = body(app), figures_of(body(app))
    wrong = [f"a figure lacks {sorted(set(PARTS) - set(one)) or 'what a part should hold'}" for one in found.figures if not all(one.get(part, "").strip() for part in PARTS)]
    wrong += [f"{rate} stands outside a figure" for rate in set(re.findall(r"\d+(?:\.\d+)?%", " ".join(found.outside))) - LEVELS]
    for table in re.findall(r"<table.*?</table>", html, re.S):
        caption = re.search(r"<caption>(.*?)</caption>", table, re.S)
        if "data-figure" in table and not (caption and DATED.search(caption[1])) and not BY_PERIOD.search(table):
            wrong.append(f"a table of figures without its period: {caption[1][:80] if caption else ''}")
    charts = len(app.get("vega_lite_chart"))
    if not html.count('data-summary="chart"') == html.count('data-twin="chart"') == charts:
        wrong.append("a chart without its summary and table")
    if f"Edition <b>{edition}</b>" not in html or len(re.findall(r"Edition <b>[^<]+</b>", html)) != 1:
        wrong.append("not the one edition")
    return wrong + crossing(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_its_promises_at_every_value_of_every_choice(walked, page, monkeypatch):
    wrong: dict[str, list[str]] = {}
    looks, picked, words_of = 0, [""], element_tree._format_value_for_widget
    # AppTest takes the words of the option that is picked for its value, and asks for words of them once more.
    monkeypatch.setattr(element_tree, "_format_value_for_widget", lambda words_for, value: value if value == picked[0] else words_of(words_for, value))
    for name, (home, world) in walked.items():
        app = at(home, world, page, monkeypatch)
        (edition,) = set(re.findall(r"Edition <b>([^<]+)</b>", body(app))) or {""}
        wrong[name] = faults(app, edition)
        for key in [one.key for one in app.selectbox if (one.key or "").startswith("choose_") and one.key != "choose_world"]:
            app = at(home, world, page, monkeypatch)
            for number in range(len(app.selectbox(key=key).options)):
                if key not in [one.key for one in app.selectbox] or number >= len(app.selectbox(key=key).options):
                    app = at(home, world, page, monkeypatch)
                option = picked[0] = app.selectbox(key=key).options[number]
                app.selectbox(key=key).select_index(number).run()
                looks += 1
                wrong[f"{name}, {key} {option}"] = faults(app, edition)
    said = {where: told for where, told in wrong.items() if told}
    print(f"{page}: {looks} values of choices, {len(said)} with a fault", flush=True)
    assert not said, "\n".join(f"{where}: {'; '.join(sorted(set(told)))}" for where, told in list(said.items())[:30])


def test_a_line_across_a_break_a_figure_without_a_part_and_a_table_without_its_period_are_seen(walked, monkeypatch):
    home, world = next(iter(walked.values()))
    app = at(home, world, "compare", monkeypatch)
    (edition,) = set(re.findall(r"Edition <b>([^<]+)</b>", body(app)))
    assert faults(app, edition) == [] and faults(app, "another") == ["not the one edition"] and words(app)
    page = next(one for one in app.get("html") if "data-figure" in one.value)
    whole = page.value
    for spoil, told in (
        (whole.replace('data-part="stale"', "", 1), "a figure lacks"), (re.sub(r"<caption>.*?</caption>", "<caption>Regions</caption>", whole), "without its period"),
        (whole + "<p>Then 12.5% of them.</p>", "12.5% stands outside"),
    ):  # fmt: skip
        page.proto.body = spoil
        assert any(told in one for one in faults(app, edition)), told
    page.proto.body = whole
