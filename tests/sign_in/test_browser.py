"""Sign-in on the dashboard: `gatehouse dashboard` as it is served, a provider on loopback, and a real browser. Set BROWSER=skip to leave
these out; a missing browser is a failure, never a pass."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from itsdangerous import URLSafeTimedSerializer

from dashboard.parts.menu import FIRST
from dashboard.views import PAGES
from tests.dashboard import invented
from tests.dashboard.conftest import granted
from tests.sign_in.conftest import COOKIE_SECRET
from tests.sign_in.provider import CLIENT, PEOPLE, SECRET, SPOILT, Provider
from tests.sign_in.serving import Dashboard, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip"),
]
ALMA, BRAM = "alma.invented@example.org", "bram.invented@example.org"
NOBODY = "Nobody is signed in."
ELSEWHERE = "dash.example.org"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("signing-in") / "home"
    invented.publish(home)
    for person in (ALMA, BRAM):
        granted(home, person, "auditor")
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
    # A name that leads to this machine, as that of a proxy does.
    quiet = [
        f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
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
    tab.goto(f"{dashboard.address}/region")
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


def lede(tab) -> str:
    return tab.locator(".gh .lede").first.inner_text()


def sign_out(tab, dashboard: Dashboard) -> None:
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_role("button", name="End session").click()  # the provider asks, too
    tab.wait_for_url(f"{dashboard.address}/**", timeout=30_000)
    heading(tab, NOBODY)


def test_a_person_signs_in_is_named_after_a_reload_and_in_a_second_tab_and_signs_out_of_all(browsers, dashboard, provider):
    browser = browsers()
    first = browser.new_page()
    sign_in(first, dashboard, "alma")
    assert signed_in(first) == ALMA
    first.reload()
    heading(first)
    assert signed_in(first) == ALMA
    second = browser.new_page()
    second.goto(f"{dashboard.address}/claims")
    heading(second)
    assert signed_in(second) == ALMA
    keeps_quiet(dashboard, provider, first, second)
    sign_out(first, dashboard)
    # The second tab is still connected, and knows nothing of it until its next run.
    second.get_by_role("link", name="Definitions").click()
    heading(second, NOBODY)
    assert "signed out" in lede(second) and not signed_in(second)


@pytest.mark.slow
def test_a_cookie_copied_before_its_owner_signed_out_signs_nobody_in_and_the_owner_signs_in_again(browsers, dashboard, provider):
    browser, thief = browsers(), browsers()
    tab = browser.new_page()
    sign_in(tab, dashboard, "alma")
    thief.add_cookies(browser.cookies())
    sign_out(tab, dashboard)
    other = thief.new_page()
    other.goto(dashboard.address)
    heading(other, NOBODY)
    assert "signed out" in lede(other)
    sign_in(tab, dashboard, "alma")
    assert signed_in(tab) == ALMA


@pytest.mark.slow
def test_two_people_in_two_browsers_never_see_each_others_name(browsers, dashboard, provider):
    tabs = {ALMA: browsers().new_page(), BRAM: browsers().new_page()}
    for name, tab in tabs.items():
        sign_in(tab, dashboard, name.partition(".")[0])
    for page in ("claims", "region"):
        for name, tab in tabs.items():
            tab.goto(f"{dashboard.address}/{page}")
            heading(tab)
            (other,) = tabs.keys() - {name}
            assert signed_in(tab) == name and other.partition("@")[0] not in tab.content().lower()
    sign_out(tabs[ALMA], dashboard)
    tabs[BRAM].reload()
    heading(tabs[BRAM])
    assert signed_in(tabs[BRAM]) == BRAM


@pytest.mark.slow
def test_a_session_ends_with_its_token_in_a_tab_that_is_open_too(browsers, dashboard, provider):
    provider.lifetime = 12
    tab = browsers().new_page()
    sign_in(tab, dashboard, "alma")
    ends = (time.time() + provider.lifetime) * 1000
    tab.wait_for_function("ends => Date.now() > ends", arg=ends, timeout=30_000)
    tab.get_by_role("link", name="Definitions").click()
    heading(tab, NOBODY)
    assert "session has expired" in lede(tab) and not signed_in(tab)
    tab.reload()
    heading(tab, NOBODY)
    keeps_quiet(dashboard, provider, tab)


# What Authlib lets through on the dashboard, and what is said of it by what proves the token again; the rest it refuses itself.
LET_THROUGH = {
    "wrong audience, though meant for us": "for another application",
    "just expired": "session has expired",
    "alg none, as offered": "not signed by the identity provider",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in SPOILT if kind])
def test_nobody_is_signed_in_by_a_token_that_is_spoilt(browsers, dashboard, provider, kind):
    provider.spoil = kind
    tab = browsers().new_page()
    try_to_sign_in(tab, dashboard, "alma")
    assert heading(tab) == NOBODY and not signed_in(tab)
    assert LET_THROUGH.get(kind, "was not accepted: try again") in lede(tab)
    assert "Edition" not in tab.locator("[data-testid=stMain]").inner_text()
    keeps_quiet(dashboard, provider, tab)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sub", "told"),
    [("unverified", "not verified the e-mail address"), ("unsaid", "not verified the e-mail address"), ("nameless", "no e-mail address")],
)
def test_nobody_is_signed_in_whose_email_is_not_verified_or_not_there(browsers, dashboard, provider, sub, told):
    tab = browsers().new_page()
    try_to_sign_in(tab, dashboard, sub)
    assert heading(tab) == NOBODY and told in lede(tab)
    keeps_quiet(dashboard, provider, tab)


@pytest.mark.slow
def test_whoever_says_no_at_the_provider_is_not_signed_in(browsers, dashboard, provider):
    tab = browsers().new_page()
    tab.goto(dashboard.address)
    heading(tab, NOBODY)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Deny").click()
    tab.wait_for_url(f"{dashboard.address}/**", timeout=30_000)
    assert heading(tab) == NOBODY


def _come_back(tab, dashboard: Dashboard, sub: str) -> dict[str, str]:
    """Sign in up to the way back, which is not gone: its code and state."""
    ways_back: list[str] = []

    def stop(route) -> None:
        if route.request.method == "GET":
            route.continue_()
            return
        ways_back.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(status=200, body="The way back is not gone.")

    tab.route("**/oauth2/authorize**", stop)
    tab.goto(dashboard.address)
    heading(tab, NOBODY)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name=sub, exact=True).first.click()
    tab.get_by_text("The way back is not gone.").wait_for()
    tab.unroute("**/oauth2/authorize**")
    return dict(parse_qsl(urlsplit(ways_back[0]).query))


def _is_refused(tab, dashboard: Dashboard, provider: Provider, code: str, state: str) -> None:
    provider.given += [code, state]
    tab.goto(f"{dashboard.address}/oauth2callback?code={code}&state={state}")
    assert heading(tab) == NOBODY and not signed_in(tab)
    keeps_quiet(dashboard, provider, tab)


@pytest.mark.slow
def test_a_code_or_a_state_that_was_used_or_is_of_another_browser_signs_nobody_in(browsers, dashboard, provider):
    browser = browsers()
    tab = browser.new_page()
    (back,) = sign_in(tab, dashboard, "alma")
    used = dict(parse_qsl(urlsplit(back).query))
    sign_out(tab, dashboard)
    _is_refused(tab, dashboard, provider, used["code"], used["state"])  # the same address once more
    _is_refused(browsers().new_page(), dashboard, provider, used["code"], used["state"])
    new = _come_back(tab, dashboard, "alma")
    _is_refused(tab, dashboard, provider, new["code"], used["state"])
    new = _come_back(tab, dashboard, "alma")
    _is_refused(tab, dashboard, provider, used["code"], new["state"])
    others = _come_back(browsers().new_page(), dashboard, "bram")  # somebody would have me signed in as himself
    _is_refused(tab, dashboard, provider, others["code"], others["state"])


def _other_content(name: str, value: str) -> str:
    _, said = URLSafeTimedSerializer("", salt=name).loads_unsafe(value)
    other = URLSafeTimedSerializer("", salt=name).dumps(said.replace("Alma", "Bram")[:-1] + " }")
    return ".".join(other.split(".")[:-2] + value.split(".")[-2:])


def _other_secret(name: str, value: str) -> str:
    _, said = URLSafeTimedSerializer("", salt=name).loads_unsafe(value)
    return URLSafeTimedSerializer("a-guess-at-the-secret", salt=name).dumps(said)


TAMPERED = {
    "another letter": lambda name, value: value[:9] + ("A" if value[9] != "A" else "B") + value[10:],
    "another content": _other_content,
    "another secret": _other_secret,
    "no signature": lambda name, value: value.rpartition(".")[0],
    "nothing": lambda name, value: "",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.parametrize("cookie", ["_streamlit_user", "_streamlit_user_tokens"])
def test_a_cookie_that_was_tampered_with_signs_nobody_in(browsers, dashboard, provider, cookie, how):
    browser = browsers()
    tab = browser.new_page()
    sign_in(tab, dashboard, "alma")
    (found,) = (one for one in browser.cookies() if one["name"] == cookie)
    assert found["httpOnly"] and found["sameSite"] == "Lax"
    browser.add_cookies([found | {"value": TAMPERED[how](cookie, found["value"])}])
    tab.goto(dashboard.address)
    heading(tab, NOBODY)
    assert not signed_in(tab)
    keeps_quiet(dashboard, provider, tab)


@pytest.mark.slow
def test_a_cookie_by_whoever_knows_the_cookie_secret_signs_nobody_in_without_a_token_of_the_provider(browsers, dashboard, provider):
    browser = browsers()
    tab = browser.new_page()
    tab.goto(dashboard.address)
    heading(tab, NOBODY)
    now = int(time.time())
    said = {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 600, "sub": "alma", **PEOPLE["alma"]}
    made = {"_streamlit_user": said | {"origin": dashboard.address, "is_logged_in": True, "provider": "default"},
            "_streamlit_user_tokens": {"id_token": provider._by_another_key(said, str(provider.key.kid))}}  # fmt: skip
    for name, value in made.items():
        signed = URLSafeTimedSerializer(COOKIE_SECRET, salt=name).dumps(json.dumps(value))
        browser.add_cookies([{"name": name, "value": signed, "url": dashboard.address}])
    tab.reload()
    heading(tab, NOBODY)
    assert "not signed by the identity provider" in lede(tab)


@pytest.fixture(scope="module")
def demonstration(home, tmp_path_factory) -> Iterator[Dashboard]:
    alone = tmp_path_factory.mktemp("demonstration") / "home"
    shutil.copytree(home, alone, ignore=shutil.ignore_patterns("sign-in.toml"))
    with served(alone, None) as dashboard:
        yield dashboard


@pytest.mark.slow
def test_a_demonstration_is_shown_on_this_machine_and_by_no_name_of_another(browsers, demonstration):
    tab = browsers().new_page()
    tab.goto(f"{demonstration.address}/region")
    assert "releases" in heading(tab) and not tab.get_by_role("button", name="Sign in").count()
    tab.goto(f"{demonstration.address.replace('127.0.0.1', ELSEWHERE)}/region")
    assert heading(tab) == "The demonstration is for this machine alone."
    assert "Edition" not in tab.locator("[data-testid=stMain]").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("header", ["X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7", "Via: 1.1 proxy", "X-Real-IP: 192.0.2.7"])
def test_a_demonstration_is_not_shown_through_a_proxy(browsers, demonstration, header):
    with passed_on(demonstration, header) as address:
        tab = browsers().new_page()
        tab.goto(f"{address}/region")
        assert heading(tab) == "The demonstration is for this machine alone."


@contextmanager
def passed_on(dashboard: Dashboard, header: str) -> Iterator[str]:
    """A proxy on loopback that adds `header` to whatever it passes on, and leaves the rest as it is."""
    to = ("127.0.0.1", urlsplit(dashboard.address).port)
    listening = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def answer(asking: socket.socket) -> None:
        with suppress(OSError), asking, socket.create_connection(to) as answering:
            first = asking.recv(1 << 16)
            line, _, rest = first.partition(b"\r\n")
            kept = rest if b"upgrade: websocket" in rest.lower() else rest.replace(b"Connection: keep-alive", b"Connection: close")
            answering.sendall(line + b"\r\n" + header.encode() + b"\r\n" + kept)
            back = threading.Thread(target=copy, args=(answering, asking), daemon=True)
            back.start()
            copy(asking, answering)
            back.join()

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


# sub -> role, scope, code, what the banner says of the figures and of whoever looks.
ROLES = {
    "cora": ("regional_director", "region", "N07", "Exact figures of your own places", "You look as regional director (region N07)."),
    "dina": ("regional_director", "region", "N56", "Exact figures of your own places", "You look as regional director (region N56)."),
    "emil": ("contract_manager", "provider", "aster", "Exact figures of your own places", "You look as contract manager (provider aster)."),
    "finn": ("approver", "contract", "C-birch", "Exact figures of your own places", "You look as approver (contract C-birch)."),
    "gero": ("analyst", "all", "", "Controlled figures.", "You look as analyst."),
    "hedy": ("data_steward", "all", "", "Controlled figures.", "You look as data steward."),
    "alma": ("auditor", "all", "", "Exact figures, not for publication.", "You look as auditor."),
    "bram": ("administrator", "all", "", "", "as administrator"),
}


NOT_FOR = {
    "regional_director": {"links", "casework", "samples"}, "contract_manager": {"due", "links"}, "approver": {"due", "links"},
    "analyst": {"due", "audit", "links", "casework", "samples"}, "data_steward": {"due", "audit", "casework", "samples"}, "auditor": set(), "administrator": set(PAGES) - {"access"},
}  # fmt: skip


@pytest.fixture(scope="module")
def with_roles(tmp_path_factory, one_provider) -> Iterator[Dashboard]:
    home = tmp_path_factory.mktemp("roles") / "home"
    invented.publish(home)
    for sub, (role, kind, code, *_) in ROLES.items():
        granted(home, f"{sub}.invented@example.org", role, kind, code)
    with served(home, one_provider) as dashboard:
        yield dashboard


def go(tab, dashboard: Dashboard, address: str) -> str:
    """Open an address in a tab; returns all that the reader can read there, folded or not."""
    tab.goto(f"{dashboard.address}/{address}")
    heading(tab)
    return tab.locator("[data-testid=stMain]").inner_text()


def listed(tab) -> str:
    """A list is drawn on a canvas; what it says to those who do not see stands in it as a table."""
    tab.locator("[data-testid=stDataFrame] canvas table td").first.wait_for(state="attached", timeout=30_000)
    return tab.content()


def begin_task(tab) -> None:
    heading(tab)  # a list that is opened while the page still runs is closed again
    asked = tab.get_by_label("What do you read rows about people for?")
    if not asked.is_visible():
        tab.get_by_text("Begin a task", exact=True).click()
        tab.get_by_role("button", name="Begin this task").hover()  # which waits until the fold has opened
    # By keyboard, as a list may be drawn anew under the mouse.
    asked.press_sequentially("Preparing", delay=50)
    tab.get_by_role("option", name="Preparing releases").wait_for()
    asked.press("Enter")
    tab.get_by_role("button", name="Begin this task").click()
    tab.locator("[data-task=begun]").first.wait_for(timeout=30_000)
    heading(tab)


def turn_to(tab, title: str) -> None:
    """By the menu: the start page names pages too."""
    tab.locator("[data-testid=stSidebar]").get_by_role("link", name=title, exact=True).click()


@pytest.mark.slow
@pytest.mark.parametrize("sub", ROLES)
def test_somebody_of_each_role_walks_over_all_pages_by_their_name_under_their_banner_and_signs_out(browsers, with_roles, provider, sub):
    role, _, _, figures, looks = ROLES[sub]
    tab = browsers().new_page()
    sign_in(tab, with_roles, sub)
    if role not in ("analyst", "administrator"):
        begin_task(tab)
    withheld = set()
    for page, title in PAGES.items():
        turn_to(tab, title)
        tab.wait_for_url(re.compile(f"{with_roles.address}/{'' if page == FIRST else page}(\\?.*)?$"))
        heading(tab)
        said = tab.locator("[data-testid=stMain]").inner_text()
        assert signed_in(tab) == f"{sub}.invented@example.org" and not tab.locator("[data-testid=stException]").count()
        assert looks in said and (role == "administrator" or figures in said), f"{page}: {said[:300]}"
        withheld |= {page} if "This page is not for you." in said else set()
    assert withheld == NOT_FOR[role]
    keeps_quiet(with_roles, provider, tab)
    sign_out(tab, with_roles)


def at_work(tab, dashboard: Dashboard, address: str) -> str:
    """The same, once a task is begun: a link opens a session of its own."""
    go(tab, dashboard, address)
    begin_task(tab)
    return tab.locator("[data-testid=stMain]").inner_text()


@pytest.mark.slow
def test_a_link_of_an_auditor_shows_others_what_is_theirs_and_says_what_is_not(browsers, with_roles, provider):
    auditor, director, analyst = (browsers().new_page() for _ in range(3))
    for tab, sub in ((auditor, "alma"), (director, "dina"), (analyst, "gero")):
        sign_in(tab, with_roles, sub)
    due, pair = "due?region=N07&days=84", f"links?pair={invented.TOKENS[0]}-{invented.TOKENS[1]}&show=all"
    at_work(auditor, with_roles, due)
    assert "invented3" in listed(auditor)
    assert "invented1" in at_work(auditor, with_roles, pair)
    assert "which is not in this edition, not on this page or not yours to see" in go(director, with_roles, due)
    begin_task(director)
    assert "invented4" in listed(director) and "invented3" not in director.content()
    said = at_work(director, with_roles, pair)
    assert "is not for regional director" in said and "invented1" not in director.content()
    for link, somebody in ((due, "invented3"), (pair, "invented1")):
        assert "is not for analyst" in go(analyst, with_roles, link) and somebody not in analyst.content()
    for tab in (director, analyst):
        said = go(tab, with_roles, "region?region=N07")
        assert "My region: London" in said and "Counts are rounded at random to a multiple of 5." in said


@pytest.mark.slow
def test_a_task_is_of_the_tab_it_was_begun_in(browsers, with_roles, provider):
    browser = browsers()
    first, second = browser.new_page(), browser.new_page()
    sign_in(first, with_roles, "cora")
    turn_to(first, "Due for release")
    first.wait_for_url("**/due**")
    go(first, with_roles, "due?days=84")
    begin_task(first)
    assert "invented3" in listed(first)
    said = go(second, with_roles, "due?days=84")
    assert "Begin a task in the sidebar." in said and "invented3" not in second.content()
    first.get_by_role("button", name="End this task").click()
    first.get_by_role("button", name="Begin this task").wait_for()
    heading(first)
    assert "invented3" not in first.content()
