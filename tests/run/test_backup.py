"""A backup is a home at one moment, whatever runs beside it, and what was put back is byte for byte what was there, or nothing."""

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing

import pytest

from decisions.store import Store
from edition.access import verify
from edition.folder import MANIFEST, current, current_id, pointer, published
from ground.files import write_whole
from orchestration import backup as module
from orchestration.backup import LIST, BackupError
from orchestration.settings import Settings
from tests.conftest import edition_of, gatehouse
from tests.run.small_home import KEPT, MADE_AGAIN, backed_up, decide, deliver, one_byte_other, put_back, use


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): (stat.S_IMODE(p.stat().st_mode), hashlib.sha256(p.read_bytes()).hexdigest())
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def folder_modes(folder):
    return {p.relative_to(folder).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*") if p.is_dir()}


def test_what_cannot_be_made_again_is_put_back_as_it_was_and_what_can_is_left_out(home, tmp_path):
    again = put_back(backed_up(home, tmp_path), tmp_path / "again")
    was = {path: said for path, said in contents(home).items() if path.split("/")[0] not in MADE_AGAIN}
    now = contents(again)
    assert now.keys() == was.keys() and KEPT <= set(was)
    # SQLite's own backup counts as a change of the file; its rows are the same.
    assert [path for path in was if now[path] != was[path]] in ([], ["decisions.sqlite"])
    assert {p.name for p in again.iterdir()} == KEPT | {"landed", "links", "published"}
    assert folder_modes(again) == {path: mode for path, mode in folder_modes(home).items() if path.split("/")[0] not in MADE_AGAIN}
    assert stat.S_IMODE(again.stat().st_mode) == 0o700
    assert verify(again) == (3, "") and [one.note for one in Store(again).all()] == ["an invented reason"]
    use(again, "third")
    assert verify(again) == (4, "")


def test_the_command_line_says_where_a_backup_is_and_finds_the_newest(home, tmp_path):
    done = gatehouse("backup", "--home", home, "--to", tmp_path / "backups")
    made = done.stdout.strip()
    assert done.returncode == 0 and (tmp_path / "backups").iterdir().__next__().samefile(made), done.stderr
    done = gatehouse("restore", "--from", tmp_path / "backups", "--home", tmp_path / "again")
    assert done.returncode == 0 and "is whole" in done.stderr, done.stderr
    assert gatehouse("access", "verify", "--home", tmp_path / "again").returncode == 0
    done = gatehouse("restore", "--from", made, "--home", tmp_path / "again")
    assert done.returncode == 1 and "is not empty" in done.stderr and "Traceback" not in done.stderr


def test_nobody_else_can_read_a_backup(home, tmp_path):
    made = backed_up(home, tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made.parent, made)} == {0o700}


def test_a_file_that_was_there_before_is_linked_to_unless_it_has_spoiled(home, tmp_path):
    first = backed_up(home, tmp_path)
    landed = "landed/nomis/2023-06-15/OFFENDERS.csv"
    assert (backed_up(home, tmp_path, 1) / landed).samefile(first / landed)
    (first / landed).chmod(0o600)
    (first / landed).write_bytes(b"OFFENDER_ID\n2\n")
    third = backed_up(home, tmp_path, 2)
    assert not (third / landed).samefile(first / landed)
    assert contents(put_back(third, tmp_path / "again"))[landed] == contents(home)[landed]


def cut_short(path):
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


def led_elsewhere(path):
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


@pytest.mark.parametrize("spoil", [one_byte_other, os.unlink, cut_short, led_elsewhere], ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize(
    "path", ["identity.key", "landed/nomis/2023-06-15/OFFENDERS.csv", "published/current", "published/invented-1/restricted/fct_release.parquet",
             "decisions.sqlite", "access.log", "access.head", LIST],
)  # fmt: skip
def test_a_backup_that_is_not_as_it_was_written_is_refused_by_name_and_the_home_stays_empty(home, tmp_path, path, spoil):
    made = backed_up(home, tmp_path)
    if path == LIST and spoil is led_elsewhere:
        (made / LIST).write_text(json.dumps(json.loads((made / LIST).read_text()) | {"folders": {"../outside": 0o700}}))
    else:
        spoil(made / path)
    for again in (tmp_path / "again", tmp_path / "empty"):
        if again.name == "empty":
            again.mkdir()
        with pytest.raises(BackupError, match=path.rsplit("/", 1)[-1]):
            put_back(made, again)
        assert not again.exists() or not list(again.iterdir())
    assert not (tmp_path / "outside").exists()


def test_a_restore_that_cannot_go_on_leaves_the_home_empty(home, tmp_path, monkeypatch):
    made = backed_up(home, tmp_path)
    write, written = module._write, []

    def full(file, target, entry):
        written.append(target)
        if len(written) > 10:
            raise OSError(28, os.strerror(28), str(target))
        write(file, target, entry)

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(BackupError, match="No space left on device"):
        put_back(made, tmp_path / "again")
    assert len(written) == 11 and not (tmp_path / "again").exists()


def test_a_backup_that_cannot_be_finished_leaves_those_before_it_whole_and_nothing_else(home, tmp_path, monkeypatch):
    made = backed_up(home, tmp_path)
    before = contents(made)
    deliver(home, "2023-07-15", b"OFFENDER_ID\n3\n")

    def full(file, target, entry):
        raise OSError(28, os.strerror(28), str(target))

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(BackupError, match="No space left on device; what was backed up before is whole"):
        backed_up(home, tmp_path, 1)
    assert list(made.parent.iterdir()) == [made] and contents(made) == before


@pytest.mark.parametrize("where", ["landed/nomis/2023-06-15/OFFENDERS.csv", "published/invented-1/protected/dim_region.parquet"])
def test_damage_in_the_home_is_found_when_it_is_backed_up(home, tmp_path, where):
    one_byte_other(home / where)
    with pytest.raises(BackupError, match=f"the home is damaged.*{where}"):
        backed_up(home, tmp_path)


def test_what_is_no_home_and_a_place_in_the_home_are_refused(home, tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BackupError, match="neither an edition nor a key"):
        backed_up(tmp_path / "nothing", tmp_path)
    with pytest.raises(BackupError, match="lies in the home"):
        backed_up(home, home)
    assert not (home / "backups").exists()


def test_one_backup_at_a_time(home, tmp_path):
    with module._alone(tmp_path / "backups"), pytest.raises(BackupError, match="another backup is being written"):
        backed_up(home, tmp_path)


def test_a_refresh_that_holds_the_home_does_not_stop_a_backup(home, tmp_path):
    with Settings(home, home / "landing").locked():
        assert backed_up(home, tmp_path).is_dir()


def publishing(home, stop):
    """Editions come into force one after the other, in the order of a refresh, and decisions and uses are written meanwhile."""
    for number in range(2, 20):  # each of them takes longer to back up than to make
        if stop.is_set():
            return
        deliver(home, str(dt.date(2023, 7, 1) + dt.timedelta(days=number)), f"OFFENDER_ID\n{number}\n".encode())
        here, made = current(home).folder, published(home) / f"invented-{number}"
        building = shutil.copytree(here, here.with_name(f".building-{made.name}"))
        said = json.loads((building / MANIFEST).read_text())
        record = (home / "access.head").read_text().split()
        (building / MANIFEST).write_text(json.dumps(said | {"access": {"entry": int(record[0]), "sha256": record[1]}}))
        os.replace(building, made)
        use(home, f"query {number}")
        pointer(home).with_name("new").write_text(made.name)
        os.replace(pointer(home).with_name("new"), pointer(home))
        decide(home, number)
        for name in ("changed.parquet", "evidence.parquet", "parquet"):
            write_whole(home / "links" / f"2023-06-30.{name}", f"invented {number}")


def test_whatever_moment_it_is_made_at_a_backup_is_whole(home, tmp_path):
    stop, faults = threading.Event(), []

    def run():
        try:
            publishing(home, stop)
        except Exception as error:
            faults.append(error)

    beside = threading.Thread(target=run)
    beside.start()
    try:
        made = [backed_up(home, tmp_path, n) for n in range(4)]
    finally:
        stop.set()
        beside.join()
    assert not faults
    in_force = []
    for n, one in enumerate(made):
        again = put_back(one, tmp_path / f"again-{n}")
        edition = edition_of(again)
        assert not [w for w, sha in edition.hashes.items() if hashlib.sha256((edition.folder / f"{w}.parquet").read_bytes()).hexdigest() != sha]
        assert verify(again)[1] == ""
        with closing(sqlite3.connect(again / "decisions.sqlite")) as store:
            assert store.execute("pragma integrity_check").fetchall() == [("ok",)]
        # The files of one day as a refresh that was killed may leave them: the links never newer than what they rest on.
        of_day = [(again / "links" / f"2023-06-30.{name}").read_text().rpartition(" ")[2] for name in ("parquet", "evidence.parquet", "changed.parquet")]
        ages = [int(one) if one.isdigit() else 0 for one in of_day]
        assert ages == sorted(ages)
        in_force.append(edition.edition_id)
    assert len(set(in_force)) > 1


@pytest.mark.slow
def test_a_refresh_of_what_was_put_back_gives_the_same_edition_byte_for_byte(inspection_home, inspection_landing, tmp_path):
    """The whole way by the command line, each step a process of its own."""
    was = {path: said for path, said in contents(inspection_home / "published").items()}
    done = gatehouse("backup", "--home", inspection_home, "--to", tmp_path / "backups")
    assert done.returncode == 0, done.stderr
    again = tmp_path / "again"
    assert gatehouse("restore", "--from", tmp_path / "backups", "--home", again).returncode == 0
    assert contents(again / "published") == was and not (again / "typed").exists()
    done = gatehouse("refresh", "--landing", inspection_landing, "--home", again, "--as-of", edition_of(again).as_of)
    assert (done.returncode, done.stdout.strip()) == (0, current_id(inspection_home)), done.stderr[-2000:]
    assert "is already there, byte for byte" in done.stderr and contents(again / "published") == was
    assert gatehouse("access", "verify", "--home", again).returncode == 0
