"""The pages in a real browser. Set BROWSER=skip to leave these out; a missing browser is a failure, never a pass."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import pytest

from dashboard.views import PAGES
from tests.dashboard import region_world
from tests.dashboard.conftest import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip"),
]
TITLES = PAGES
WIDTHS = {"desk": (1440, 1000), "telephone": (390, 844)}
# Streamlit asks for these beside a deep link before it asks at the root; nothing is wrong when they are not there.
PROBES = ("/_stcore/health", "/_stcore/host-config")
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('[data-testid=stMain] [data-testid=stElementContainer], .gh .card')]
    .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 1 && r.height > 1);
  const found = [];
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    if (a.contains(b) || b.contains(a)) return;
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 2 && y > 2) found.push(a.innerText.slice(0, 60) + ' / ' + b.innerText.slice(0, 60));
  }));
  return found;
}"""


# A page that still runs is drawn again when it has ended, which closes a list opened meanwhile.
SETTLED = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
  && document.querySelectorAll('[data-testid=stSkeleton]').length === 0
  && document.querySelectorAll('[data-twin=chart]').length === document.querySelectorAll('.vega-embed svg, .vega-embed canvas').length"""


def settled(tab):
    tab.wait_for_selector(".gh h1", timeout=30_000)
    tab.wait_for_function(SETTLED, timeout=30_000)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "No chromium found. Install it, name it in CHROMIUM, or set BROWSER=skip to leave these tests out."
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=quiet)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browsers(chromium):
    """A browser for each width. It keeps what it has loaded of the dashboard, as a reader's does: its first page finds it with nothing."""
    made = {width: chromium.new_context(viewport=dict(zip(("width", "height"), size, strict=True))) for width, size in WIDTHS.items()}
    yield made
    for one in made.values():
        one.close()


@contextmanager
def served(home) -> Iterator[str]:
    """The dashboard of a home, for as long as it is looked at; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "GATEHOUSE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    root = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{root}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("The dashboard did not start within 60 seconds.")
        yield root
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def address(published):
    with served(published) as root:
        yield root


@pytest.fixture(scope="module")
def of_a_region(tmp_path_factory):
    home = tmp_path_factory.mktemp("region")
    region_world.publish(home)
    with served(home) as root:
        yield root


CUT = """() => [...document.querySelectorAll('.st-key-filters input')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.value)"""


def cut_off(tab) -> dict[int, list[str]]:
    """What is chosen in a box of the bar that does not hold it, on a small desk and on a large one."""
    found = {}
    for width in (1280, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        found[width] = tab.evaluate(CUT)
    return {width: values for width, values in found.items() if values}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", TITLES)
def test_a_page_is_whole_quiet_and_keeps_to_itself(browsers, address, page, width):
    tab = browsers[width].new_page()
    errors, outside = [], []
    tab.on("console", lambda said: errors.append(f"{said.text} {said.location.get('url')}") if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    allowed = (address, address.replace("http", "ws"), "data:", "blob:")
    tab.on("request", lambda asked: None if asked.url.startswith(allowed) else outside.append(asked.url))
    tab.goto(f"{address}/{page if page != 'start' else ''}")
    settled(tab)
    try:
        assert tab.title().startswith(TITLES[page]) and tab.locator(".gh h1").count() == 1
        assert tab.locator(".stException").count() == 0
        assert not outside
        assert not [one for one in errors if not any(probe in one for probe in PROBES)]
        assert tab.locator("text=Exact figures, not for publication").first.is_visible()
        fits = "() => [...document.querySelectorAll('html, [data-testid=stMain]')].every(e => e.scrollWidth <= e.clientWidth + 1)"
        assert tab.evaluate(fits), "the page scrolls sideways"
        assert not tab.evaluate(OVERLAPS)
        assert width != "desk" or tab.locator(".gh h1").bounding_box()["y"] < 300, "content begins within the first 300 pixels"
        assert not tab.locator("button:has-text('Deploy'), [aria-label^='Download as'] >> visible=true").count()
        assert width != "desk" or not cut_off(tab), "what is chosen stands whole in every box"
    finally:
        tab.close()


CUT_TEXTS = """() => [...document.querySelectorAll('.vega-embed svg')].flatMap(svg => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect(), getComputedStyle(e).opacity > 0])
    .filter(([said, e, shown]) => said && e.width && shown && (e.left < whole.left - 4 || e.right > whole.right + 2)).map(([said]) => said);
})"""


@pytest.mark.parametrize("shown", ["region?measure=M50", "region?measure=M71", "compare?measure=M50"])
def test_every_word_of_a_chart_stands_whole_on_a_telephone(browsers, of_a_region, shown):
    tab = browsers["telephone"].new_page()
    tab.goto(f"{of_a_region}/{shown}")
    settled(tab)
    assert tab.locator(".vega-embed svg").count() > 2
    assert not tab.evaluate(CUT_TEXTS)
    tab.close()


def test_the_menu_leads_to_every_page(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(address)
    settled(tab)
    for title in list(TITLES.values())[1:]:
        tab.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        tab.wait_for_function(f"() => document.title.startsWith({title!r})", timeout=20_000)
        tab.wait_for_selector(".gh h1")
    tab.close()


def test_a_link_on_the_quality_page_opens_the_results_of_a_table(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(f"{address}/quality")
    settled(tab)
    tab.locator("summary:has-text('Landing door')").click()
    tab.get_by_role("link", name="nomis__addresses").click()
    tab.frame_locator("iframe").locator("h1:has-text('Invented results of nomis__addresses')").wait_for(timeout=30_000)
    tab.close()


def test_a_choice_on_the_page_is_in_the_address_and_a_link_opens_it_again(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(f"{address}/region?region=N07&measure=M71")
    tab.wait_for_selector(".gh .eyebrow:has-text('London')", timeout=30_000)
    settled(tab)
    tab.get_by_role("combobox", name="Region").click()
    tab.get_by_role("option", name="East of England").click()
    tab.wait_for_function("() => location.search.includes('region=N56') && location.search.includes('measure=M71')", timeout=20_000)
    tab.wait_for_selector(".gh .eyebrow:has-text('East of England')", timeout=30_000)
    settled(tab)
    tab.get_by_role("combobox", name="Region").click()
    tab.get_by_role("option", name="Wales").click()
    tab.wait_for_selector(".gh .eyebrow:has-text('Wales')", timeout=30_000)
    settled(tab)
    # Each change of a choice is a step of the history.
    for expected in ("East of England", "London"):
        tab.go_back()
        tab.wait_for_selector(f".gh .eyebrow:has-text('{expected}')", timeout=30_000)
        settled(tab)
    tab.go_forward()
    tab.wait_for_selector(".gh .eyebrow:has-text('East of England')", timeout=30_000)
    tab.close()


def test_back_over_pages_shows_each_as_it_was(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(f"{address}/region?region=N07")
    settled(tab)
    for title in ("Due for release", "Definitions"):
        tab.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        tab.wait_for_function(f"() => document.title.startsWith({title!r})", timeout=20_000)
        settled(tab)
    tab.go_back()
    tab.wait_for_function("() => location.pathname === '/due' && location.search.includes('region=N07')", timeout=20_000)
    tab.wait_for_selector(".gh .eyebrow:has-text('London')", timeout=30_000)
    tab.go_back()
    tab.wait_for_function("() => location.pathname === '/region'", timeout=20_000)
    tab.wait_for_selector(".gh .eyebrow:has-text('My region')", timeout=30_000)
    tab.close()


def test_the_link_to_copy_names_the_edition_and_what_is_at_its_default(chromium, address):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(f"{address}/region?region=N07")
    settled(tab)
    tab.get_by_role("button", name="Copy link").click()
    tab.wait_for_selector("[role=status]:has-text('Copied')")
    assert tab.evaluate("() => navigator.clipboard.readText()") == f"{address}/region?region=N07&edition=invented-1&grain=quarter&period=2022-09"
    context.close()


IN_ROWS = """() => ['.st-key-filters > div', '.gh .strip li'].map(one => {
  const found = [...document.querySelectorAll(one)];
  return [found.length, new Set(found.map(e => e.getBoundingClientRect().y)).size, found.filter(e => e.scrollWidth > e.clientWidth).length];
})"""


def test_the_choices_and_the_sums_of_paid_and_achieved_stand_in_one_row_each_on_a_small_desk(browsers, address):
    tab = browsers["desk"].new_page()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(f"{address}/claims")
    settled(tab)
    tab.wait_for_selector(".gh .strip")
    assert tab.evaluate(IN_ROWS) == [[5, 1, 0], [8, 1, 0]]
    tab.close()


def test_what_is_chosen_stands_whole_in_every_box_of_the_bar(browsers, address):
    tab = browsers["desk"].new_page()
    # Beside the pages as they open, which test_a_page_is_whole looks at.
    for shown in ("due?days=84", "compare?measure=M73", "compare?of=provider", "figures?table=own"):
        tab.goto(f"{address}/{shown}")
        settled(tab)
        assert tab.locator(".st-key-filters input").count() > 0
        assert not cut_off(tab), shown
    tab.goto(f"{address}/audit")
    settled(tab)
    tab.get_by_role("combobox", name="Rule").click()
    assert tab.locator("[role=option]").count() > 1
    for width in (1280, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        assert not tab.locator("[role=option] *").evaluate_all("all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)")
    tab.close()


def test_a_print_is_the_page_without_what_is_pressed_with_its_choices_and_folds_open(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(f"{address}/region?region=N07")
    settled(tab)
    tab.emulate_media(media="print")
    assert not tab.get_by_test_id("stSidebar").is_visible() and not tab.get_by_role("combobox", name="Region").is_visible()
    said = tab.locator(".printed").inner_text()
    assert "Region: London" in said and "Edition invented-1" in said
    assert tab.locator(".frame table").first.is_visible()
    tab.close()


def test_what_is_downloaded_is_the_controlled_table(browsers, address):
    tab = browsers["desk"].new_page()
    tab.goto(f"{address.rstrip('/')}/figures?table=outcomes_by_region_month")
    told = tab.locator("[data-expected]")
    told.wait_for(timeout=30_000)
    promised = int(told.get_attribute("data-expected"))
    tab.get_by_role("button", name="Make the file").click()
    button = tab.get_by_role("button", name="Download outcomes_by_region_month-").first
    button.wait_for(timeout=30_000)
    with tab.expect_download() as coming:
        button.click()
    rows = pd.read_csv(io.BytesIO(coming.value.path().read_bytes()))
    assert len(rows) == promised
    assert not (rows["numerator"] % 5).any() and not rows.loc[rows["denominator"] < 30, "value"].notna().any()
    assert {"measure", "geography", "period_end", "marks", "vintage"} <= set(rows)
    tab.close()
