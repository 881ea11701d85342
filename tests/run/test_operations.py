"""What is told when something goes wrong is what docs/operations.md says, word for word."""

import re
import sqlite3
from contextlib import closing

import pytest

from decisions.store import Store, StoreError
from edition.access import NotRecorded, head
from edition.folder import current
from orchestration import failure
from orchestration import refresh as module
from orchestration.backup import BackupError
from orchestration.linkage.identity import IdentityKeyError, identity_key
from orchestration.monitor import why_not_ready
from orchestration.settings import Settings
from tests.conftest import NOW, REPOSITORY, gatehouse
from tests.run.small_home import backed_up, one_byte_other, put_back

GUIDE = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
TEN = re.findall(r"^\*\*(\d+)\. .*?\*\*\n\n((?:    .*\n)+)", GUIDE, re.M)


def second_refresh(home, tmp_path):
    with Settings(home, home / "landing").locked():
        done = gatehouse("refresh", "--landing", tmp_path, "--home", home)
    return re.sub(r"process \d+", "process N", done.stderr.splitlines()[-1])


def no_room(home, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failure, "_ROOM", 10**18)
        # As Dagster's own history stops on a full disk; tests/run/test_accidents.py fills a real one.
        patch.setattr(module, "_run", lambda *_: sqlite3.connect(home / "nowhere" / "history"))
        with pytest.raises(module.RefreshError) as told:
            module.refresh(Settings(home, home / "landing"), None, NOW.date())
    return str(told.value)


def nothing_delivered(home, tmp_path):
    (tmp_path / "landing").mkdir()
    return gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "new").stderr.splitlines()[-1]


def damaged_key(home, tmp_path):
    (home / "identity.key").write_text("c0ffee")
    with pytest.raises(IdentityKeyError) as told:
        identity_key(home)
    return str(told.value)


def record_cut_off(home, tmp_path):
    lines = (home / "access.log").read_bytes().splitlines(keepends=True)
    (home / "access.log").write_bytes(lines[0])
    with pytest.raises(NotRecorded) as told:
        head(home)
    return str(told.value)


def table_cut_short(home, tmp_path):
    path = current(home).folder / "restricted" / "fct_release.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    (told,) = why_not_ready(home)
    return told


def edition_not_as_published(home, tmp_path):
    one_byte_other(current(home).folder / "restricted" / "fct_release.parquet")
    done = gatehouse("rollback", "--home", home, current(home).edition_id)
    return done.stderr.splitlines()[-1].replace(current(home).edition_id, "EDITION")


def store_of_later_version(home, tmp_path):
    with closing(sqlite3.connect(home / "decisions.sqlite")) as store:
        store.execute("update alembic_version set version_num = '9999'")
        store.commit()
    with pytest.raises(StoreError) as told:
        Store(home)
    return str(told.value)


def damaged_home(home, tmp_path):
    one_byte_other(home / "landed" / "nomis" / "2023-06-15" / "OFFENDERS.csv")
    with pytest.raises(BackupError) as told:
        backed_up(home, tmp_path)
    return str(told.value)


def damaged_backup(home, tmp_path):
    made = backed_up(home, tmp_path)
    one_byte_other(made / "landed" / "nomis" / "2023-06-15" / "OFFENDERS.csv")
    with pytest.raises(BackupError) as told:
        put_back(made, tmp_path / "again")
    return str(told.value).replace(str(made), "BACKUP")


PROVOKED = [second_refresh, no_room, nothing_delivered, damaged_key, record_cut_off, table_cut_short, edition_not_as_published,
            store_of_later_version, damaged_home, damaged_backup]  # fmt: skip


@pytest.mark.parametrize(("number", "provoke"), enumerate(PROVOKED, 1), ids=lambda one: getattr(one, "__name__", ""))
def test_what_goes_wrong_is_told_as_the_guide_says(home, tmp_path, number, provoke):
    said = provoke(home, tmp_path).replace(str(tmp_path / "landing"), "LANDING").replace(str(home), "HOME")
    assert (str(number), "".join(f"    {line}\n" for line in said.splitlines())) == TEN[number - 1]
