"""The command line: exit codes, reasons, and what `gatehouse sql` may and may not do."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import stat

import pytest
from click.testing import CliRunner

from edition.folder import current_id
from orchestration.cli import main
from tests.conftest import edition_of, gatehouse


def rows(done) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.fixture
def own_home(inspection_home, tmp_path):
    """The published side of the inspection home, free to be changed."""
    shutil.copytree(inspection_home / "published", tmp_path / "home" / "published")
    return tmp_path / "home"


def test_refresh_says_what_is_wrong_with_a_missing_landing_folder(tmp_path):
    done = gatehouse("refresh", "--landing", tmp_path / "nowhere", "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "does not exist" in done.stderr and "Traceback" not in done.stderr


def test_refresh_of_an_empty_landing_folder_says_what_belongs_there(tmp_path):
    (tmp_path / "landing").mkdir()
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "no delivery was found" in done.stderr and "Traceback" not in done.stderr
    assert current_id(tmp_path / "home") is None


def test_status_before_the_first_edition_is_an_answer(tmp_path):
    done = gatehouse("status", "--home", tmp_path, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "editions": [], "current": None, "sources": [], "revisions": [], "tables": [], "row_accounts": [], "refused": [], "gaps": [],
        "suspended": [], "checks": {}, "withheld": "",
    }  # fmt: skip


def test_status_accounts_for_every_row_and_every_check(inspection_home):
    found = json.loads(gatehouse("status", "--home", inspection_home, "--json").stdout)
    assert set(found) == {"editions", "current", "sources", "revisions", "tables", "row_accounts", "refused", "gaps", "suspended", "checks", "withheld"}
    assert [e["edition_id"] for e in found["editions"] if e["current"]] == [found["current"]]
    assert {"table", "watermark", "age_days"} == set(found["tables"][0])
    assert found["row_accounts"] and all(account["balanced"] for account in found["row_accounts"])
    assert found["checks"]["declared"] == found["checks"]["executed"] > 0
    assert set(found["checks"]["by"]) == {"landing", "dbt", "published"}


def test_status_and_sql_answer_within_two_seconds(inspection_home):
    for command in (["status"], ["sql", "select count(*) as n from dim_prison"]):
        cpu = os.times()
        done = gatehouse(command[0], "--home", inspection_home, *command[1:])
        after = os.times()
        assert done.returncode == 0, done.stderr
        # Processor time, not the clock: a busy machine is not a slow command.
        assert after.children_user + after.children_system - cpu.children_user - cpu.children_system < 2


def test_sql_writes_csv_with_dates_as_iso_and_unknown_as_empty(inspection_home):
    query = "select date '2024-03-31' as day, true as yes, null as unknown, 'a,b' as text, 1.50::decimal(18,2) as pounds"
    assert gatehouse("sql", "--home", inspection_home, query).stdout == 'day,yes,unknown,text,pounds\n2024-03-31,true,,"a,b",1.50\n'


def test_without_restricted_there_are_only_protected_tables(inspection_home):
    tables = {r["name"] for r in rows(gatehouse("sql", "--home", inspection_home, "show tables"))}
    assert tables == set(edition_of(inspection_home).tables("protected"))
    done = gatehouse("sql", "--home", inspection_home, "select count(*) from fct_release")
    assert done.returncode == 1 and "fct_release" in done.stderr


@pytest.mark.parametrize(
    "query",
    [
        "copy dim_prison to '{home}/stolen.csv'",
        "create table t as select 1",
        "attach '{home}/work/warehouse.duckdb' as w",
        "install httpfs",
        "set enable_external_access = true",
        "select 1; select 2",
        "select * from read_parquet('{edition}/restricted/fct_release.parquet')",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('{home}/identity.key')",
        "select * from glob('{home}/*')",
        "from '{home}/access.log'",
    ],
)
def test_sql_can_neither_write_nor_read_anything_but_the_edition(own_home, query):
    (own_home / "identity.key").write_text("invented secret")
    before = sorted(own_home.rglob("*"))
    done = gatehouse("sql", "--home", own_home, query.format(home=own_home, edition=edition_of(own_home).folder))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr and "Traceback" not in done.stderr and "invented secret" not in done.stderr
    assert sorted(own_home.rglob("*")) == before


def test_restricted_needs_a_purpose(own_home):
    for purpose in ([], ["--purpose", "  "]):
        done = gatehouse("sql", "--home", own_home, "--restricted", *purpose, "select 1")
        assert done.returncode == 2 and "--purpose" in done.stderr
    assert not (own_home / "access.log").exists()


def test_every_restricted_query_is_logged_even_one_that_fails(own_home):
    asked = ["select count(*) as n from fct_release", "select nothing from fct_release"]
    for query in asked:
        gatehouse("sql", "--home", own_home, "--restricted", "--purpose", "audit of claims", query)
    log = own_home / "access.log"
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["query"] for entry in entries] == asked
    assert {entry["purpose"] for entry in entries} == {"audit of claims"}
    assert {entry["edition_id"] for entry in entries} == {edition_of(own_home).edition_id}
    assert all(entry["time"] and entry["user"] for entry in entries)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_use_that_cannot_be_logged_does_not_happen(own_home):
    (own_home / "access.log").mkdir()
    done = gatehouse("sql", "--home", own_home, "--restricted", "--purpose", "audit", "select release_id from fct_release")
    assert done.returncode == 1 and done.stdout == "" and "cannot be written" in done.stderr


@pytest.mark.parametrize("command", [[], ["refresh"], ["status"], ["sql"], ["thresholds"], ["dashboard"]])
def test_no_command_calls_what_is_published_a_release(inspection_home, command):
    said = CliRunner().invoke(main, [*command, "--help"]).output
    if command == ["status"]:
        said += gatehouse("status", "--home", inspection_home).stdout.split("Tables:")[0]
    assert "edition" in said.lower() or command in ([], ["dashboard"])
    assert not re.findall(r"(?<!--)\brelease", said, re.I)  # but --releases of a nation


def test_status_is_a_use_of_row_accounts_and_shows_the_rest_where_it_cannot_be_logged(own_home):
    gatehouse("status", "--home", own_home)
    (entry,) = [json.loads(line) for line in (own_home / "access.log").read_text().splitlines()]
    assert entry["purpose"].startswith("status") and entry["edition_id"] == edition_of(own_home).edition_id
    (own_home / "access.log").unlink()
    (own_home / "access.log").mkdir()
    found = json.loads(gatehouse("status", "--home", own_home, "--json").stdout)
    assert found["row_accounts"] == found["revisions"] == [] and "cannot be written" in found["withheld"]
    assert found["tables"] and found["checks"] and found["current"]
    assert "not shown, because restricted" in gatehouse("status", "--home", own_home).stdout


def test_the_restricted_results_are_the_exact_ones(inspection_home):
    query = "select count(*) as n from fct_measure_result where numerator between 1 and 4"
    controlled = rows(gatehouse("sql", "--home", inspection_home, query))
    exact = rows(gatehouse("sql", "--home", inspection_home, "--restricted", "--purpose", "test", query))
    assert controlled == [{"n": "0"}] and int(exact[0]["n"]) > 0


def test_an_as_of_day_before_the_first_delivery_publishes_nothing(inspection_landing, tmp_path):
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", tmp_path / "home", "--as-of", "2020-01-01")
    assert done.returncode == 1
    assert "nothing was delivered on or before 2020-01-01" in done.stderr and "Traceback" not in done.stderr
    assert current_id(tmp_path / "home") is None


def test_a_damaged_identity_key_stops_the_refresh_before_it_starts(inspection_landing, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "identity.key").write_text("c0ffee")
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "identity.key is damaged" in done.stderr and "backup" in done.stderr and "c0ffee" not in done.stderr
    assert not (tmp_path / "home" / "landed").exists()


def test_a_day_that_is_none_and_a_home_that_cannot_be_written_are_told(tmp_path):
    (tmp_path / "landing").mkdir()
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home", "--as-of", "31/03/2024")
    assert done.returncode == 1 and "is not a day" in done.stderr
    (tmp_path / "file").touch()
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "file" / "home")
    assert done.returncode == 1 and "the home cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_what_a_home_holds_is_its_owners_alone(tmp_path):
    (tmp_path / "landing").mkdir()
    gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    folders = [tmp_path / "home", *(p for p in (tmp_path / "home").iterdir() if p.is_dir() and p.name != "published")]
    assert len(folders) > 4 and {stat.S_IMODE(p.stat().st_mode) for p in folders} == {0o700}
    assert stat.S_IMODE((tmp_path / "home" / "refresh.lock").stat().st_mode) == 0o600


def test_a_home_that_begins_with_invented_deliveries_is_its_owners_alone_too(tmp_path):
    gatehouse("generate", "--inspection", "--out", tmp_path / "home" / "landing")
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_delivery_dated_after_today_is_left_out_unless_asked_for(tmp_path):
    (tmp_path / "landing" / "nomis" / "2999-01-01").mkdir(parents=True)
    (tmp_path / "landing" / "nomis" / "2999-01-01" / "OFFENDERS.csv").write_text("OFFENDER_ID\n1\n")
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "warning: nomis/2999-01-01 says it is complete to a day after today" in done.stderr
    assert "nothing was delivered on or before" in done.stderr


def test_generating_that_stops_half_way_leaves_no_landing_folder(tmp_path):
    from datetime import date

    from worlds.ledger import Ledger

    ledger = Ledger({"nomis": (date(2023, 6, 30),)})
    ledger.add("nomis", "OFFENDERS", {"OFFENDER_ID": 1})
    ledger.add("nomis", "ADDRESSES", {"NO_SUCH_COLUMN": 1})
    with pytest.raises(KeyError):
        ledger.write(tmp_path / "landing")
    assert not (tmp_path / "landing").exists()
    del ledger.rows["nomis", "ADDRESSES"]
    ledger.write(tmp_path / "landing")
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]
