"""Pulls deliveries from elsewhere into the landing folder, through fsspec: each file once, from where it was left, whole or not at all.

At a source (orchestration/fetch/sources.py) lies <source>/<complete_to>/<file>, as in the landing folder (definition: delivery_layout). All
else is counted and left there.

    <landing>/.fetching/<name>/<key>.part   what has arrived of a file; the landing scan and the sensor pass over hidden names
    <home>/fetch/record.jsonl               a line for each file fetched: key, url, size, version, sha256, target, source, run_started
    <home>/fetch/last.json                  what the last fetch came to; `gatehouse status` shows it

A file's key is made of url, size and version (ETag, else time of change): a file that has changed is another file and starts again.
Its line is written once it is whole and before it is moved in. A fetch that is killed in between moves it in the next time and asks
for nothing. The sha256 is that of the file in the manifest of an edition, so the line says where a figure's file came from.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fsspec

from ground.files import write_whole
from orchestration.fetch.sources import (
    FINAL,
    ChangedError,
    Offer,
    Source,
    SourceError,
    as_offered,
    blocks,
    connect,
    declared_sources,
    offers,
    read_source,
    why,
)
from orchestration.settings import OWNER_ONLY, Settings

# Attempts in a row that bring nothing, and starts of a file that goes on changing, before a file is left for the next time.
PATIENCE = 2
NOT_MOVED = "it has arrived and cannot be moved into the landing folder: see to the rights there"


@dataclass
class Account:
    """What one fetch from one source came to. `reason`: why the source could not be pulled from to the end. `not_fetched`: file
    and reason. `ignored`: files or folders by why they were left there. `resumed`: bytes that had arrived before."""

    source: str
    url: str | None = None
    reason: str | None = None
    offered: int = 0
    fetched: int = 0
    received: int = 0
    resumed: int = 0
    not_fetched: list[dict[str, str]] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return self.reason is None and not self.not_fetched

    @property
    def why_not(self) -> str | None:
        """In one line, why it is not complete."""
        if self.reason or self.is_complete:
            return self.reason
        return f"{len(self.not_fetched)} files not fetched; {self.not_fetched[0]['file']}: {self.not_fetched[0]['reason']}"


def fetch(settings: Settings, run_started: str, say: Callable[[str], None]) -> list[Account]:
    """Brings every file that is new at a declared source into `landing`; one account for each source, one for a declaration
    that cannot be read. Never raises for what a source does: the others go on."""
    home = settings.home
    settings.last_fetch.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    record = Record(settings.last_fetch.with_name("record.jsonl"), home, settings.landing)
    stuck = record.finish_moves()
    accounts = []
    for name, declared in declared_sources(settings.sources):
        account = Account(name, not_fetched=[{"file": e["target"], "reason": NOT_MOVED} for e in stuck if e["source"] == name])
        accounts.append(account)
        try:
            source = read_source(name, declared)
            account.url = source.url
            with Pull(source, home, record, account, say) as pull:
                pull.run(run_started)
        except Exception as error:
            account.reason = why(error)
        say(_line(account))
    write_whole(settings.last_fetch, json.dumps({"run_started": run_started, "sources": [asdict(a) for a in accounts]}, indent=1))
    return accounts


class Record:
    """The files ever fetched, by key, and their way from part file to landing folder."""

    def __init__(self, path: Path, home: Path, landing: Path) -> None:
        self.path, self.home, self.landing = path, home, landing
        self.parts = landing / ".fetching"
        self.entries: dict[str, dict[str, Any]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                entry = json.loads(line)
                self.entries[entry["key"]] = entry
            except (ValueError, KeyError):  # a line cut off by a power cut: its file is still a part file, and is only looked at again
                continue

    def finish_moves(self) -> list[dict[str, Any]]:
        """Moves in what had been written down when a fetch was killed; returns the entries that cannot be."""
        stuck = []
        for part in self.parts.glob("*/*.part"):
            if entry := self.entries.get(part.stem):
                try:
                    self._move(part, entry["target"])
                except OSError:
                    stuck.append(entry)
        return stuck

    def arrived(self, part: Path, offer: Offer, **facts: str) -> None:
        """Writes down a whole file and moves it in. Raises FileExistsError when another of its name waits to be kept."""
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if self._in_the_way(offer.target, sha256):
            raise FileExistsError(errno.EEXIST, "")
        entry = {
            "key": offer.key,
            "url": offer.url,
            "size": offer.size,
            "version": offer.version,
            "sha256": sha256,
            "target": offer.target,
            **facts,
        }
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # After a line that was cut off, ours starts on a new one.
            end = os.lseek(handle, 0, os.SEEK_END)
            cut_off = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
            os.write(handle, (b"\n" if cut_off else b"") + json.dumps(entry).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        self.entries[offer.key] = entry
        try:
            self._move(part, offer.target)
        except OSError:
            raise SourceError(NOT_MOVED) from None

    def _in_the_way(self, target: str, sha256: str) -> bool:
        """Whether what lies there under this name would be lost: other bytes, which no refresh has kept yet."""
        there = self.landing / target
        if not there.is_file():
            return there.is_dir()
        with there.open("rb") as file:
            lying = hashlib.file_digest(file, "sha256").hexdigest()
        kept = (self.home / "landed" / target).with_name("SHA256SUMS")
        return lying != sha256 and not (kept.is_file() and lying in kept.read_text(encoding="utf-8"))

    def _move(self, part: Path, target: str) -> None:
        there = self.landing / target
        there.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        os.replace(part, there)


class Pull:
    """One fetch from one source: what it offers, and file by file what is new of it."""

    def __init__(self, source: Source, home: Path, record: Record, account: Account, say: Callable[[str], None]) -> None:
        self.source, self.home, self.record, self.account, self.say = source, home, record, account, say
        self.parts = record.parts / source.name
        self.fs: fsspec.AbstractFileSystem | None = None
        self.said, self.whole, self.size, self.total = time.monotonic(), 0, 0, 0

    def __enter__(self) -> Pull:
        return self

    def __exit__(self, *_: object) -> None:
        self._disconnect()

    def _connected(self) -> fsspec.AbstractFileSystem:
        if self.fs is None:
            self.fs = connect(self.source, self.home)
        return self.fs

    def _disconnect(self) -> None:
        client = getattr(self.fs, "client", None)
        if client is not None:
            client.close()
        self.fs = None

    def run(self, run_started: str) -> None:
        self.say(f"fetch: {self.source.name}: looking at {self.source.url}")
        offered = offers(self._connected(), self.source, self.account.ignored, self.account.not_fetched)
        new = [offer for offer in offered if offer.key not in self.record.entries]
        self.account.offered = len(offered)
        try:
            self.parts.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        except OSError:
            raise SourceError("the landing folder cannot be written to: see to the rights there") from None
        wanted = {offer.key for offer in new} | set(self.record.entries)
        for part in self.parts.iterdir() if not self.account.not_fetched else []:
            if part.stem not in wanted:  # of a file that has changed or gone
                part.unlink()
        self.total, self.size = len(new), sum(offer.size for offer in new)
        without_note, unreachable = set(), 0
        # delivery.json first: without it the changes in a delivery would be taken for all there is.
        for offer in sorted(new, key=lambda o: (o.target.rpartition("/")[0], not o.is_note, o.target)):
            delivery = offer.target.rpartition("/")[0]
            try:
                if delivery in without_note:
                    raise SourceError("left until the delivery.json beside it has come")
                self._bring(offer, run_started)
                unreachable = 0
            except Exception as error:
                self.account.not_fetched.append({"file": offer.target, "reason": why(error)})
                if offer.is_note:
                    without_note.add(delivery)
                # One file may be at fault; when the next cannot be had either, it is the source.
                unreachable += not isinstance(error, (*FINAL, FileExistsError))
                if unreachable == PATIENCE:
                    raise
            self.whole += 1

    def _bring(self, offer: Offer, run_started: str) -> None:
        """Fetches one file from where it was left, and moves it in."""
        for left in reversed(range(PATIENCE)):
            part = self.parts / f"{offer.key}.part"
            try:
                self._receive(offer, part)
                break
            except ChangedError:
                part.unlink(missing_ok=True)
                if not left:
                    raise
                offer = as_offered(self.source, offer.path, self._connected().info(offer.path))
        self.record.arrived(part, offer, source=self.source.name, run_started=run_started)
        self.account.fetched += 1

    def _receive(self, offer: Offer, part: Path) -> None:
        """Appends to `part` until it is whole. A connection that breaks is made again, as long as something comes each time."""
        had = part.stat().st_size if part.exists() else 0
        self.account.resumed += had
        if offer.size - had > shutil.disk_usage(self.parts).free:
            raise SourceError("it does not fit on the disk of the landing folder: make room")
        handle = os.open(part, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            idle = 0
            while True:
                before = os.fstat(handle).st_size
                try:
                    self._append(offer, handle, self._connected())
                    return
                except FINAL:
                    raise
                except Exception as error:
                    self._disconnect()
                    idle = 0 if os.fstat(handle).st_size > before else idle + 1
                    if idle == PATIENCE or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                        raise
                    self.say(f"fetch: {self.source.name}: {why(error)}; trying again from where it stopped")
                    time.sleep(idle)
        finally:
            os.close(handle)

    def _append(self, offer: Offer, handle: int, fs: fsspec.AbstractFileSystem) -> None:
        """Raises ChangedError when the file there is another, before and after."""
        if as_offered(self.source, offer.path, fs.info(offer.path)) != offer:
            raise ChangedError
        for block in blocks(fs, offer.path, os.fstat(handle).st_size, offer.size):
            if not 0 < len(block) <= offer.size - os.fstat(handle).st_size:
                raise ChangedError
            with open(handle, "ab", closefd=False) as part:
                part.write(block)
            self.account.received += len(block)
            if time.monotonic() - self.said > 2:
                self.said = time.monotonic()
                arrived = self.account.received + self.account.resumed
                self.say(f"fetch: {self.source.name}: {self.whole} of {self.total} files, {_mb(arrived)} of {_mb(self.size)}")
        if os.fstat(handle).st_size != offer.size or as_offered(self.source, offer.path, fs.info(offer.path)) != offer:
            raise ChangedError
        os.fsync(handle)


def _line(account: Account) -> str:
    what = f"{account.fetched} files fetched, {_mb(account.received)}" + (
        f" after {_mb(account.resumed)} before" if account.resumed else ""
    )
    if account.ignored:
        what += f", {sum(account.ignored.values())} ignored"
    for failed in account.not_fetched[:5]:
        what += f"\n  {failed['file']}: {failed['reason']}"
    if account.reason:
        what += f"; stopped: {account.reason}"
    return f"fetch: {account.source}: {what}"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
