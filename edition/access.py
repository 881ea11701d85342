"""The access record: who read restricted rows of an edition, when and what for. Each line is on the disk before the first row is shown.

    access.log    one line of JSON a use: `entry`, its number from 1; `time`, `user`, `role`, `purpose`; the `query` or `page`; the `tables`
                  and `rows` shown; `edition_id`; `regions` whose people may be among them; or the `decision`, `grant` or `casework` that was made;
                  `before`, the hash of the line before; `sha256`, the hash of the line so far
    access.head   number and hash of the last line

So each line stands for all before it, and one that is altered, missing, moved or cut off can be named. What lay in the record before its
lines were numbered stands under the first `before`. The manifest of each edition holds the head of its day: to write the whole record anew
is to alter what was published.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from edition.folder import Edition, EditionError, editions
from edition.rights import Reader
from ground.files import write_whole

_OWNER_ONLY = 0o600
ALL_REGIONS = ["all"]
_READ = 1 << 16


class NotRecorded(EditionError):
    """The use cannot be written to the access record, so no restricted row may be shown."""


@dataclass(frozen=True)
class Head:
    """The last line of a record: its number, 0 where there is none yet, and its hash."""

    entry: int
    sha256: str


class Use:
    """One use of restricted rows: of which edition, when, by whom and what for; `query` or `page` is what was asked or looked at.

    `at` has its time zone. Without a purpose a page shows exact figures and no row about a person; whatever else is read needs one. Raises
    EditionError where it is lacking, or says nothing.
    """

    def __init__(self, edition: Edition, at: datetime, reader: Reader, purpose: str, *, query: str = "", page: str = ""):
        if not is_purpose(purpose) and (purpose or not page):
            raise EditionError("say in words what restricted rows are read for: without a purpose there are only protected tables")
        self.reader, self.has_purpose, self._home, self._is_entered = reader, bool(purpose), edition.home, False
        self.purpose, self.page = purpose.strip(), page
        self.day = at.date()
        regions = reader.regions
        said = {"role": str(reader), "purpose": purpose.strip(), "query": query, "page": page}
        self._entry = {"time": at.isoformat(timespec="seconds"), "user": reader.person, **{what: text for what, text in said.items() if text},
                       "edition_id": edition.edition_id, "regions": sorted(regions) if regions is not None else ALL_REGIONS}  # fmt: skip

    def enter(self, rows: int | None = None, tables: Iterable[str] = ()) -> None:
        """Put a line down to the disk: `rows` of `tables` are about to be shown. Where neither is known one line is enough, however often it is
        asked for. Raises NotRecorded where it cannot be put down."""
        known = {what: value for what, value in (("tables", sorted(tables)), ("rows", rows)) if value not in (None, [])}
        if known or not self._is_entered:
            with _opened(self._home) as record:
                _append(record, self._home, self._entry | known)
            self._is_entered = self._is_entered or not known

    def why_not(self) -> str:
        """Why the line cannot be written, as far as can be told without writing it; '' where it can."""
        try:
            with _opened(self._home) as record:
                _last(record, self._home)
        except NotRecorded as error:
            return str(error)
        return ""


def enter(home: Path, at: datetime, person: str, said: dict[str, Any]) -> None:
    """Put down what somebody is about to do: a decision, a grant or a step of casework, as `said`. Raises NotRecorded, and then it may not be done."""
    with _opened(home) as record:
        _append(record, home, {"time": at.isoformat(timespec="seconds"), "user": person, **said})


def entries(home: Path, regions: frozenset[str] | None) -> Iterator[dict[str, Any]]:
    """Lines of the record, the newest first: all, or those that may tell of people in one of `regions`. What cannot be read is left out;
    `verify` names it."""
    try:
        record = _log(home).open("rb")
    except OSError:  # whether it can be written is told where rows are shown
        return
    with record:
        for line in _lines_backwards(record):
            entry = _read_line(line)
            if entry and (regions is None or "regions" in entry and (entry["regions"] == ALL_REGIONS or regions & set(entry["regions"]))):
                yield entry


def _lines_backwards(record: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, the last first, of which no more is read than is asked for: the record of years is long."""
    begin, rest = record.seek(0, os.SEEK_END), b""
    while begin:
        step = min(begin, _READ)
        begin -= step
        record.seek(begin)
        rest, *lines = (record.read(step) + rest).split(b"\n")
        yield from reversed(lines)
    yield rest


def is_purpose(text: str) -> bool:
    """Whether `text` says anything: it has a letter or a figure."""
    return any(sign.isalnum() for sign in text)


def head(home: Path) -> Head:
    """The head of the record of a home. Raises NotRecorded where the record does not end as its head says."""
    if not _log(home).exists() and not _head(home).exists():
        return Head(0, _hash(b""))
    with _opened(home) as record:
        return _last(record, home)


def verify(home: Path) -> tuple[int, str]:
    """How many lines the record of a home has, and what is the matter with the first that is not as it was written; '' where all are."""
    try:
        data = _log(home).read_bytes()
    except FileNotFoundError:
        data = b""
    *lines, rest = data.split(b"\n")
    unnumbered = next((n for n, line in enumerate(lines) if not _is_unnumbered(line)), len(lines))
    before = _hash(b"".join(line + b"\n" for line in lines[:unnumbered]))
    lines, hashes = lines[unnumbered:], [before]
    read = [_read_line(line) for line in lines]
    for n, entry in enumerate(read, 1):
        if entry is None:
            return len(lines), f"entry {n} is not as it was written"
        if entry["entry"] < n:
            return len(lines), f"entry {entry['entry']} is there twice"
        if entry["entry"] > n:
            is_further_on = any(later is not None and later["entry"] == n for later in read[n:])
            return len(lines), f"entry {n} is {'not in its place' if is_further_on else 'missing'}: entry {entry['entry']} stands there"
        if entry["before"] != hashes[-1]:
            # The line that the next one knows is the one that was written.
            following = read[n] if n < len(read) else None
            is_known = following["before"] == entry["sha256"] if following else n == len(read) and _named_by_head(home, entry)
            anew = n - 1 if is_known else n
            return len(lines), f"entry {anew} was written anew" if anew else "what stands before entry 1 was altered"
        hashes.append(entry["sha256"])
    return len(lines), _fault_of_end(home, hashes, rest)


def _fault_of_end(home: Path, hashes: list[str], rest: bytes) -> str:
    """`hashes`: of the numbered lines in their order, after that of what stands before them; `rest`: what is no whole line."""
    last = len(hashes) - 1
    try:
        ends = _read_head(home)
    except NotRecorded as error:
        return str(error)
    if ends is None and last > 1:
        return f"access.head is missing: whether entries after {last} were cut off cannot be told"
    if ends and ends.entry > last:
        return f"entry {last + 1} is missing: access.head says that there are {ends.entry}"
    if ends and (ends.entry < last - 1 or ends.sha256 != hashes[ends.entry]):
        return f"access.head is not as it was written: entry {ends.entry} has another hash, or more than one entry follows it"
    for made in editions(home):
        known = made.manifest.get("access")
        if known and (known["entry"] > last or known["sha256"] != hashes[known["entry"]]):
            return f"entry {known['entry']} is not the one that stood there when edition {made.edition_id} was made"
    return f"after entry {last} stands a line that is not whole: nothing was shown for it, and the next use takes it away" if rest else ""


def _named_by_head(home: Path, entry: dict[str, Any]) -> bool:
    try:
        return _read_head(home) == Head(entry["entry"], entry["sha256"])
    except NotRecorded:
        return False


def _log(home: Path) -> Path:
    return home / "access.log"


def _head(home: Path) -> Path:
    return home / "access.head"


@contextmanager
def _opened(home: Path) -> Iterator[int]:
    """The record, to be read and added to by nobody else meanwhile. Raises NotRecorded."""
    try:
        handle = os.open(_log(home), os.O_RDWR | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)
    except OSError as error:
        raise NotRecorded(
            f"the use cannot be written to {_log(home)} ({error.strerror}), so no restricted row is shown: see to the disk and its rights"
        ) from error


def _append(record: int, home: Path, said: dict[str, Any]) -> None:
    last = _last(record, home)
    entry = {"entry": last.entry + 1, **said, "before": last.sha256}
    entry["sha256"] = _hash(json.dumps(entry).encode())
    line = (json.dumps(entry) + "\n").encode()
    if os.write(record, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(record)
    write_whole(_head(home), f"{entry['entry']} {entry['sha256']}\n", _OWNER_ONLY, synced=True)


def _last(record: int, home: Path) -> Head:
    """The last line, which has to be the one that the head names; or one more, where the machine stopped between the two. What was not
    written to its end is taken away: nothing was shown for it."""
    end = os.fstat(record).st_size
    line, size = _last_line(record, end)
    ends, last = _read_head(home), _read_line(line)
    if last is None:
        is_good, found = ends is None, Head(0, _hash(os.pread(record, size, 0)) if ends is None else "")
    else:
        found = Head(last["entry"], last["sha256"])
        is_next = found.entry == (ends.entry if ends else 0) + 1 and (ends is None or last["before"] == ends.sha256)
        is_good = found == ends or is_next
    if not is_good:
        raise NotRecorded(f"{_log(home)} does not end as access.head says, so no restricted row is shown: run `gatehouse access verify`")
    if size < end:
        os.ftruncate(record, size)
    return found


def _last_line(record: int, end: int) -> tuple[bytes, int]:
    """The last whole line of a file of `end` bytes, and the bytes up to its end."""
    text, begin = b"", end
    while begin and text.count(b"\n") < 2:
        step = min(begin, _READ)
        begin -= step
        text = os.pread(record, step, begin) + text
    whole = text[: text.rfind(b"\n") + 1]
    return whole[:-1].rpartition(b"\n")[2], end - len(text) + len(whole)


def _read_head(home: Path) -> Head | None:
    """None before the first line. Raises NotRecorded where it says nothing that can be read."""
    try:
        number, sha256 = _head(home).read_text(encoding="ascii").split()
        return Head(int(number), sha256)
    except FileNotFoundError:
        return None
    except ValueError:
        raise NotRecorded("access.head is not as it was written, so no restricted row is shown: run `gatehouse access verify`") from None


def _read_line(line: bytes) -> dict[str, Any] | None:
    """A numbered line; None where it is not as one is written."""
    try:
        entry = json.loads(line)
        without = {word: said for word, said in entry.items() if word != "sha256"}
        is_ours = json.dumps(entry).encode() == line and entry["sha256"] == _hash(json.dumps(without).encode())
        return entry if is_ours and isinstance(entry["entry"], int) and entry["before"] else None
    except (ValueError, KeyError, AttributeError, RecursionError):
        return None


def _is_unnumbered(line: bytes) -> bool:
    """Whether a line is from before lines were numbered."""
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "purpose" in entry and not {"entry", "before", "sha256"} & entry.keys()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
