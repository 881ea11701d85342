"""Decisions come in through the door: known from the as-of day of the edition they were made on."""

import datetime as dt
import json

import dagster as dg
import duckdb
import pytest

from decisions.store import Store, deliver
from orchestration.fetch.assets import fetched_asset
from orchestration.settings import Settings
from tests.decisions.conftest import DAY, URL, decision, record
from tests.versions.warehouse import Staging

MODEL = "stg_decisions__link_decision"
EARLY = DAY - dt.timedelta(days=91)


@pytest.fixture(scope="module")
def staging(tmp_path_factory):
    return Staging(tmp_path_factory.mktemp("decisions"), [MODEL])


@pytest.fixture
def decided(tmp_path, monkeypatch):
    """A home in which a pair was decided on an edition and again on a later one."""
    monkeypatch.delenv(URL, raising=False)
    store = Store(tmp_path / "home")
    store.decide(decision("a", "b", "same", EARLY, note='Two "quotes", a comma,\nand a second line'))
    store.decide(decision("c", "d", "different", DAY))
    store.decide(decision("a", "b", "unsure", DAY, note=""))
    return store


def staged(staging, landing, as_of, home) -> dict[str, str]:
    staging.build(landing, as_of, home)
    with duckdb.connect(str(staging.base / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(f"select left_record, right_record, decision from staging.{MODEL}").fetchall()
    assert all(left == record(left[0]) and right == record(right[0]) for left, right, _ in rows)
    return {left[0] + right[0]: answer for left, right, answer in rows}


def test_an_edition_sees_what_was_decided_up_to_its_day_and_the_newest_counts(decided, staging, tmp_path):
    landing = tmp_path / "landing"
    deliver(tmp_path / "home", landing)
    assert staged(staging, landing, EARLY - dt.timedelta(days=1), "seen") == {}
    assert staged(staging, landing, EARLY, "seen") == {"ab": "same"}
    assert staged(staging, landing, DAY, "seen") == {"ab": "unsure", "cd": "different"}
    # On an older edition somebody decides once more: of the pair, the last decision counts wherever it is known.
    decided.decide(decision("a", "b", "different", EARLY))
    deliver(tmp_path / "home", landing)
    assert staged(staging, landing, EARLY, "seen") == {"ab": "different"}
    assert staged(staging, landing, DAY, "seen") == {"ab": "different", "cd": "different"}


def test_what_was_delivered_when_editions_were_called_releases_still_counts(decided, staging, tmp_path):
    landing = tmp_path / "landing"
    deliver(tmp_path / "home", landing)
    for path in landing.rglob("LINK_DECISION.csv"):
        path.write_text(path.read_text().replace("edition_id", "release_id"))
    assert staged(staging, landing, DAY, "once") == {"ab": "unsure", "cd": "different"}


def test_nothing_is_written_when_nothing_was_decided_since(decided, tmp_path):
    landing = tmp_path / "landing"

    def state():
        files = [path for path in landing.rglob("*") if path.is_file()]
        return {path.relative_to(landing).as_posix(): (path.stat().st_mtime_ns, path.stat().st_mode & 0o77) for path in files}

    assert deliver(tmp_path / "home", landing) == 4
    before = state()
    assert deliver(tmp_path / "home", landing) == 0 and state() == before
    assert {path for path in before if path.endswith(".csv")} == {f"decisions/{day}/LINK_DECISION.csv" for day in (EARLY, DAY)}
    assert not any(others for _, others in before.values())
    decided.decide(decision("e", "f", "same", DAY))
    deliver(tmp_path / "home", landing)
    assert {path for path, was in before.items() if state()[path] != was} == {f"decisions/{DAY}/LINK_DECISION.csv"}
    assert json.loads((landing / f"decisions/{DAY}/delivery.json").read_text()) == {"kind": "changes"}


def fetch(home, landing):
    settings = Settings(home, landing)
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([fetched_asset(settings)], instance=instance, resources={"home_lock": dg.ResourceDefinition.none_resource()})
        (check,) = done.get_asset_check_evaluations()
    return check


def test_a_home_without_decisions_is_left_as_it_was(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    home, landing = tmp_path / "home", tmp_path / "landing"
    home.mkdir()
    assert fetch(home, landing).passed
    assert not landing.exists() and not list(home.iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://invented_user:invented_secret@127.0.0.1:1/invented_name",
        "postgresql://invented:top@secret:invented@db.invented/d",
    ],
    ids=["does not answer", "no address"],
)
def test_a_store_that_cannot_be_read_is_told_and_does_not_stop_the_refresh(tmp_path, monkeypatch, address):
    monkeypatch.setenv(URL, address)
    check = fetch(tmp_path / "home", tmp_path / "landing")
    told = check.metadata["decisions"].value
    assert not check.passed and "GATEHOUSE_DECISIONS_URL" in told and "invented" not in told and "secret" not in told


def test_what_is_decided_after_the_store_was_lost_counts_beside_and_above_what_was_before(staging, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    home, landing = staging.base / "lost", staging.base / "lost" / "landing"
    for pair in ("ab", "cd", "ef"):
        Store(home).decide(decision(*pair, "same", EARLY))
    deliver(home, landing)
    assert staged(staging, landing, DAY, "lost") == {"ab": "same", "cd": "same", "ef": "same"}
    (home / "decisions.sqlite").unlink()
    Store(home).decide(decision("a", "b", "different", EARLY))
    Store(home).decide(decision("e", "f", "different", DAY))
    deliver(home, landing)
    assert staged(staging, landing, EARLY, "lost") == {"ab": "different", "cd": "same", "ef": "same"}
    assert staged(staging, landing, DAY, "lost") == {"ab": "different", "cd": "same", "ef": "different"}
