"""Small questions that a process asks of a home share a database: none sees what another may."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from edition.access import Use
from edition.folder import current
from edition.reading import QuestionError, opened
from edition.rights import Grant, Reader
from tests.dashboard import invented

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
CLAIMS = "select distinct provider from fct_claim order by 1"


@pytest.fixture
def edition(tmp_path):
    invented.publish(tmp_path)
    return current(tmp_path)


def of_provider(edition, provider):
    return Use(edition, NOW, Reader(f"manager.of.{provider}", (Grant("contract_manager", "provider", provider),)), "audit of claims")


def asked(edition, use, table, sql):
    with opened(edition, use, [table], is_entered_later=True, is_shared=True) as con:
        return [one for (one,) in con.execute(sql).fetchall()]


def test_connections_of_one_database_see_each_what_its_reader_may_and_nothing_of_one_another(edition):
    providers = [*invented.PROVIDERS] * 6
    with ThreadPoolExecutor(8) as at_once:
        assert list(at_once.map(lambda one: asked(edition, of_provider(edition, one), "fct_claim", CLAIMS), providers)) == [[one] for one in providers]
    with (
        opened(edition, of_provider(edition, "aster"), ["fct_claim"], is_entered_later=True, is_shared=True) as mine,
        opened(edition, None, ["dim_measure"], is_shared=True) as other,
    ):
        assert mine.execute(CLAIMS).fetchall() == [("aster",)]
        with pytest.raises(QuestionError, match="fct_claim"), opened(edition, None, ["dim_measure"], is_shared=True) as third:
            third.execute(CLAIMS)
        assert other.execute("select view_name from duckdb_views() where not internal").fetchall() == [("dim_measure",)]


def test_in_a_shared_database_nothing_of_this_machine_is_read_beside_what_is_published_nor_is_it_set_otherwise(edition, tmp_path):
    (tmp_path / "elsewhere.csv").write_text("name\nInvented\n")
    for sql in (f"select * from read_csv('{tmp_path}/elsewhere.csv')", "set enable_external_access = true", f"copy (select 1) to '{tmp_path}/out.csv'", f"attach '{tmp_path}/other.duckdb'"):
        with pytest.raises(QuestionError):
            asked(edition, None, "dim_measure", sql)
    assert not (tmp_path / "out.csv").exists() and asked(edition, None, "dim_measure", "select count(*) > 0 from dim_measure") == [True]
