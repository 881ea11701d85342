"""Finds delivered files and keeps them: each one immutable, hashed, beside what was sent for it before.

    <landing>/<source>/<complete_to>/<TABLE>.<ext>   ->   <home>/landed/<source>/<complete_to>/<TABLE>.<ext>

A file sent again with other bytes is kept as <TABLE>.resend_<n>.<ext>. SHA256SUMS beside the files lists them in the order in
which they count: withdrawn ones first, then those on offer, of these the first by name last. So the last line wins, and goes on
winning when the landing folder is emptied: what has been kept stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from expectations.contract import Table, declared_source, declared_tables, find_table, find_unread
from ground.files import whole, write_whole
from orchestration.failure import machine_error
from orchestration.landing.apart import Apart
from orchestration.landing.records import EXTENSIONS, bound_of, split_name

_SUMS = "SHA256SUMS"
_DELIVERY_JSON = "delivery.json"
# What a link leads to may be anything on this machine, and what is kept is kept for good: a link is never followed.
_A_LINK = "unreadable_file: not a plain file or folder (a link); send the file or folder itself"
_SEND_WORKBOOKS = ("provider", "contracts", "cas", "refer_and_monitor", "other")
# File types a supplier may send by mistake. Any other ending may be part of a name and is not shown.
_KNOWN_TYPES = (*EXTENSIONS, ".json", ".txt", ".xls", ".docx", ".doc", ".pdf", ".xml", ".tsv", ".7z", ".rar", ".gz", ".tar")


@dataclass(frozen=True)
class KeptFile:
    """A declared table's file as kept. `place` is its line in SHA256SUMS: of files for one table the last counts."""

    path: Path
    source: str
    complete_to: date
    delivered: str  # table name as delivered
    ext: str
    sha256: str
    place: int
    table: Table

    @property
    def delivery_id(self) -> str:
        return f"{self.source}/{self.complete_to}"


@dataclass(frozen=True)
class Undeclared:
    """A file nothing is declared for, or one that cannot be read: reported, not kept.

    A name that is not declared may hold a person's name or number: `source`, `delivery_id`, `table_name` and `file`, which are
    published, never hold one. `offered_as` is the name in the landing folder and is not published.
    """

    source: str
    delivery_id: str
    complete_to: date | None
    table_name: str
    file: str
    sha256: str | None
    reason: str
    offered_as: str
    path: Path | None = None  # where it lies, if it can be read

    @property
    def is_note(self) -> bool:
        """Whether this is the delivery.json of a delivery, so that nobody knows what the delivery is."""
        return _is_note(self.offered_as) and self.complete_to is not None


@dataclass(frozen=True)
class DeliveryNote:
    """What delivery.json says. Without one a delivery is full. `problem`: why it cannot be followed."""

    kind: str = "full"
    deleted: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    problem: str | None = None


def _unreadable_note(why: str) -> DeliveryNote:
    return DeliveryNote(problem=f"unreadable_delivery_json: {why}")


UNREADABLE_NOTE = _unreadable_note("delivery.json is not what the contract says; send it again")
_ROWS_NO_NUMBER = _unreadable_note('rows must be a number without quotation marks ("rows": 12); correct delivery.json and send it again')
_UNKNOWN_KEY = _unreadable_note(
    "delivery.json holds a key that the contract does not have: it has kind, files and deleted, and of a file rows and sha256; "
    "correct delivery.json and send it again"
)
_KEY_TWICE = _unreadable_note(
    "delivery.json holds one key or name twice, so one of the two would be lost; correct delivery.json and send it again"
)
_NOTE_KEYS, _FILE_KEYS = {"kind", "files", "deleted"}, {"rows", "sha256"}
_SMALL_NOTE = 1_000_000  # bytes: whatever it holds, it can be read here
_LARGEST_NUMBER = 10**15


def keep_deliveries(landing: Path, kept: Path) -> tuple[list[KeptFile], list[Undeclared]]:
    """Copies what is new under `landing` to `kept`; returns every file ever kept and what could not be placed.

    `landing` and the folders of sources in it may be links, as the operator's own; nothing below them may. Raises NotADirectoryError when it is no folder.
    """
    if not landing.is_dir():
        raise NotADirectoryError(f"the landing folder {landing} does not exist; give the folder the deliveries lie in")
    undeclared: list[Undeclared] = []
    deliveries: list[tuple[Path, Path]] = []
    for source in _visible(landing):
        if source.is_symlink() and not source.is_dir():
            undeclared.append(_not_placed(source, None, None, _A_LINK))
            continue
        try:
            folders = _visible(source) if source.is_dir() else []
        except OSError as error:
            undeclared.append(_not_placed(source, None, None, _cannot_be_read(error)))
            continue
        if not source.is_dir():
            undeclared.append(_not_placed(source, None, None, "not declared: a file outside any source folder"))
        deliveries += [(source, folder) for folder in folders]
    with ThreadPoolExecutor(os.cpu_count()) as workers:  # a delivery has its own folder and list of files
        for not_kept in workers.map(lambda at: _keep_folder(at[0], at[1], kept), deliveries):
            undeclared += not_kept
    return _all_kept(kept), undeclared


def _keep_folder(source: Path, folder: Path, kept: Path) -> list[Undeclared]:
    """Keeps the files of one delivery; returns those that could not be."""
    if folder.is_symlink():
        return [_not_placed(source, folder, folder, _A_LINK)]
    undeclared: list[Undeclared] = []
    offered: list[tuple[str, str]] = []
    try:
        paths = _visible(folder) if folder.is_dir() else [folder]
    except OSError as error:
        return [_not_placed(source, None, folder, _cannot_be_read(error))]
    for path in paths:
        reason = _A_LINK if path.is_symlink() else _why_undeclared(source.name, folder, path)
        if reason is None and not path.is_file():
            reason = "unreadable_file: not a plain file (a pipe or a device); send the file itself"
        if reason is None:
            try:
                sha256 = _sha256(path)
            except OSError as error:
                reason = _cannot_be_read(error)
        if reason:
            undeclared.append(_not_placed(source, folder, path, reason))
            continue
        try:
            offered.append((sha256, _keep(path, sha256, kept / source.name / folder.name)))
        except OSError as error:
            what = f"{source.name}/{folder.name} {published_name(source.name, path.name, sha256)} could not be kept"
            if fault := machine_error(kept, None, what):
                raise fault from None
            undeclared.append(_not_placed(source, folder, path, _cannot_be_read(error)))
    _put_last(offered[::-1], kept / source.name / folder.name)
    return undeclared


def delivery_notes(kept: Path) -> dict[tuple[str, date], DeliveryNote]:
    """The delivery.json that counts of each delivery that has one, by source and complete_to (definition: delivery_note). Raises
    MachineError."""
    notes = {}
    with Apart(_read_note) as child:
        for source in _visible(kept) if kept.is_dir() else []:
            for folder in _visible(source):
                names = [name for _, name in _sums(folder) if _is_note(original_name(name))]
                complete_to = _iso_date(folder.name)
                if names and complete_to:
                    notes[source.name, complete_to] = _note(folder / names[-1], child)
    return notes


def original_name(kept_name: str) -> str:
    """The name a kept file lay under in the landing folder."""
    return re.sub(r"\.resend_\d+(?=\.)", "", kept_name)


def _is_note(name: str) -> bool:
    return name.lower() == _DELIVERY_JSON


def _note(path: Path, child: Apart) -> DeliveryNote:
    """What the delivery.json at `path` says (definition: delivery_note_keys): a large one is read in a process of its own. Raises
    MachineError."""
    try:
        size = path.stat().st_size
        return _read_note(path) if size < _SMALL_NOTE else child.ask(path, bound_of(size, ".json"))
    except Exception:  # whatever it is
        what = f"{path.parent.parent.name}/{path.parent.name} delivery.json could not be read"
        if fault := machine_error(path.parent, path, what):
            raise fault from None
        return UNREADABLE_NOTE


def _read_note(path: Path) -> DeliveryNote:
    try:
        note = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except KeyError:
        return _KEY_TWICE
    except (ValueError, RecursionError):
        return UNREADABLE_NOTE
    try:
        json.dumps(note, ensure_ascii=False).encode()  # half a character, which JSON may write, can be stored nowhere
    except UnicodeEncodeError:
        return UNREADABLE_NOTE
    if not isinstance(note, dict):
        return UNREADABLE_NOTE
    kind, files, deleted = note.get("kind", "full"), note.get("files"), note.get("deleted")
    files, deleted = {} if files is None else files, {} if deleted is None else deleted
    if not isinstance(files, dict) or not isinstance(deleted, dict):
        return UNREADABLE_NOTE
    if not set(note) <= _NOTE_KEYS or any(isinstance(facts, dict) and not set(facts) <= _FILE_KEYS for facts in files.values()):
        return _UNKNOWN_KEY
    if kind not in ("full", "changes") or not _all_are(list, deleted) or not _all_are(dict, files):
        return UNREADABLE_NOTE
    if not all(_is_count(facts["rows"]) for facts in files.values() if facts.get("rows") is not None):
        return _ROWS_NO_NUMBER
    in_capitals = DeliveryNote(kind, {t.upper(): keys for t, keys in deleted.items()}, {f.upper(): facts for f, facts in files.items()})
    if len(in_capitals.deleted) < len(deleted) or len(in_capitals.files) < len(files):
        return _KEY_TWICE
    return in_capitals


def _all_are(kind: type, named: dict[str, Any]) -> bool:
    return all(isinstance(value, kind) for value in named.values())


def _is_count(rows: Any) -> bool:
    return isinstance(rows, int | float) and not isinstance(rows, bool) and abs(rows) < _LARGEST_NUMBER


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises KeyError where a key is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KeyError
    return found


def _no_constant(_: str) -> None:
    raise ValueError  # NaN and Infinity are no JSON


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _is_declared_source(source: str) -> bool:
    return any(t.source == declared_source(source) for t in declared_tables())


def _is_safe(name: str) -> bool:
    """Whether a name can go into pointers and lines of text, and can be taken neither for a pattern of names nor for one given to
    a file sent again."""
    return name.isprintable() and not set("|*?") & set(name) and original_name(name) == name and not re.search(r"\.resend_\d+", name)


def _why_undeclared(source: str, folder: Path, path: Path) -> str | None:
    if not all(_is_safe(name) for name in (source, folder.name, path.name)):
        return "not declared: a name holds '|', '*', '?', a character that cannot be shown, or '.resend_'; rename it"
    if not _is_declared_source(source):
        return "not declared: the source is not one we load"
    if path == folder or _iso_date(folder.name) is None:
        return "not declared: a delivery folder is named by its ISO date (2023-06-15); rename it"
    if path.is_dir():
        return "not declared: a folder inside a delivery"
    if _is_note(path.name):
        return None
    if unread := find_unread(source, path.name):
        return f"not read yet: {unread}; send the tables of the contract instead"
    named = split_name(path.name)
    if named and named[1] == ".xlsx" and declared_source(source) not in _SEND_WORKBOOKS:
        return f"not declared: the file type xlsx is read from {', '.join(_SEND_WORKBOOKS)} only; send csv"
    if named is None:
        return f"not declared: the file type is not one of {', '.join(e[1:] for e in EXTENSIONS)}"
    if find_table(source, named[0]) is None:
        return "not declared: the source has no table of this name"
    return None


def _cannot_be_read(error: OSError) -> str:
    if error.errno is None:  # our own words
        return f"unreadable_file: {error}"
    return f"unreadable_file: it cannot be opened ({os.strerror(error.errno)}); send it again"


def _not_placed(source: Path, folder: Path | None, path: Path | None, reason: str) -> Undeclared:
    """`path` None: the folder itself, or the source; `folder` None: not in a delivery."""
    last = path or folder or source
    is_declared = _is_safe(source.name) and _is_declared_source(source.name)
    where = source.name if folder and is_declared else "undeclared"
    complete_to = _iso_date(folder.name) if folder else None
    delivery = None
    if folder:
        delivery = folder.name if complete_to else _short_hash(folder.name.encode("utf-8", "surrogateescape"))
    try:
        sha256 = _sha256(last) if last.is_file() and not last.is_symlink() else None
    except OSError:
        sha256 = None
    table = declared_table(where, last.name)
    return Undeclared(
        source=where,
        delivery_id=f"{where}/{delivery}" if delivery and folder != last else where,
        complete_to=complete_to,
        table_name=table.landing_name if table else "",
        file=last.name
        if (last == source and is_declared) or (last == folder and complete_to)
        else published_name(where, last.name, sha256),
        sha256=sha256,
        reason=reason,
        offered_as=last.name,
        path=last if sha256 else None,
    )


_LIKE_A_TABLE = re.compile(r"[A-Z][A-Z_]{2,60}(\.[a-z]{1,7}){1,2}")


def declared_table(source: str, file: str) -> Table | None:
    """The table a file of this name would be, or None."""
    named = split_name(file)
    return find_table(source, named[0]) if named and _is_safe(file) else None


def published_name(source: str, file: str, sha256: str | None = None) -> str:
    """The name a file is reported under: its own when it is declared or reads like a table's (capitals and underscores), so that
    whoever sent it finds it; else eight hex digits of its sha256, or of its name, for a name may hold a person's."""
    if declared_table(source, file) or _is_note(file) or _LIKE_A_TABLE.fullmatch(file) or find_unread(source, file):
        return file
    ext = next((e for e in _KNOWN_TYPES if file.lower().endswith(e)), "")
    return (sha256[:8] if sha256 else _short_hash(file.encode("utf-8", "surrogateescape"))) + ext


def _short_hash(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()[:8]


def _keep(path: Path, sha256: str, folder: Path) -> str:
    """The name the file is kept under, copied there when these bytes have not come under this name before."""
    sums = _sums(folder)
    known = next((name for known, name in sums if known == sha256 and original_name(name) == path.name), None)
    if known:
        return known
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    earlier = sum(original_name(name).lower() == path.name.lower() for _, name in sums)
    stem, ext = split_name(path.name) or (path.stem, path.suffix)
    name = f"{stem}.resend_{earlier}{ext}" if earlier else path.name
    with whole(folder / name, mode=0o400) as part:
        shutil.copyfile(path, part)
        if _sha256(part) != sha256:
            raise OSError("it changed while it was being copied; wait until the delivery is complete and refresh again")
    _write_sums([*sums, (sha256, name)], folder)
    return name


def _put_last(offered: list[tuple[str, str]], folder: Path) -> None:
    sums = _sums(folder)
    in_order = [line for line in sums if line not in offered] + offered
    if in_order != sums:
        _write_sums(in_order, folder)


def _write_sums(sums: list[tuple[str, str]], folder: Path) -> None:
    write_whole(folder / _SUMS, "".join(f"{sha256}  {name}\n" for sha256, name in sums))


def _all_kept(kept: Path) -> list[KeptFile]:
    folders = [folder for source in (_visible(kept) if kept.is_dir() else []) for folder in _visible(source)]
    return [file for folder in folders for file in _kept_in(folder)]


def kept_delivery(kept: Path, delivery_id: str) -> list[KeptFile]:
    """Every file that was kept of one delivery, `<source>/<complete_to>`, in the order of SHA256SUMS."""
    return _kept_in(kept / delivery_id)


def kept_lines(folder: Path) -> list[tuple[str, str, bool]]:
    """What was kept of one delivery, in the order of SHA256SUMS: hash, name, and whether it is a delivery.json."""
    return [(sha256, name, _is_note(original_name(name))) for sha256, name in _sums(folder)]


def _kept_in(folder: Path) -> list[KeptFile]:
    files = []
    for place, (sha256, name) in enumerate(_sums(folder)):
        named = split_name(original_name(name))
        table = find_table(folder.parent.name, named[0]) if named else None
        complete_to = _iso_date(folder.name)
        if named is None or table is None or complete_to is None:  # delivery.json, or a table no longer declared
            continue
        files.append(KeptFile(folder / name, folder.parent.name, complete_to, named[0], named[1], sha256, place, table))
    return files


def _sums(folder: Path) -> list[tuple[str, str]]:
    path = folder / _SUMS
    if not path.is_file():
        return []
    return [(line[:64], line[66:]) for line in path.read_text(encoding="utf-8").splitlines()]


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
