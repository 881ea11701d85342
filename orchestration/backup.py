"""Backup and restore: what a home cannot make again, in one folder for each backup.

    <to>/<moment>/backup.json   every file with its mode, bytes and hash, and a hash of all that; written last
    <to>/<moment>/...           the files, where they lie in a home

Kept are the files of the home itself (key, decisions, access record, who may do what, where deliveries come from), `landed`, `links`, `fetch`
and `published`. `typed`, `work`, `dbt`, `dagster`, `doors` and `logs` are made again.

No lock is held, so that neither a refresh nor a page waits for a backup. The order sees to it that the copy is one that a refresh which was
killed might have left, which every refresh can go on from:

- the pointer is read first, so that the edition it names is there when editions are copied; an edition is moved into place whole;
- `links` before `landed`, the list of a delivery before its files: links rest on files that were kept before, and a list names only those;
  of the files of one day the links first and then what they rest on, against the order in which they are put there;
- what changed between editions before the editions themselves;
- decisions by SQLite's own backup, after what was delivered of them;
- the access record last, with its head and under its own lock: it has every entry that an edition knows of.

A file that an earlier backup in the same place holds is not copied but linked to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from decisions.store import decisions_url
from edition.folder import CURRENT, MANIFEST, current_id, published
from ground.files import sync, write_whole
from orchestration.linkage.history import CHANGED, EVIDENCE
from orchestration.settings import OWNER_ONLY

LIST = "backup.json"
RECORD = ("access.log", "access.head")
DECISIONS = "decisions.sqlite"
SUMS = "SHA256SUMS"
# Of the files of a home itself those that are made anew, or that have a way of their own here.
_NOT_COPIED = re.compile(r"\..*|refresh\.lock|identity\.key\.\d+|access\.(log|head)|decisions\.sqlite.*")
_NAMED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}")
_BLOCK = 1 << 20
_TOLD = 5


class BackupError(Exception):
    """Nothing was backed up, or nothing restored. The text says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One file: `path` below the home, `mode` as a number, `bytes` and `sha256` of what is in it."""

    path: str
    mode: int
    bytes: int
    sha256: str


def backup(home: Path, to: Path, now: datetime, say: Callable[[str], None]) -> Path:
    """Back up `home` to a new folder in `to`, named by `now`; returns it. Raises BackupError."""
    home, to = home.resolve(), to.resolve()
    if to.is_relative_to(home):
        raise BackupError(f"{to} lies in the home: a backup there is lost with it; name a folder outside, best on another disk")
    pointed = current_id(home)
    if pointed is None and not (home / "identity.key").exists():
        raise BackupError(f"{home} holds neither an edition nor a key: name the home of a refresh")
    try:
        with _alone(to):
            return _backed_up(home, to, pointed, f"{now:%Y-%m-%dT%H%M%S}", say)
    except sqlite3.Error as error:
        raise BackupError(f"{DECISIONS} cannot be copied ({error.sqlite_errorname}): nothing was backed up; try again") from None
    except OSError as error:
        raise BackupError(f"nothing was backed up: {error.filename or to}: {error.strerror}; what was backed up before is whole") from None


def restore(source: Path, home: Path, say: Callable[[str], None]) -> None:
    """Put the backup `source`, or the newest in that folder, into `home`, which is new or empty and stays so where a file is not as it was
    written. Raises BackupError."""
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"{home} is not empty: restore into a new folder, then move it to where the home was")
    source = _newest(source)
    say(f"restore: checking {source}")
    entries, folders = _read_list(source)
    faults = [fault for entry in entries if (fault := _fault(source, entry))]
    if faults:
        more = f"\n  and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
        listed = "\n  ".join(faults[:_TOLD])
        raise BackupError(f"{source} is not as it was written, and nothing was restored; take another backup:\n  {listed}{more}")
    say(f"restore: {len(entries)} files")
    was_there = home.exists()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        home.chmod(OWNER_ONLY)
        for folder, mode in sorted(folders.items()):
            (home / folder).mkdir()
            (home / folder).chmod(mode)
        # The pointer last: a home that was put back in part has no edition in force.
        for entry in sorted(entries, key=lambda entry: entry.path == _POINTER):
            _put(source / entry.path, home / entry.path, entry)
    except BaseException as error:
        _empty(home, was_there)
        if isinstance(error, OSError):
            raise BackupError(f"nothing was restored: {error.filename or home}: {error.strerror}") from None
        raise
    say(f"restore: {home} is whole")


_POINTER = f"{published(Path()).as_posix()}/{CURRENT}"


def _backed_up(home: Path, to: Path, pointed: str | None, name: str, say: Callable[[str], None]) -> Path:
    for stale in to.glob(".building-*"):
        shutil.rmtree(stale)
    if (to / name).exists():
        raise BackupError(f"{to / name} is there already: wait a second and try again")
    building = to / f".building-{name}"
    building.mkdir(mode=OWNER_ONLY)
    copying = _Copying(home, building, _earlier(to))
    try:
        for path in _kept(home):
            copying.take(path)
        if pointed is not None:
            copying.write(_POINTER, f"{pointed}\n".encode(), 0o644)
        if (home / DECISIONS).exists():
            copying.take_decisions()
        if decisions_url():
            say("backup: warning: decisions are in a database of their own, which this does not copy: back it up with its own tools")
        with _still(home / RECORD[0]):
            for part in RECORD:
                if (home / part).exists():
                    copying.take(part)
        _check_against_their_lists(building, copying.entries, pointed)
        listed = {"version": metadata.version("gatehouse"), "edition_id": pointed, "folders": copying.folders,
                  "files": [asdict(entry) for entry in copying.entries]}  # fmt: skip
        write_whole(building / LIST, json.dumps({**listed, "sha256": _of_list(listed)}, indent=1) + "\n", 0o600, synced=True)
        os.replace(building, to / name)
        sync(to)
    except FileNotFoundError as error:
        shutil.rmtree(building)
        raise BackupError(f"{error.filename} went away while it was being copied: nothing was backed up; try again") from None
    except BaseException:
        shutil.rmtree(building)
        raise
    size = sum(entry.bytes for entry in copying.entries)
    say(f"backup: {len(copying.entries)} files, {size / 1e6:.1f} MB, {copying.linked} of them there from before")
    return to / name


class _Copying:
    """Files on their way from a home into the folder of a backup."""

    def __init__(self, home: Path, building: Path, earlier: tuple[Path, dict[str, Entry]]):
        self.home, self.building, (self.before, self.known) = home, building, earlier
        self.entries: list[Entry] = []
        self.folders: dict[str, int] = {}
        self.linked = 0

    def take(self, path: str, source: Path | None = None) -> None:
        """Copy one file, or link to the same in the backup before. It is read through one handle and as far as it went at first: whoever
        replaces it or adds to it meanwhile changes nothing of what is copied."""
        with (source or self.home / path).open("rb") as file:
            found = os.fstat(file.fileno())
            entry = Entry(path, stat.S_IMODE(found.st_mode), found.st_size, _sha256(file, found.st_size))
            self._make_folders(path)
            if entry == self.known.get(path) and not _fault(self.before, entry) and self._link(path):
                self.linked += 1
            else:
                file.seek(0)
                _write(file, self.building / path, entry)
                sync(self.building / path)
        self._add(entry)

    def write(self, path: str, content: bytes, mode: int) -> None:
        self._make_folders(path)
        write_whole(self.building / path, content, mode, synced=True)
        self._add(Entry(path, mode, len(content), hashlib.sha256(content).hexdigest()))

    def take_decisions(self) -> None:
        """As SQLite copies a file that is being written to: all of a transaction or nothing."""
        part = self.building / f".{DECISIONS}.part"
        part.touch(mode=0o600)
        with closing(sqlite3.connect(self.home / DECISIONS)) as store, closing(sqlite3.connect(part)) as copy:
            store.backup(copy)
        self.take(DECISIONS, part)
        part.unlink()

    def _link(self, path: str) -> bool:
        try:
            os.link(self.before / path, self.building / path)
        except OSError:  # a file system without links, or one with too many of this file
            return False
        return True

    def _make_folders(self, path: str) -> None:
        for folder in list(PurePosixPath(path).parents)[-2::-1]:
            if str(folder) not in self.folders:
                self.folders[str(folder)] = stat.S_IMODE((self.home / folder).stat().st_mode)
                (self.building / folder).mkdir(mode=OWNER_ONLY)

    def _add(self, entry: Entry) -> None:
        if fault := _fault(self.building, entry):
            raise BackupError(
                f"{fault} in the copy, or changed while it was being copied: nothing was backed up; see to the disk, try again"
            )
        self.entries.append(entry)


def _kept(home: Path) -> Iterator[str]:
    """Paths below the home in the order in which they are copied; what lies in a folder is looked up when its turn has come."""
    yield from (name for name in _files(home) if not _NOT_COPIED.fullmatch(name))
    in_turn = sorted(_files(home / "links"), key=lambda name: (name.endswith(CHANGED), name.endswith(EVIDENCE), name))
    yield from (f"links/{name}" for name in in_turn)
    for folder in _folders(home / "landed"):
        yield from _below(home, folder)
    yield from _below(home, home / "fetch")
    for are_editions in (False, True):
        for folder in _folders(published(home), deep=False):
            if (folder / MANIFEST).exists() == are_editions:
                for one in [folder, *_folders(folder)]:
                    yield from _below(home, one)


def _below(home: Path, folder: Path) -> Iterator[str]:
    """The files of a folder, the list of a delivery first."""
    where = folder.relative_to(home).as_posix()
    yield from (f"{where}/{name}" for name in sorted(_files(folder), key=lambda name: (name != SUMS, name)))


def _files(folder: Path) -> list[str]:
    """Names of the plain files in a folder, without those that are on their way."""
    if not folder.is_dir():
        return []
    return sorted(one.name for one in os.scandir(folder) if not one.name.startswith(".") and one.is_file(follow_symlinks=False))


def _folders(folder: Path, deep: bool = True) -> list[Path]:
    if not folder.is_dir():
        return []
    here = sorted(Path(one.path) for one in os.scandir(folder) if not one.name.startswith(".") and one.is_dir(follow_symlinks=False))
    return [one for name in here for one in (name, *(_folders(name) if deep else ()))]


def _check_against_their_lists(building: Path, entries: list[Entry], pointed: str | None) -> None:
    """An edition has a list of its own, and so has a delivery: what is not as they say is found now and not at the restore."""
    copied = {entry.path: entry.sha256 for entry in entries}
    wanted: dict[str, str] = {}
    where = published(Path()).as_posix()
    if pointed is not None and f"{where}/{pointed}/{MANIFEST}" not in copied:
        raise BackupError(f"edition {pointed} is in force and is not there: put an edition of before in force with `gatehouse rollback`")
    for path in copied:
        folder, _, name = path.rpartition("/")
        if name == SUMS:
            lines = (building / path).read_text(encoding="utf-8").splitlines()
            wanted |= {f"{folder}/{line[66:]}": line[:64] for line in lines}
        elif name == MANIFEST and folder.startswith(f"{where}/"):
            tables = json.loads((building / path).read_text(encoding="utf-8"))["tables"]
            wanted |= {f"{folder}/{one['folder']}/{one['table']}.parquet": one["sha256"] for one in tables}
    if wrong := sorted(path for path, sha256 in wanted.items() if copied.get(path) != sha256):
        raise BackupError(
            f"the home is damaged, and nothing was backed up: {wrong[0]} is missing or not as it was kept"
            f"{f', and {len(wrong) - 1} more' if wrong[1:] else ''}. Put it back from an earlier backup"
        )


def _earlier(to: Path) -> tuple[Path, dict[str, Entry]]:
    """The newest backup and its files by path; none where there is none, or its list cannot be read: then all is copied."""
    try:
        folder = _newest(to)
        return folder, {entry.path: entry for entry in _read_list(folder)[0]}
    except BackupError:
        return to, {}


def _newest(source: Path) -> Path:
    """`source` where it is a backup, else the newest in it."""
    inside = sorted(path for path in source.glob("*") if _NAMED.fullmatch(path.name) and path.is_dir())
    return inside[-1] if inside else source


def _read_list(source: Path) -> tuple[list[Entry], dict[str, int]]:
    """The files and the modes of the folders of a backup. Raises BackupError."""
    path = source / LIST
    try:
        text = path.read_text(encoding="utf-8")
        if not text.endswith("}\n"):
            raise ValueError("cut short")
        listed: dict[str, Any] = json.loads(text)
        sha256 = listed.pop("sha256")
        entries, folders = [Entry(**one) for one in listed["files"]], listed["folders"]
    except FileNotFoundError:
        raise BackupError(f"{path} is missing: {source} is no backup, or not all of one; name another") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BackupError(f"{path} is not as it was written: name another backup") from None
    inside = all(not PurePosixPath(name).is_absolute() and ".." not in name.split("/") for name in [*folders, *(e.path for e in entries)])
    if sha256 != _of_list(listed) or not inside:
        raise BackupError(f"{path} is not as it was written: name another backup")
    return entries, folders


def _of_list(listed: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def _fault(folder: Path, entry: Entry) -> str:
    """What is the matter with a file of a backup; '' where it is as it was written."""
    path = folder / entry.path
    try:
        if path.is_symlink() or not path.is_file():
            return f"{entry.path} is missing"
        if path.stat().st_size != entry.bytes:
            return f"{entry.path} has {path.stat().st_size} bytes, and had {entry.bytes}"
        with path.open("rb") as file:
            return "" if hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256 else f"{entry.path} has other bytes"
    except OSError as error:
        return f"{entry.path} cannot be read ({error.strerror})"


def _put(source: Path, target: Path, entry: Entry) -> None:
    with source.open("rb") as file:
        _write(file, target, entry)
    sync(target)
    if fault := _fault(target.parents[len(PurePosixPath(entry.path).parts) - 1], entry):
        raise BackupError(f"{fault} after it was put back: nothing was restored; see to the disk, try again")


def _write(file: BinaryIO, target: Path, entry: Entry) -> None:
    """A new file, nobody else's until it is written."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        for block in _blocks(file, entry.bytes):
            copy.write(block)
    target.chmod(entry.mode)


def _sha256(file: BinaryIO, size: int) -> str:
    sha256 = hashlib.sha256()
    for block in _blocks(file, size):
        sha256.update(block)
    return sha256.hexdigest()


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The next `size` bytes of a file."""
    while size and (block := file.read(min(size, _BLOCK))):
        size -= len(block)
        yield block


def _empty(home: Path, was_there: bool) -> None:
    """Take away what was put into `home`, and the folder where it is ours."""
    if not was_there:
        shutil.rmtree(home, ignore_errors=True)
        return
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One backup at a time in one place."""
    to.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    handle = os.open(to, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is being written to {to}: wait until it has ended") from None
        yield
    finally:
        os.close(handle)


@contextmanager
def _still(record: Path) -> Iterator[None]:
    """Nobody adds to the access record meanwhile (edition/access.py)."""
    if not record.exists():
        yield
        return
    handle = os.open(record, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)
