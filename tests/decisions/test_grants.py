"""What is granted is read at every look at a page: many do so at once, and nobody waits for one who is at work in the store."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from decisions import grants, store
from decisions.grants import Granted
from decisions.store import Store
from edition.rights import Grant

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
    with store._engine(home).begin() as con:
        con.exec_driver_sql("drop table access_grant")
        if con.dialect.name == "postgresql":
            con.exec_driver_sql("drop function access_grant_refuse")
        con.exec_driver_sql("update alembic_version set version_num = '0002'")
    assert grants.all_grants(home) == []
    grant(home)
    assert [one.person for one in grants.all_grants(home)] == [SOMEBODY]
