"""A full disk and a killed process, again and again: the edition in force stays whole, and the next run makes what the first would have made.

How often is said by GATEHOUSE_KILLS (publishing) and GATEHOUSE_REFRESH_KILLS (whole refreshes)."""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from decisions.store import Decision, Store
from edition.access import Use, verify
from edition.folder import EditionError, current, current_id, edition, pointer, published
from edition.reading import opened
from edition.rights import the_product
from tests.conftest import FORKS, NOW, REPOSITORY, edition_of, gatehouse

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]
OTHER_DAY = "2023-04-30"
KILLS, REFRESH_KILLS = (int(os.environ.get(name, few)) for name, few in (("GATEHOUSE_KILLS", 25), ("GATEHOUSE_REFRESH_KILLS", 4)))
SIZES = 10


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def tables(folder: Path) -> dict[str, str]:
    """Without the manifest, which says where the access record stood."""
    return {path: sha256 for path, sha256 in contents(folder).items() if path.endswith(".parquet")}


def whole(home: Path) -> str:
    """The id of the edition in force, once each of its tables is found as its manifest says."""
    found = current(home)
    assert {f"{where}.parquet": sha256 for where, sha256 in found.hashes.items()} == tables(found.folder)
    return found.edition_id


# A full disk. In a name space of its own, so that what is mounted goes with the process.

ON_A_SMALL_DISK = """
import json, pathlib, shutil, subprocess, sys
home, mount, landing, day, room = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
from tests.run.test_accidents import peak_of, tables, whole
from tests.conftest import edition_of
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4g", "tmpfs", mount], check=True)
here = shutil.copytree(home, mount / "home", ignore=shutil.ignore_patterns("dagster", "logs"))
before = whole(here)
used = shutil.disk_usage(mount).used
if room >= 0:
    subprocess.run(["mount", "-o", f"remount,size={used + room}", mount], check=True)
command = [sys.executable, "-m", "orchestration.cli", "refresh", "--landing", landing, "--home", str(here), "--as-of", day]
code, said, peak = peak_of(command, mount)
told = {"code": code, "said": said, "peak": peak - used, "before": before, "after": whole(here)}
if room >= 0:
    subprocess.run(["mount", "-o", "remount,size=4g", mount], check=True)
    again, said, _ = peak_of(command, mount)
    told |= {"again": again, "said_again": said}
made = edition_of(here)
print(json.dumps(told | {"made": made.edition_id, "tables": tables(made.folder), "unfinished": len(list(made.folder.parent.glob(".building-*")))}))
"""


def peak_of(command: list[str], disk: Path) -> tuple[int, str, int]:
    """Run a command: its exit code, what it said, and the most bytes that were used on `disk` meanwhile."""
    peak = 0
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=said) as running:
            while running.poll() is None:
                peak = max(peak, shutil.disk_usage(disk).used)
                time.sleep(0.02)
        said.seek(0)
        return running.returncode, said.read(), peak


def on_a_disk_with(room: int, home: Path, landing: Path, mount: Path) -> dict:
    apart = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-U", "-r", "-m"]
    done = subprocess.run([*apart, sys.executable, "-c", ON_A_SMALL_DISK, home, mount, landing, OTHER_DAY, str(room)], cwd=REPOSITORY, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_disk_that_is_full_costs_nothing_but_the_run(inspection_home, inspection_landing, tmp_path):
    """Ten sizes, from no room at all to nine tenths of what the same refresh took where there was enough."""
    (tmp_path / "disk").mkdir()
    clean = on_a_disk_with(-1, inspection_home, inspection_landing, tmp_path / "disk")
    assert clean["code"] == 0 and clean["made"] != clean["before"]
    for n in range(SIZES):
        room = clean["peak"] * n // SIZES
        found = on_a_disk_with(room, inspection_home, inspection_landing, tmp_path / "disk")
        last = found["said"].strip().splitlines()[-1]
        print(flush=True, end=f"room for {room / 1e6:.1f} of {clean['peak'] / 1e6:.1f} MB: exit {found['code']}: {last}\n")
        assert found["code"] == 1 and found["after"] == found["before"] == clean["before"], room
        assert "No space left on device" in found["said"] and "make room" in found["said"].lower(), found["said"][-3000:]
        assert "Traceback" not in found["said"]
        assert (found["again"], found["made"], found["tables"]) == (0, clean["made"], clean["tables"]), found["said_again"][-3000:]
        assert found["unfinished"] == 0


# Kills


def publish_once(home: str, now: str) -> None:
    from orchestration.publishing.publish import publish
    from orchestration.settings import Settings

    publish(Settings(Path(home), Path(home) / "landing"), datetime.fromisoformat(now), lambda text: None)


def publishing(home: str, now: str) -> None:
    """Publish what is in the warehouse, and then again, until somebody ends it."""
    while True:
        publish_once(home, now)


def refreshing(home: str, landing: str, day: str) -> None:
    from orchestration.cli import main

    for out in (1, 2):
        os.dup2(os.open(Path(home).parent / "refresh.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), out)
    os.chdir(REPOSITORY)
    main(["refresh", "--landing", landing, "--home", home, "--as-of", day], prog_name="gatehouse")


def reading(home: str, told: str) -> None:
    """Read all of the edition in force, again and again: bytes against the manifest, and rows as SQL. What is not as it should be is a line in `told`."""
    at, reads = Path(home), 0
    with open(told, "a", buffering=1) as said:
        while True:
            now = None
            try:
                now = current(at)
                whole(at)
                use = Use(now, NOW, the_product("invented.reader"), "reading while it is killed", query=str(reads))
                with opened(now, use) as con:
                    for table in {*now.tables("protected"), *now.tables("restricted")}:
                        con.execute(f'select count(*) from "{table}"').fetchall()
                reads += 1
                said.write(f"read {now.edition_id}\n")
            except (EditionError, AssertionError, OSError) as error:
                # One that is no longer in force may be taken away by whoever makes room.
                if now is None or current_id(at) == now.edition_id:
                    said.write(f"fault {type(error).__name__} {error}\n")


class Reader:
    """A process that never stops reading a home."""

    def __init__(self, home: Path, told: Path):
        self.told = told
        self.process = FORKS.Process(target=reading, args=(str(home), str(told)))

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()

    def lines(self, word: str) -> list[str]:
        return [line for line in self.told.read_text().splitlines() if line.startswith(word)]


def kill_after(seconds: float, target, *args: str) -> bool:
    """Whether the process was still at it when it was killed."""
    process = FORKS.Process(target=target, args=args)
    process.start()
    process.join(seconds)
    if process.exitcode is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return True


@pytest.fixture
def own_home(inspection_home, tmp_path):
    home = shutil.copytree(inspection_home, tmp_path / "home", ignore=shutil.ignore_patterns("dagster", "logs"))
    for name in ("dagster", "logs"):
        (home / name).mkdir(mode=0o700)
    for n in range(1, 4):
        Store(home).decide(Decision(0, f"{2 * n:024x}", f"{2 * n + 1:024x}", "unsure", "", "invented.reviewer", datetime(2026, 11, 1), date(2099, 1, 1), "none"))
    return home


def nothing_lost(home: Path, reader: Reader, decisions: int) -> None:
    assert not reader.lines("fault") and len(reader.lines("read")) > 1
    assert verify(home)[1] in ("", f"after entry {verify(home)[0]} stands a line that is not whole: nothing was shown for it, and the next use takes it away")
    with closing(sqlite3.connect(home / "decisions.sqlite")) as store:
        assert store.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert len(Store(home).all()) == decisions


def test_publishing_that_is_killed_costs_no_edition(own_home, tmp_path):
    """Two warehouses in turn, so that each time another edition is made, moved into place and put in force."""
    warehouse = own_home / "work" / "warehouse.duckdb"
    variants = {}
    for name in ("one", "other"):
        variants[name] = shutil.copy(warehouse, own_home / "work" / f"{name}.duckdb")
    with duckdb.connect(str(variants["other"])) as con:
        con.execute("update landing.delivery set kind = 'changes' where table_name = 'provider__claim'")
    warehouse.unlink()
    made, seconds = {}, 0.0
    for name in ("other", "one"):
        warehouse.symlink_to(variants[name])
        began = time.monotonic()
        process = FORKS.Process(target=publish_once, args=(str(own_home), NOW.isoformat()))
        process.start()
        process.join()
        seconds = time.monotonic() - began
        warehouse.unlink()
        made[name] = whole(own_home)
    known = {made[name]: tables(edition(own_home, made[name]).folder) for name in made}
    assert len(known) == 2
    chance, killed, moved = random.Random(0), 0, 0
    with Reader(own_home, tmp_path / "told") as reader:
        for n in range(KILLS):
            before = whole(own_home)
            name = next(name for name, one in made.items() if one != before)
            shutil.rmtree(published(own_home) / made[name], ignore_errors=True)
            warehouse.symlink_to(variants[name])
            killed += kill_after(chance.uniform(0, 1.5 * seconds), publishing, str(own_home), NOW.isoformat())
            warehouse.unlink()
            now = whole(own_home)
            assert now in (before, made[name]) and tables(current(own_home).folder) == known[now]
            moved += now != before
    print(f"{killed} kills of publishing, which took {seconds:.1f} s: {moved} after the pointer had moved, {len(reader.lines('read'))} readings, 0 torn")
    assert killed == KILLS and (moved or KILLS < 10)
    nothing_lost(own_home, reader, 3)


def test_a_refresh_that_is_killed_costs_no_edition(own_home, inspection_landing, tmp_path):
    # Its own: decisions are delivered there.
    landing = shutil.copytree(inspection_landing, tmp_path / "landing")
    clean = shutil.copytree(own_home, tmp_path / "clean")
    began = time.monotonic()
    done = gatehouse("refresh", "--landing", landing, "--home", clean, "--as-of", OTHER_DAY)
    assert done.returncode == 0, done.stderr[-2000:]
    seconds = time.monotonic() - began
    other = edition_of(clean)
    before, known = whole(own_home), {whole(own_home): tables(edition_of(own_home).folder), other.edition_id: tables(other.folder)}
    chance, killed, moved = random.Random(0), 0, 0
    with Reader(own_home, tmp_path / "told") as reader:
        while killed < REFRESH_KILLS:
            killed += kill_after(chance.uniform(0, seconds), refreshing, str(own_home), str(landing), OTHER_DAY)
            now = whole(own_home)
            assert now in known and tables(current(own_home).folder) == known[now]
            if now != before:  # the refresh had come to its end: from the start again
                moved += 1
                pointer(own_home).with_name("back").write_text(before + "\n")
                os.replace(pointer(own_home).with_name("back"), pointer(own_home))
    print(f"{killed} kills of a refresh, which takes {seconds:.0f} s: {moved} times the pointer had moved, {len(reader.lines('read'))} readings, 0 torn")
    done = gatehouse("refresh", "--landing", landing, "--home", own_home, "--as-of", OTHER_DAY)
    assert done.returncode == 0, done.stderr[-2000:]
    assert whole(own_home) == other.edition_id and tables(edition_of(own_home).folder) == known[other.edition_id]
    nothing_lost(own_home, reader, 3)
