"""What machines are told of a home: alive, ready or why not, and figures that say nothing of a person."""

import datetime as dt
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import closing
from wsgiref.simple_server import make_server

import pytest
from prometheus_client.parser import text_string_to_metric_families

from decisions.store import Store
from edition.access import Use
from edition.folder import current, pointer
from edition.rights import the_product
from expectations.contract import declared_tables
from ground import log
from orchestration import failure, monitor
from orchestration.refresh import HELD, PUBLISHED, keep_outcome
from orchestration.settings import Settings
from tests.conftest import NOW, REPOSITORY, gatehouse
from tests.dashboard import invented
from tests.run.small_home import with_hashes


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    with_hashes(invented.publish(home))
    (home / "logs").mkdir()
    return home


@pytest.fixture
def ask(home):
    """Asks the monitor of the home over HTTP: status and text."""
    server = make_server(monitor.HERE, 0, monitor.answers(home, lambda: NOW), handler_class=monitor._Quiet)
    beside = threading.Thread(target=server.serve_forever, args=(0.02,))
    beside.start()

    def get(path):
        try:
            with urllib.request.urlopen(f"http://{monitor.HERE}:{server.server_port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    yield get
    server.shutdown()
    beside.join()
    server.server_close()


def figures(ask):
    """Every figure by its name and labels, as Prometheus reads them."""
    status, text = ask("/metrics")
    assert status == 200
    return {(one.name, *one.labels.values()): one.value for family in text_string_to_metric_families(text) for one in family.samples}


def test_a_home_with_an_edition_is_alive_and_ready_and_other_addresses_are_none(ask):
    assert ask("/health") == (200, "alive\n") and ask("/ready") == (200, "ready\n")
    assert ask("/")[0] == ask("/ready/")[0] == 404


def cut(home):
    path = current(home).folder / "restricted" / "fct_release.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def taken(home):
    (current(home).folder / "protected" / "dim_region.parquet").unlink()


def without_pointer(home):
    pointer(home).unlink()


def pointing_at_nothing(home):
    pointer(home).write_text("2000-01-01-gone")


def with_a_record_that_is_none(home):
    (home / "access.log").mkdir()


def with_a_record_cut_off(home):
    for query in ("first", "second"):
        Use(current(home), NOW, the_product("invented.person"), "audit", query=query).enter()
    lines = (home / "access.log").read_bytes().splitlines(keepends=True)
    (home / "access.log").write_bytes(lines[0])


def with_an_old_store(home):
    Store(home)
    with closing(sqlite3.connect(home / "decisions.sqlite")) as store:
        store.execute("update alembic_version set version_num = '0001'")
        store.commit()


def with_a_newer_store(home):
    Store(home)
    with closing(sqlite3.connect(home / "decisions.sqlite")) as store:
        store.execute("update alembic_version set version_num = '9999'")
        store.commit()


def with_a_store_that_is_none(home):
    (home / "decisions.sqlite").write_bytes(b"no database, and longer than the head of one" * 10)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, "restricted/fct_release of the edition in force is missing or cut short: put the edition back from a backup"),
        (taken, "protected/dim_region of the edition in force is missing or cut short: put the edition back from a backup"),
        (without_pointer, "Nothing has been published in this home yet"),
        (pointing_at_nothing, "Edition 2000-01-01-gone has no manifest.json that can be read"),
        (with_a_record_that_is_none, "the use cannot be written to .*access.log"),
        (with_a_record_cut_off, "access.log does not end as access.head says, so no restricted row is shown: run `gatehouse access verify`"),
        (with_an_old_store, "the decisions store lacks a migration: run `gatehouse refresh`"),
        (with_a_newer_store, "the decisions store was last opened by a later version of Gatehouse"),
        (with_a_store_that_is_none, "the decisions store cannot be read"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_home_that_is_not_well_is_not_ready_and_says_why(home, ask, spoil, told):
    spoil(home)
    status, reasons = ask("/ready")
    assert status == 503 and re.search(told, reasons) and "Traceback" not in reasons
    assert ask("/health")[0] == 200 and figures(ask)["gatehouse_ready",] == 0


def test_a_disk_without_room_is_not_ready(ask, monkeypatch):
    monkeypatch.setattr(failure, "_ROOM", 10**18)
    status, reasons = ask("/ready")
    assert (status, reasons) == (503, "a refresh would fail (No space left on device); make room on the disk of the home and refresh again\n")


def test_a_home_that_is_not_there_is_not_ready(home, ask):
    os.rename(home, home.with_name("away"))
    assert ask("/ready")[0] == 503 and "gatehouse_home_free_bytes" not in {name for name, *_ in figures(ask)}


def test_looking_changes_nothing_of_the_store_and_makes_none(home, ask):
    ask("/ready")
    assert not (home / "decisions.sqlite").exists()
    with_an_old_store(home)
    before = (home / "decisions.sqlite").read_bytes()
    ask("/ready")
    assert (home / "decisions.sqlite").read_bytes() == before


def test_the_figures_are_those_of_the_edition_in_force_and_of_the_last_refresh(home, ask):
    Use(current(home), NOW, the_product("invented.person"), "audit of claims", query="select 1").enter()
    keep_outcome(Settings(home, home), HELD, 12.34, NOW)
    found = figures(ask)
    assert found["gatehouse_ready",] == 1 and found["gatehouse_editions",] == 1 and found["gatehouse_access_record_entries",] == 1
    assert found["gatehouse_edition_age_days",] == (NOW.date() - dt.date(2023, 6, 30)).days
    assert found["gatehouse_edition_as_of_timestamp_seconds",] == dt.datetime(2023, 6, 30, tzinfo=dt.UTC).timestamp()
    assert {key[1]: value for key, value in found.items() if key[0] == "gatehouse_watermark_age_days"} == {
        "nomis__offenders": (NOW.date() - dt.date(2023, 6, 15)).days, "ndelius__recall": (NOW.date() - dt.date(2023, 5, 31)).days,
    }  # fmt: skip
    assert {key[1]: value for key, value in found.items() if key[0] == "gatehouse_last_refresh_outcome"} == {"published": 0, "held": 1, "failed": 0}
    assert found["gatehouse_last_refresh_seconds",] == 12.3 and found["gatehouse_last_refresh_end_timestamp_seconds",] == NOW.timestamp()
    assert found["gatehouse_tables_refused",] == found["gatehouse_files_refused",] == 1
    assert [found["gatehouse_checks", state] for state in ("declared", "executed", "failed")] == [40, 40, 1]
    assert found["gatehouse_home_free_bytes",] > 0 and {("gatehouse_rows_left_out", "unread"), ("gatehouse_rows_left_out", "quarantined")} <= found.keys()


def test_figures_are_read_anew_at_each_scrape(home, ask):
    assert figures(ask)["gatehouse_editions",] == 1
    with_hashes(invented.publish(home, "invented-2", "2023-07-31"))
    keep_outcome(Settings(home, home), PUBLISHED, 5, NOW)
    found = figures(ask)
    assert found["gatehouse_editions",] == 2 and found["gatehouse_last_refresh_outcome", "published"] == 1
    assert found["gatehouse_edition_age_days",] == (NOW.date() - dt.date(2023, 7, 31)).days


def test_no_figure_or_label_says_anything_of_a_person_or_a_purpose(home, ask):
    """Whatever a manifest, a purpose or a file name holds, labels are our own words."""
    path = current(home).folder / "manifest.json"
    said = json.loads(path.read_text())
    said["watermarks"]["provider__jane_madeup"] = "2023-06-15"
    said["refused"].append({"delivery": "x", "table": "JANE_MADEUP", "file": "JANE_MADEUP.csv", "reason": "JANE_MADEUP"})
    path.write_text(json.dumps(said))
    Use(current(home), NOW, the_product("jane.madeup"), "about Jane Madeup", query="select 'Jane Madeup'").enter()
    _, text = ask("/metrics")
    assert "madeup" not in text.lower() and str(home) not in text and "gatehouse_tables_refused 2.0" in text
    labels = set(re.findall(r'="([^"]*)"', text))
    assert labels <= {t.landing_name for t in declared_tables()} | {
        "published", "held", "failed", "declared", "executed", "quarantined", "unread", "lost",
    }  # fmt: skip


def test_no_restricted_row_is_read_for_them(home, ask):
    """Were one read, the access record would say so."""
    ask("/metrics"), ask("/ready")
    assert not (home / "access.log").exists()
    (current(home).folder / "restricted").chmod(0o700)
    for path in (current(home).folder / "restricted").iterdir():
        size = path.stat().st_size
        path.write_bytes(b"PAR1" + b"\0" * (size - 12) + (0).to_bytes(4, "little") + b"PAR1")
    assert ask("/ready") == (200, "ready\n") and figures(ask)["gatehouse_ready",] == 1


def test_the_command_serves_on_this_machine_only_and_says_when_the_port_is_taken(home):
    with socket.socket() as taken:
        taken.bind((monitor.HERE, 0))
        taken.listen()
        done = gatehouse("monitor", "--home", home, "--port", taken.getsockname()[1])
    assert done.returncode == 1 and "nothing can be served at 127.0.0.1:" in done.stderr and "Address already in use" in done.stderr
    command = [sys.executable, "-m", "orchestration.cli", "monitor", "--home", str(home), "--port", str(free_port())]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, env=os.environ | {"GATEHOUSE_LOG": "json"}) as running:
        try:
            said = json.loads(running.stderr.readline())
            address = said["event"].removeprefix("monitor on ")
            with urllib.request.urlopen(f"{address}/ready", timeout=30) as answer:
                assert answer.status == 200 and address.startswith("http://127.0.0.1:")
        finally:
            # Whatever failed, the server must not be waited for.
            running.kill()


def free_port():
    with socket.socket() as free:
        free.bind((monitor.HERE, 0))
        return free.getsockname()[1]


# What is logged


def test_what_is_said_is_plain_text_unless_json_is_asked_for(capsys, monkeypatch):
    log.tell("publish: exit door", edition="invented-1")
    assert capsys.readouterr().err == "publish: exit door\n"
    monkeypatch.setenv("GATEHOUSE_LOG", "json")
    log.tell("publish: exit door\n  in two lines", edition="invented-1", seconds=1.5)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert dt.datetime.fromisoformat(said.pop("time")).tzinfo is not None
    assert said == {"level": "info", "event": "publish: exit door\n  in two lines", "edition": "invented-1", "seconds": 1.5}


def test_a_value_that_a_database_quotes_does_not_reach_the_log(capsys, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_LOG", "json")
    log.tell("""Could not convert string 'Jane Madeup' in "name: Jane Madeup" to DATE""")
    assert "Madeup" not in capsys.readouterr().err


def test_an_error_nobody_foresaw_is_told_by_its_kind(home):
    program = "from ground import log; log.stop_in_json(); raise ValueError('Jane Madeup')"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, env=os.environ | {"GATEHOUSE_LOG": "json"})
    said = json.loads(done.stderr)
    assert (done.returncode, said["level"], said["event"]) == (1, "critical", "stopped on ValueError")


def test_every_line_of_a_refresh_is_json_where_it_is_asked_for_and_its_end_is_written_down(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_LOG", "json")
    (tmp_path / "landing").mkdir()
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1 and all({"time", "level", "event"} <= line.keys() for line in lines)
    assert lines[-1]["level"] == "error" and lines[-1]["outcome"] == "failed" and "no delivery was found" in lines[-1]["event"]
    kept = json.loads((tmp_path / "home" / "logs" / "last-refresh.json").read_text())
    assert kept["outcome"] == "failed" and kept["seconds"] > 0 and dt.datetime.fromisoformat(kept["ended"]).tzinfo is not None
    before = (tmp_path / "home" / "logs" / "last-refresh.json").read_bytes()
    with Settings(tmp_path / "home", tmp_path / "landing").locked():
        done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert json.loads(done.stderr.splitlines()[-1])["outcome"] == "did not begin"
    assert (tmp_path / "home" / "logs" / "last-refresh.json").read_bytes() == before


def test_how_a_refresh_ended_is_no_reason_for_it_to_fail(home, capsys):
    for path in (home / "logs").iterdir():
        path.unlink()
    (home / "logs").rmdir()
    (home / "logs").touch()
    keep_outcome(Settings(home, home), PUBLISHED, 5, NOW)
    assert "cannot be written" in capsys.readouterr().err
