"""Sign-in on the dashboard: `gatehouse dashboard` as it is served, a provider on loopback, and a real browser. Set BROWSER=skip to leave
these out; a missing browser is a failure, never a pass."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.dashboard import invented
from tests.sign_in.conftest import COOKIE_SECRET, write
from tests.sign_in.provider import SECRET, SPOILT, Provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip"),
]
ALMA, BRAM = "alma.invented@example.org", "bram.invented@example.org"
NOBODY = "Nobody is signed in."


@dataclass
class Dashboard:
    """The dashboard of a home as it is served, and what it has written to its log."""

    address: str
    log: Path

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def served(home: Path, provider: Provider | None, rest: str = "") -> Iterator[Dashboard]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    if provider:
        write(home, provider.metadata_url, f"{address}/oauth2callback", rest)
    log = home.parent / f"{home.name}-{port}.log"
    with open(log, "wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", "dashboard", "--home", str(home), "--port", str(port)],
            cwd=REPOSITORY, stdout=written, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("The dashboard did not start within 60 seconds.")
        yield Dashboard(address, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("signing-in") / "home"
    invented.publish(home)
    return home


@pytest.fixture(scope="module")
def dashboard(home, one_provider) -> Iterator[Dashboard]:
    with served(home, one_provider) as dashboard:
        yield dashboard


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


@pytest.fixture
def browsers(chromium):
    """Makes browsers that know nothing of each other."""
    made = []

    def make(**how):
        made.append(chromium.new_context(**how))
        return made[-1]

    yield make
    for one in made:
        one.close()


def heading(tab, text: str | None = None) -> str:
    """The heading of a page that has run to its end; `text`: the one that is waited for."""
    which = tab.locator(".gh h1", has_text=text) if text else tab.locator(".gh h1")
    which.first.wait_for(timeout=30_000)
    tab.wait_for_function("() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'", timeout=30_000)
    return tab.locator(".gh h1").first.inner_text()


def signed_in(tab) -> str:
    """Whom the page names; '' where nobody."""
    found = tab.locator("[data-testid=stSidebar] >> text=/^Signed in as /")
    return found.first.inner_text().removeprefix("Signed in as ") if found.count() else ""


def try_to_sign_in(tab, dashboard: Dashboard, sub: str) -> list[str]:
    """Click through as a person does; returns the addresses that were asked for on the way back."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url) if "/oauth2callback" in request.url else None)
    tab.goto(f"{dashboard.address}/regions")
    heading(tab, NOBODY)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name=sub, exact=True).first.click()
    tab.wait_for_url(f"{dashboard.address}/**", timeout=30_000)
    heading(tab)
    return asked


def sign_in(tab, dashboard: Dashboard, sub: str) -> list[str]:
    asked = try_to_sign_in(tab, dashboard, sub)
    tab.locator("[data-testid=stSidebar] >> text=/^Signed in as /").first.wait_for(timeout=30_000)
    return asked


def keeps_quiet(dashboard: Dashboard, provider: Provider, *tabs) -> None:
    """Nothing secret and nobody's name in the log, in the address or, unless it is one's own, on the page."""
    hidden = [*provider.given, SECRET, COOKIE_SECRET]
    logged = dashboard.logged()
    assert not [one for one in (*hidden, "invented@example.org", "Invented@example.org") if one in logged], logged
    for tab in tabs:
        assert not [one for one in hidden if one in tab.content() or one in tab.url]
        assert "@" not in tab.url and "code=" not in tab.url


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in SPOILT if kind])
def test_nobody_is_signed_in_by_a_token_that_is_spoilt(browsers, dashboard, provider, kind):
    provider.spoil = kind
    tab = browsers().new_page()
    try_to_sign_in(tab, dashboard, "alma")
    print("KIND", kind, "|", heading(tab), "|", tab.locator(".gh .lede").first.inner_text())
    assert heading(tab) == NOBODY and not signed_in(tab)
    keeps_quiet(dashboard, provider, tab)
    assert "edition" not in tab.locator("[data-testid=stMain]").inner_text().lower()
