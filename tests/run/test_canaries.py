"""Names, numbers, addresses and birth dates are where they belong, in what was landed, typed and linked, and nowhere else: canaries that are
planted in what is delivered are looked for in everything a home holds, says and shows."""

import csv
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dashboard.views import PAGES
from edition.rights import roles
from orchestration import monitor
from tests.conftest import NOW, gatehouse
from tests.dashboard.conftest import body
from tests.dashboard.conftest import opened as opened_page
from tests.sign_in.serving import served

pytestmark = pytest.mark.slow
# Where people have names, and what is made of it on the way.
HELD = ("landing", "landed", "typed", "links", "work")
PLANTED = {
    "FIRST_NAME": "Kanarione", "FORENAME": "Kanarione", "SECOND_NAME": "Kanaritwo", "LAST_NAME": "Kanarithree", "SURNAME": "Kanarithree",
    "PREVIOUS_SURNAME": "Kanarifour", "BIRTH_DATE": "1951-11-07", "DATE_OF_BIRTH_DATE": "1951-11-07", "DOB": "1951-11-07", "POSTCODE": "ZZ97 9QQ", "POSTAL_CODE": "ZZ97 9QQ",
    "STREET_NAME": "Kanariwharf Lane", "STREET": "Kanariwharf Lane", "PREMISE": "97 Kanarihouse", "ADDRESS_NUMBER": "97 979 77", "TOWN_CITY": "Kanaritown",
    "NOTES": "Kanarinote", "TELEPHONE_NUMBER": "07700900979",
}  # fmt: skip
NUMBERS = ("OFFENDER_ID_DISPLAY", "NOMS_NUMBER", "NOMS_NO", "CRN", "PNC_NUMBER", "PNC", "CRO_NUMBER", "SERVICE_USER_CRN")
TABLES = ("OFFENDERS", "OFFENDER", "PERSON", "ALIAS", "ADDRESSES", "OFFENDER_ADDRESS")
EVERY = 4  # every fourth row


def planted(landing: Path) -> set[str]:
    """Put canaries into every fourth row of each table about people, and faults with canaries in them; returns every number delivered."""
    numbers = set()
    for path in sorted(landing.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header, *rows = csv.reader(lines)
        at = {name.upper(): place for place, name in enumerate(header)}
        numbers |= {row[at[name]].strip().upper() for name in NUMBERS if name in at for row in rows if len(row) > at[name]}
        if path.stem.upper() not in TABLES:
            continue
        for n, row in enumerate(rows):
            if n % EVERY == 0:
                for name in PLANTED.keys() & at.keys():
                    row[at[name]] = PLANTED[name]
        # A day, a key and a whole row that cannot be read, each with somebody in it; at the end, so that no good row is lost.
        whole = list(rows[-1])
        broken = [list(whole), [*whole, "Kanarithree too many"], ["Kanarione"]]
        for name in ("BIRTH_DATE", "DATE_OF_BIRTH_DATE", "DOB", "LAST_UPDATED_DATETIME", "START_DATE"):
            if name in at:
                broken[0][at[name]] = "born Kanarione 7/11/51"
        broken[0][0] = "Kanarikey 1951-11-07"
        with path.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines, lineterminator="\n").writerows([header, *rows, *broken])
        for note in path.parent.glob("SHA256SUMS"):
            note.unlink()
    return {number for number in numbers if len(number) >= 6 and any(sign.isdigit() for sign in number)}


def canaries(numbers: set[str]) -> re.Pattern[bytes]:
    texts = {*PLANTED.values(), "07/11/1951", "7/11/51", "ZZ979QQ", *numbers}
    # A number as a word: a hash holds any five figures.
    words = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return re.compile(f"kanari|(?<![0-9a-z])(?:{words})(?![0-9a-z])".encode(), re.IGNORECASE)


def shown(path: Path) -> bytes:
    """What a file says: a table of Parquet as text, all else as it lies there."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    with duckdb.connect() as con:
        rows = con.execute(f"select columns(*)::varchar from read_parquet('{path}')").fetchall()
    return "\n".join("\t".join(text for text in row if text) for row in rows).encode()


def leaks(where: Path, canary: re.Pattern[bytes]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(where.rglob("*")):
        if path.is_file() and not path.is_symlink() and (found := canary.search(shown(path))):
            yield path.relative_to(where).as_posix(), found[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory, inspection_landing) -> tuple[Path, re.Pattern[bytes], str]:
    """A home whose deliveries hold canaries; what to look for, and what the refresh said."""
    home = tmp_path_factory.mktemp("canaries") / "home"
    home.mkdir(mode=0o700)
    shutil.copytree(inspection_landing, home / "landing")
    numbers = planted(home / "landing")
    done = gatehouse("refresh", "--landing", home / "landing", "--home", home)
    assert done.returncode == 0, done.stderr[-3000:]
    return home, canaries(numbers), done.stdout + done.stderr


def test_nobody_can_be_found_outside_the_folders_that_are_the_owners_alone(home):
    home, canary, said = home
    assert not canary.search(said.encode()), said
    for name in HELD:
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o700 or name == "landing"
        if name != "links":  # tokens and keyed ids
            assert next(leaks(home / name, canary), None), f"the search finds no canary in {name}"
    assert [found for found in leaks(home, canary) if found[0].split("/")[0] not in HELD] == []


def test_commands_say_nobodys_name_whatever_they_are_asked(home):
    home, canary, _ = home
    asked = [
        ("status", "--home", home), ("status", "--home", home, "--json"), ("access", "verify", "--home", home),
        *(("sql", "--home", home, "--restricted", "--purpose", "test of canaries", query) for query in (
            "select * from fct_finding", "select * from fct_quarantine", "select * from fct_link_review", "select cast(person_id as date) from fct_release",
            "select * from fct_release", "select * from fct_claim", "select * from fct_evidence", "select error('x' || delivery) from fct_row_account")),
    ]  # fmt: skip
    for command in asked:
        done = gatehouse(*command)
        assert not canary.search((done.stdout + done.stderr).encode()), command
    assert not canary.search((home / "access.log").read_bytes())


def test_pages_show_nobodys_name_to_any_role(home, opened):
    home, canary, _ = home
    for page in ("quality", "links", "due", "claims", "region", "compare", "access"):
        for role in roles():
            app = opened(home, page, at=role)  # an address of its own, so that it is opened anew
            app = app.selectbox(key="look_as").set_value(role).run()
            assert not app.exception and not canary.search(body(app).encode()), (page, role)


KEPT = """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href,
  (await indexedDB.databases()).map(one => one.name), await caches.keys()])"""


@pytest.mark.browser
@pytest.mark.skipif(os.environ.get("BROWSER") == "skip", reason="BROWSER=skip")
def test_a_browser_that_has_seen_every_page_keeps_nobodys_name_nor_has_asked_for_one(home, tmp_path):
    from playwright.sync_api import sync_playwright

    home, canary, _ = home
    seen: list[str] = []
    with served(home, None) as dashboard, sync_playwright() as play:
        browser = play.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        tab = browser.new_page()
        tab.on("request", lambda request: seen.append(request.url))
        tab.on("console", lambda message: seen.append(message.text))
        for page in (*PAGES, "links?pair=Kanar", "nowhere"):
            tab.goto(f"{dashboard.address}/{page}")
            tab.wait_for_selector(".gh h1", timeout=60_000)
            tab.wait_for_function("() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'", timeout=60_000)
            # What was asked for in the address is the reader's own.
            seen += [tab.evaluate(KEPT).replace("pair=Kanar", ""), tab.content().replace("Kanar", "") if "?" in page else tab.content()]
        browser.close()
        seen.append(dashboard.logged())
    seen = [text.replace("pair=Kanar", "") for text in seen]
    assert not [found[0] for text in seen if (found := canary.search(text.encode()))]
    assert not list(leaks(tmp_path / "profile" / "Default" / "Local Storage", canary))


def test_machines_are_told_nobodys_name(home):
    home, canary, _ = home
    told = []
    for path in ("/health", "/ready", "/metrics", "/nowhere"):
        environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": "", "PATH_INFO": path}
        told += list(monitor.answers(home, lambda: NOW)(environ, lambda status, headers, failure=None: None))
    assert b"gatehouse_checks" in b"".join(told) and not canary.search(b"".join(told))


opened, already = opened_page, pytest.fixture(scope="session")(lambda: {})
