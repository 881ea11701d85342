"""The fifteen tasks of docs/tasks.md, walked in a real browser: each in at most four clicks, and by keyboard alone.

With PICTURES=<folder> a picture of each is kept there; docs/images holds those of an invented nation, made with TASKS_HOME=<its home>.
"""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

from dashboard.parts import data
from decisions import case_edition, casework
from decisions.cases import OPEN, QUERIED
from edition.access import Use
from edition.folder import current
from edition.rights import Grant, Reader
from tests.dashboard import invented
from tests.dashboard.conftest import ROOT
from tests.dashboard.test_browser import chromium as chromium  # noqa: PLC0414 (the fixture)
from tests.dashboard.test_browser import served, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip"),
]
MOST_CLICKS = 4


@dataclass(frozen=True)
class Link:
    name: str
    clicks = 1


@dataclass(frozen=True)
class Press:
    name: str
    clicks = 1


@dataclass(frozen=True)
class Choose:
    """A choice of a box: the option that begins so, or the first after the default where it is ''."""

    box: str
    option: str = ""
    clicks = 2


@dataclass(frozen=True)
class Task:
    asks: str
    steps: tuple
    sees: tuple[str, ...]
    role: str = ""
    # What the invented edition has no rows for: walked on the home of TASKS_HOME only.
    is_of_a_nation: bool = False


FIRST = r"^Housed on (release|the first night)$"
TASKS = {
    "housing-in-london": Task(
        "Is housing in London changing?", (Link("My region"), Choose("Region", "London"), Link(FIRST)), ("Is it changing", "London")
    ),
    "which-prison-or-unit": Task(
        "Which prison or delivery unit drives it?", (Link("My region"), Link(FIRST)), ("Which part of the region drives it",)
    ),
    "due-out": Task(
        "Who is due out in 14 days with nowhere to go, and who is the officer?",
        (Link("Due for release"), Choose("Who lacks", "No home recorded")),
        ("Due for release in the next 14 days", "no home is recorded"),
    ),
    "behind-rough-sleepers": Task(
        "Which releases are behind it, to file and record?",
        (Link("release by release$"), Choose("Records behind a release")),
        ("The releases behind it", "Record"),
        is_of_a_nation=True,
    ),
    "recall-reasons": Task(
        "Why are people recalled, against the nation?", (Link("My region"), Choose("Look into", "Recalls by ")), ("Recalls by ", "England and Wales")
    ),
    "paid-and-homeless": Task(
        "Which claims of a provider were paid last quarter whose person was homeless?",
        (Link("^Paid for accommodation in .*, and homeless"), Choose("Provider")),
        ("where the person had no home on the first night", "Provider by outcome"),
    ),
    "at-risk": Task("How much money is at risk, by contract and month?", (Link("^Payment audit"),), ("At risk, by contract and month",)),
    "above-and-reversed": Task(
        "What was paid above the claim, and though it was reversed?",
        (Link("^Paid and achieved"), Choose("List of claims", "Paid above the claim")),
        ("Paid above the claim", "Paid on reversed, not come back"),
    ),
    "one-claim": Task(
        "One claim to its rows and its evidence pack",
        (Link("^Paid and achieved"), Choose("Look at one claim")),
        ("Rules that it does not pass", "Delivered rows behind it", "gatehouse audit pack"),
    ),
    "workbook": Task(
        "Exceptions to the provider, as a workbook",
        (Link("^Payment cases"), Press("Write the workbook"), Press("^Download what .* is asked")),
        ("The provider's workbook", "Payment cases"),
        role="Invented Contract Manager",
    ),
    "housed-by-region": Task(
        "Housed by region and year, as CSV with names and definition",
        (Link("by region and year, as a file$"), Press("Make the file"), Press("^Download ")),
        ("rows are expected",),
    ),
    "recall-by-ethnicity-and-sex": Task(
        "Recall by ethnicity and sex, in one file",
        (Link("^Recall by ethnicity and sex"), Press("Make the file"), Press("^Download ")),
        ("Outcomes of releases by characteristic",),
    ),
    "a-link-for-next-year": Task("A link that shows the same figure next year", (Link("My region"), Press("Copy link")), ("Copied",)),
    "what-changed": Task("What changed since last month?", (Link("^What changed since"),), ("Figures published before", "edition")),
    "inspection": Task(
        "The inspection's 37 of 93, in its own home", (Choose("Data", "Inspection sample"), Link("^Figures")), ("37 of 93", "The inspection on screen")
    ),
}


# What no page reads of a home.
UNREAD = shutil.ignore_patterns("dagster", "logs", "landed", "landing", "typed", "work", "dbt")


@pytest.fixture(scope="module")
def home(request, tmp_path_factory) -> Path:
    """An invented nation with payment cases of which one at least is asked about, and the inspection sample beside it. A home of one's own is copied, and stays
    as it is."""
    home = tmp_path_factory.mktemp("tasks") / "home"
    if named := os.environ.get("TASKS_HOME"):
        shutil.copytree(named, home, ignore=UNREAD)
    else:
        home.mkdir()
        invented.publish(home)
        invented.open_cases(home)
        shutil.copytree(request.getfixturevalue("inspection_home"), home / "inspection", ignore=UNREAD)
    _ask_the_provider(home)
    return home


def _ask_the_provider(home: Path) -> None:
    """Ask about one case as the contract manager of the demonstration, where none is with the provider yet: the run opens cases and asks nobody."""
    edition, at = current(home), datetime.now().astimezone()
    manager = Reader("Invented Contract Manager", (Grant("contract_manager", "provider", data.largest(edition, "provider")),))
    known = case_edition.listed(home, edition, Use(edition, at, manager, "Auditing claims", page="casework"))
    if not any(one.state == QUERIED for one in known):
        case = max((one for one in known if one.state == OPEN), key=lambda one: one.at_risk)
        casework.query(home, manager, case.case_id, "please show the record", at.replace(tzinfo=None), "walk of the tasks", casework.bank_holidays())


@pytest.fixture(scope="module")
def address(home):
    with served(home) as root:
        yield root


@dataclass
class Walk:
    """A reader at a browser, who clicks or has a keyboard alone."""

    tab: object
    by_keyboard: bool
    clicks: int = 0

    def step(self, step) -> None:
        settled(self.tab)
        self.clicks += step.clicks
        match step:
            case Link(name):
                self.use(self.tab.get_by_role("link", name=re.compile(name)).first)
            case Press(name):
                button = self.tab.get_by_role("button", name=re.compile(name)).first
                button.wait_for(timeout=60_000)
                if name.startswith("^Download"):
                    with self.tab.expect_download():
                        self.use(button)
                else:
                    self.use(button)
            case Choose(box, option):
                self.choose(self.tab.get_by_role("combobox", name=re.compile(f"^(Selected .*)?{re.escape(box)}|{re.escape(box)}$")).first, option)

    def use(self, target) -> None:
        if self.by_keyboard:
            self.reach(target)
            self.tab.keyboard.press("Enter")
        else:
            target.click()

    def choose(self, box, option: str) -> None:
        if self.by_keyboard:
            self.reach(box)
            if option:
                self.tab.keyboard.type(option)
            else:
                for _ in range(3):
                    # As with the mouse: a page that is drawn once more closes a list opened meanwhile, or takes the focus from the box.
                    self.tab.keyboard.press("ArrowDown")
                    try:
                        self.tab.get_by_role("option").first.wait_for(timeout=10_000)
                        break
                    except TimeoutError:
                        settled(self.tab)
                        self.reach(box)
                self.tab.keyboard.press("ArrowDown")
            self.tab.get_by_role("option").first.wait_for()
            self.tab.keyboard.press("Enter")
        else:
            options = self.tab.get_by_role("option")
            for _ in range(3):
                # A page that is drawn once more closes a list opened meanwhile.
                box.click()
                try:
                    options.first.wait_for(timeout=10_000)
                    break
                except TimeoutError:
                    settled(self.tab)
            if option:
                # A long list draws what is in sight; typing narrows it.
                self.tab.keyboard.type(option)
            (options.filter(has_text=re.compile(f"^{re.escape(option)}")).first if option else options.nth(1)).click()

    def reach(self, target) -> None:
        """Go on with Tab until it is there: nothing on the way may hold the focus."""
        target.wait_for()
        for _ in range(400):
            self.tab.keyboard.press("Tab")
            if target.evaluate("e => e === document.activeElement || e.contains(document.activeElement)"):
                return
        raise AssertionError(f"{target} cannot be reached by keyboard")


# One of each user in the fast tests; all of them, both ways, in the slow ones.
FAST = {("due-out", "mouse"), ("at-risk", "keyboard"), ("what-changed", "mouse")}


@pytest.mark.parametrize(
    ("name", "by"),
    [(one, by) if (one, by) in FAST else pytest.param(one, by, marks=pytest.mark.slow) for one in TASKS for by in ("mouse", "keyboard")],
)
def test_a_task_is_done_in_four_clicks_and_by_keyboard_alone(chromium, address, name, by):
    task = TASKS[name]
    if task.is_of_a_nation and "TASKS_HOME" not in os.environ:
        pytest.skip("the invented edition holds no release by release: set TASKS_HOME to the home of a nation")
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    tab = context.new_page()
    try:
        tab.goto(address)
        settled(tab)
        if task.role:
            tab.get_by_role("combobox", name=re.compile("Look as")).click()
            tab.get_by_role("option", name=task.role).click()
            tab.locator(".frame [data-reader]").filter(has_text="contract manager").wait_for()
        walk = Walk(tab, by == "keyboard")
        for step in task.steps:
            walk.step(step)
        for said in task.sees:
            tab.locator("[data-testid=stMain]").get_by_text(said).first.wait_for(state="attached", timeout=60_000)
        assert walk.clicks <= MOST_CLICKS
        assert tab.locator(".stException").count() == 0
        if (folder := os.environ.get("PICTURES")) and by == "mouse":
            settled(tab)
            tab.locator("[data-testid=stMain]").get_by_text(task.sees[0]).locator("visible=true").first.scroll_into_view_if_needed()
            tab.screenshot(path=Path(folder) / f"task-{name}.png")
    finally:
        context.close()


def test_docs_tell_every_task_with_its_clicks_and_its_picture():
    told = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    for name, task in TASKS.items():
        clicks = sum(step.clicks for step in task.steps)
        assert f"**{task.asks}**" in told and f"({clicks} click{'' if clicks == 1 else 's'})" in told
        assert f"images/task-{name}.png" in told and (ROOT / "docs" / "images" / f"task-{name}.png").is_file()
