"""A home with an invented edition, and pages read from it."""

import json
import re
from datetime import date, datetime
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from altair.utils import schemapi
from altair.vegalite.v6.schema.core import load_schema
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from decisions import grants
from decisions.grants import Granted
from tests.dashboard import invented

ROOT = Path(__file__).resolve().parents[2]

# AppTest looks through the metadata of all that is installed for components at each run of a page: three quarters of its time, and always the same.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def pytest_configure(config) -> None:
    config.addinivalue_line("markers", "browser: opens the pages in a real browser (BROWSER=skip leaves these out)")


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    invented.publish(home)
    return home


@pytest.fixture(scope="session")
def already() -> dict:
    return {}


@pytest.fixture
def opened(monkeypatch, already):
    """Open a page of a home: opened(home, 'regions', region='N07') -> AppTest, run once without an exception, each chart on it as the schema has it.

    The same page of the same home is opened once a session: a test that clicks opens it by a link of its own.
    """

    def open_page(home: Path, page: str = "compare", **query: str) -> AppTest:
        asked = (home, page, *sorted(query.items()))
        if asked not in already:
            monkeypatch.setenv("GATEHOUSE_HOME", str(home))
            app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
            app.query_params = dict(query)
            app.switch_page(f"views/{page}.py").run()
            assert not app.exception, [one.stack_trace for one in app.exception]
            assert not (wrong := against_the_schema(charts_of(app))), wrong
            already[asked] = app
        monkeypatch.setenv("GATEHOUSE_HOME", str(home))
        return already[asked]

    return open_page


def charts_of(app: AppTest) -> list[dict]:
    """The specification of each chart on a page, as it is sent."""
    return [json.loads(one.proto.spec) for one in app.get("vega_lite_chart")]


def against_the_schema(specs: list[dict]) -> list[str]:
    """What Vega-Lite's schema has against these charts: pages lay them out without asking it, which takes longer than all else."""
    return [wrong for spec in specs if (wrong := _not_as_agreed(json.dumps(spec)))]


@cache
def _not_as_agreed(spec: str) -> str:
    try:
        schemapi.validate_jsonschema(json.loads(spec), {"$ref": "#/definitions/TopLevelSpec"}, rootschema=load_schema())
    except jsonschema.ValidationError as error:
        return str(error)[:500]
    return ""


def body(app: AppTest) -> str:
    """All our HTML on a page."""
    return "".join(one.value for one in app.get("html") if "<style>" not in one.value)


def words(app: AppTest) -> str:
    """The page as a reader sees it, tags gone."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body(app)))


def lists(app: AppTest) -> dict[str, list[dict]]:
    """Every list on a page that is no HTML, by its first heading: its rows by heading, as they are sent to the browser."""
    return {str(one.value.columns[0]): one.value.astype(object).to_dict("records") for one in app.dataframe}


def uses(home) -> list[dict]:
    """The access record of a home."""
    log = home / "access.log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def granted(home: Path, person: str, role: str, kind: str = "all", code: str = "", is_named: bool = False) -> None:
    """Grant a role for as long as the tests may be run."""
    always = date(2020, 1, 1), date(2100, 1, 1)
    grants.grant(home, Granted(0, person, role, kind, code, is_named, *always, "account:invented", datetime(2026, 11, 28, 12)))


def notice(app: AppTest) -> str:
    """What the page tells the reader beside its figures; '' where nothing."""
    told = re.findall(r'<div class="banner controlled" role="status" data-notice="told">(.*?)</div>', body(app))
    return unescape(" ".join(told))


class Figures(HTMLParser):
    """Collects every marked figure with its parts, and the text that stands outside of figures."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[dict[str, str]] = []
        self.outside: list[str] = []
        self._stack: list[tuple[str, bool, str]] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "data-figure" in found:
            self.figures.append({})
        self._stack.append((tag, "data-figure" in found or "data-note" in found, found.get("data-part", "")))

    def handle_endtag(self, tag):
        while self._stack and self._stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        part = next((one for _, _, one in reversed(self._stack) if one), "")
        if part:
            self.figures[-1][part] = self.figures[-1].get(part, "") + data
        elif not any(inside for _, inside, _ in self._stack):
            self.outside.append(data)


def figures_of(html: str) -> Figures:
    reader = Figures()
    reader.feed(html)
    return reader
