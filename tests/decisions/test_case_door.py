"""Cases and notices of audit come in through the door like all that is decided; a refresh holds cases against what it has published."""

import datetime as dt

import duckdb
import pytest

from decisions import case_delivery, case_edition, case_run, casework, store
from decisions.case_records import Run
from edition.access import Use
from orchestration.publishing import assets
from orchestration.settings import Settings
from tests.conftest import NOW
from tests.decisions.casework import AS_OF, AT, AUDITOR, CONTRACT, MANAGER, case, decide, fail, key, of_subject, query, results, run
from tests.decisions.claims_edition import publish
from tests.decisions.conftest import URL, decision, put_back
from tests.versions.warehouse import Staging

CASE, NOTICE = "stg_decisions__payment_case", "stg_decisions__audit_notice"
LATER = AS_OF + dt.timedelta(days=31)


@pytest.fixture(scope="module")
def staging(tmp_path_factory):
    return Staging(tmp_path_factory.mktemp("cases"), [CASE, NOTICE])


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    return tmp_path / "home"


def staged(staging, model: str, columns: str, landing, as_of, home) -> list[tuple]:
    staging.build(landing, as_of, home)
    with duckdb.connect(str(staging.base / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(f"select {columns} from staging.{model} order by all").fetchall()


def test_a_case_is_delivered_once_a_person_had_a_hand_in_it_as_of_the_edition_that_was_looked_at(at_work, staging, tmp_path):
    landing = tmp_path / "landing"
    level = of_subject("TTG-1|PLAN5|2023-04", "R54", "service_level")
    run(at_work, results(fail(), fail("C2"), level))
    assert case_delivery.deliver(at_work, landing) == 0 and not landing.exists()
    query(at_work)
    query(at_work, level.subject, "R54")
    assert case_delivery.deliver(at_work, landing) == 2 and case_delivery.deliver(at_work, landing) == 0
    columns = "case_source, claim_id, subject_id, rule_id, state, at_risk, amount"
    was = [("provider_inventia", "C1", None, "R41", "queried", 71.2, 0.0), (None, None, level.subject, "R54", "queried", 37.5, 0.0)]

    def seen(as_of) -> list[tuple]:
        rows = staged(staging, CASE, columns, landing, as_of, "cases")
        return [(*(value or None for value in row[:5]), float(row[5]), float(row[6])) for row in rows]

    assert sorted(map(str, seen(AS_OF))) == sorted(map(str, was)) and seen(AS_OF - dt.timedelta(days=1)) == []
    run(at_work, results(fail(), fail("C2"), level), as_of=LATER)
    decide(at_work, "upheld", at=AT + dt.timedelta(days=30), amount="50.00")
    case_delivery.deliver(at_work, landing)
    assert sorted(map(str, seen(AS_OF))) == sorted(map(str, was))
    now = [("provider_inventia", "C1", None, "R41", "upheld", 71.2, 50.0), was[1]]
    assert sorted(map(str, seen(LATER))) == sorted(map(str, now))


def test_a_notice_of_audit_is_known_from_its_day(at_work, staging, tmp_path):
    landing = tmp_path / "landing"
    casework.give_notice(at_work, MANAGER, CONTRACT, "inventia", AT, "one", period="2023-04")
    casework.give_notice(at_work, MANAGER, CONTRACT, "inventia", AT, "two", from_date=AS_OF, to_date=LATER)
    case_delivery.deliver(at_work, landing)
    columns = "contract_id, period, from_date, to_date, noted_on"
    said = staged(staging, NOTICE, columns, landing, AT.date(), "notices")
    assert sorted(said, key=str) == sorted([(CONTRACT, "2023-04", None, None, AT.date()), (CONTRACT, None, AS_OF, LATER, AT.date())], key=str)
    assert staged(staging, NOTICE, columns, landing, AT.date() - dt.timedelta(days=1), "notices") == []


@pytest.fixture
def published(at_work):
    edition = publish(at_work)
    return Settings(at_work, at_work / "landing"), edition


def up_to_date(settings, edition, run_id="run", at=NOW):
    return assets.bring_cases_up_to_date(settings, edition.edition_id, run_id, at)


def test_a_refresh_opens_cases_of_what_it_has_published_and_says_how_many(published, monkeypatch):
    said = []
    monkeypatch.setattr(assets, "say", said.append)
    settings, edition = published
    assert up_to_date(settings, edition) == {"open": 6}
    assert said == ["payment cases: 6 open"]
    assert up_to_date(settings, edition, "another") == {} and len(said) == 1


@pytest.mark.parametrize("fault", ["no table", "no store", "a later day", "anything"])
def test_where_cases_cannot_be_brought_up_to_date_that_is_said_and_the_edition_stands(published, monkeypatch, fault):
    said = []
    monkeypatch.setattr(assets, "say", said.append)
    settings, edition = published
    if fault == "no table":
        (edition.folder / "restricted" / "fct_credit.parquet").unlink()
    elif fault == "no store":
        monkeypatch.setenv(URL, "postgresql+psycopg://invented_user:invented_secret@127.0.0.1:1/invented_name")
    elif fault == "a later day":
        case_run.apply_run(settings.home, Run(key(), "later", LATER, AT), case_edition.results(edition, Use(edition, NOW, AUDITOR, "a later run")))
    else:
        monkeypatch.setattr(case_edition, "results", lambda *_: [][0])
    assert up_to_date(settings, edition) is None
    assert len(said) == 1 and said[0].startswith("payment cases: warning: the edition is published") and "invented_secret" not in said[0]


def test_a_store_of_before_there_were_cases_is_brought_up_to_date_and_keeps_what_was_decided(home):
    store.Store(home).decide(decision("a", "b", "same"))
    put_back(home, "0003")
    run(home, results(fail()))
    assert case(home).state == "open" and len(store.Store(home).all()) == 1
