"""Every page held to axe, no rule left off, each fold open, on a desk and on a telephone.

What Streamlit's own parts break, and no page can mend, is in STREAMLITS with the issue it is reported under.
"""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.views import PAGES
from tests.dashboard.test_browser import WIDTHS, served, settled
from tests.dashboard.test_browser import browsers as browsers  # noqa: PLC0414 (the fixtures)
from tests.dashboard.test_browser import chromium as chromium  # noqa: PLC0414

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip"),
]
# rule -> where (a part of the selector or of the HTML that axe names), and why it is none of ours.
STREAMLITS: dict[str, tuple[tuple[str, ...], str]] = {}


@pytest.fixture(scope="module")
def address(published):
    with served(os.environ.get("AXE_HOME") or published) as root:
        yield root


# What stands on a page only once something is chosen.
OPENED = {
    "region?measure=M50&which=counted": "region",
    "claims?claim=provider_invented|aster-accommodation-achieved-0&cell=all": "claims",
    "audit?when=2021-04:2022-03&claim=provider_invented|aster-accommodation-achieved-0": "audit",
    "due?days=84": "due",
    "compare?of=provider": "compare",
}


# Of each kind of page one: cards, a list of decisions, choices of a file, charts and folds, a claim.
QUICK = ("start", "casework", "figures", *list(OPENED)[:2])


# A page scrolls inside a frame, and axe judges the contrast only of what is in sight: as high as most pages are, and higher where one is.
WHOLE = 20_000


def whole(browsers, width):
    """A tab as high as most pages are. It finds what another has loaded of the dashboard."""
    tab = browsers[width].new_page()
    tab.set_viewport_size({"width": WIDTHS[width][0], "height": WHOLE})
    return tab


def broken(tab) -> list[str]:
    """What axe finds on a page with every fold open, but for what is in STREAMLITS."""
    tab.evaluate("() => document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    high = tab.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    if high > WHOLE:
        tab.set_viewport_size({"width": tab.viewport_size["width"], "height": high})
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in Axe().run(tab).response["violations"]
        for node in rule["nodes"]
        if not any(where in f"{node['target']} {node['html']}" for where in STREAMLITS.get(rule["id"], ((), ""))[0])
    ]


@pytest.mark.parametrize("width", ["desk", pytest.param("telephone", marks=pytest.mark.slow)])
@pytest.mark.parametrize("shown", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in (*PAGES, *OPENED)])
def test_a_page_breaks_no_rule_of_axe_with_every_fold_open(browsers, address, shown, width):
    tab = whole(browsers, width)
    try:
        tab.goto(f"{address}/{shown if shown != 'start' else ''}")
        settled(tab)
        found = broken(tab)
        assert not found, "\n".join(found[:20])
    finally:
        tab.close()


def test_axe_finds_a_fault_that_is_planted(browsers, address):
    tab = whole(browsers, "desk")
    tab.goto(f"{address}/definitions")
    settled(tab)
    tab.evaluate("() => [...document.querySelectorAll('.gh h2')].pop().insertAdjacentHTML('afterend', '<img src=\"data:,\"><p style=\"color:#ccc\">pale</p>')")
    assert {one.partition(":")[0] for one in broken(tab)} == {"color-contrast", "image-alt"}
    tab.close()
