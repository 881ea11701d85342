"""What is granted is a row that is only ever added, by another than the person it is for; it is read at every look at a page, by many at
once, and nobody waits for one who is at work in the store."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from decisions import grants, store
from decisions.grants import Granted
from decisions.store import DecisionError, Store
from edition.access import NotRecorded, verify
from edition.rights import Grant
from tests.conftest import gatehouse
from tests.decisions.conftest import put_back

DAY = date(2023, 6, 30)
SOMEBODY = "invented.reader@example.org"


def grant(home) -> None:
    grants.grant(home, Granted(0, SOMEBODY, "analyst", "all", "", False, DAY, DAY, "account:invented", datetime(2023, 6, 30, 12)))


def test_grants_are_read_while_somebody_is_at_work_in_the_store(home, monkeypatch):
    grant(home)
    monkeypatch.setattr(store, "SECONDS_TO_WAIT", 0)
    with Store(home).alone():
        assert grants.of(home, SOMEBODY, DAY) == (Grant("analyst"),)


def test_fifty_at_once_are_all_told_what_is_theirs(home):
    grant(home)
    together = threading.Barrier(50, timeout=60)

    def read(_) -> tuple[Grant, ...]:
        together.wait()
        return grants.of(home, SOMEBODY, DAY)

    with ThreadPoolExecutor(50) as threads:
        assert [*threads.map(read, range(50))] == [(Grant("analyst"),)] * 50


def test_a_store_of_before_there_were_grants_is_brought_up_to_date_by_whoever_reads_them(home):
    Store(home)
    put_back(home, "0002")
    assert grants.all_grants(home) == []
    grant(home)
    assert [one.person for one in grants.all_grants(home)] == [SOMEBODY]


ROW = Granted(0, SOMEBODY, "regional_director", "region", "N07", False, DAY, DAY, "ada.invented@example.org", datetime(2023, 6, 30, 12))


def test_a_grant_is_in_force_on_its_days_and_until_a_newer_one_ends_it(home):
    grants.grant(home, replace(ROW, person=" Invented.Reader@Example.org ", valid_to=DAY + timedelta(days=9)))
    mine = (Grant("regional_director", "region", "N07"),)
    assert [grants.of(home, SOMEBODY, DAY + timedelta(days=n)) for n in (-1, 0, 9, 10)] == [(), mine, mine, ()]
    grants.grant(home, replace(ROW, valid_to=DAY - timedelta(days=1)))
    assert grants.of(home, SOMEBODY, DAY) == () and len(grants.all_grants(home)) == 2
    assert grants.of(home, "somebody.else@example.org", DAY) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"person": "ADA.invented@example.org "}, "nobody grants anything to themselves"),
        ({"person": " "}, "say who it is for"),
        ({"role": "director"}, "there is no role 'director': it is one of regional_director"),
        ({"scope_id": ""}, "is granted for one region: name it"),
        ({"scope_kind": "contract"}, "is granted for one region: name it"),
        ({"role": "analyst"}, "is granted for all: name it"),
        ({"valid_to": DAY + timedelta(days=2), "valid_from": DAY + timedelta(days=3)}, "the last day lies before the first"),
    ],
)
def test_what_is_no_grant_is_not_kept_and_not_in_the_record(home, changed, told):
    with pytest.raises(DecisionError, match=told):
        grants.grant(home, replace(ROW, **changed))
    assert grants.all_grants(home) == [] and not (home / "access.log").exists()


def test_a_grant_is_in_the_access_record_before_it_is_kept_and_not_kept_where_it_cannot_be(home):
    grants.grant(home, ROW)
    entry = json.loads((home / "access.log").read_text())
    assert entry["user"] == "ada.invented@example.org" and entry["grant"]["role"] == "regional director (region N07)" and verify(home) == (1, "")
    (home / "access.head").write_text("9 " + "0" * 64)
    with pytest.raises(NotRecorded):
        grants.grant(home, replace(ROW, scope_id="N08"))
    assert [one.scope_id for one in grants.all_grants(home)] == ["N07"]


INSERT = """insert into access_grant (grant_id, person, role, scope_kind, scope_id, is_named, valid_from, valid_to, granted_by, granted_at)
    values ({}, '{}', 'auditor', 'all', '', true, '2023-01-01', '2030-01-01', '{}', '2023-01-01 00:00:00')"""


@pytest.mark.parametrize(
    "statement",
    [
        INSERT.format(7, "one@example.org", "one@example.org"),
        INSERT.format(7, "One@example.org", "one@example.org"),
        INSERT.format(7, "", "one@example.org"),
        "update access_grant set person = 'somebody.else@example.org'",
        "delete from access_grant",
    ],
)
def test_no_statement_grants_to_oneself_or_changes_what_was_granted(home, statement):
    grants.grant(home, ROW)
    before = grants.all_grants(home)
    with pytest.raises(sa.exc.DBAPIError), store._engine(home).begin() as con:
        con.exec_driver_sql(statement)
    assert grants.all_grants(home) == before


def test_the_account_that_the_home_belongs_to_makes_the_first_administrator(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    (tmp_path / "home").mkdir()
    told = ("--home", tmp_path / "home", "Ada.Invented@example.org", "administrator", "--to", "2099-12-31")
    done = gatehouse("access", "grant", *told)
    assert done.returncode == 0 and done.stdout.startswith("ada.invented@example.org: administrator, ") and "granted by account:" in done.stdout
    assert gatehouse("access", "list", "--home", tmp_path / "home").stdout == done.stdout
    assert gatehouse("access", "grant", *told[:2], "somebody@example.org", "regional_director", "--to", "2099-12-31").returncode == 1
