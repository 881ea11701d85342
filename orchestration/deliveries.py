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
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from expectations.contract import Table, declared_source, declared_tables, find_table, landing_name
from orchestration.records import EXTENSIONS, split_name

_SUMS = "SHA256SUMS"
_DELIVERY_JSON = "delivery.json"


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
    """A file nothing is declared for: reported, not kept, not read."""

    source: str
    delivery_id: str
    complete_to: date | None
    table_name: str
    file: str
    sha256: str | None
    reason: str


@dataclass(frozen=True)
class DeliveryNote:
    """What delivery.json says. Without one a delivery is full. `problem`: why it cannot be followed."""

    kind: str = "full"
    deleted: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    problem: str | None = None


def keep_deliveries(landing: Path, kept: Path) -> tuple[list[KeptFile], list[Undeclared]]:
    """Copies what is new under `landing` to `kept`; returns every file ever kept and what could not be placed.

    Raises NotADirectoryError when `landing` is no folder.
    """
    if not landing.is_dir():
        raise NotADirectoryError(f"the landing folder {landing} does not exist; give the folder the deliveries lie in")
    undeclared: list[Undeclared] = []
    for source in _visible(landing):
        if not source.is_dir():
            undeclared.append(_not_placed(source.name, "", None, source, "a file outside any source folder"))
            continue
        for folder in _visible(source):
            complete_to = _iso_date(folder.name)
            offered: list[tuple[str, str]] = []
            for path in _visible(folder) if folder.is_dir() else [folder]:
                is_note = _is_note(path.name) and path.is_file()
                reason = _why_undeclared(source.name, folder, complete_to, path)
                if is_note and (complete_to is None or not _is_declared_source(source.name)):
                    continue  # the files beside it are reported
                if reason and not is_note:
                    undeclared.append(_not_placed(source.name, folder.name, complete_to, path, reason))
                    continue
                sha256 = _sha256(path)
                offered.append((sha256, _keep(path, sha256, kept / source.name / folder.name)))
            _put_last(offered[::-1], kept / source.name / folder.name)
    return _all_kept(kept), undeclared


def delivery_notes(kept: Path) -> dict[tuple[str, date], DeliveryNote]:
    """The delivery.json that counts of each delivery that has one, by source and complete_to (contracts: Layout)."""
    notes = {}
    for source in _visible(kept) if kept.is_dir() else []:
        for folder in _visible(source):
            names = [name for _, name in _sums(folder) if _is_note(original_name(name))]
            complete_to = _iso_date(folder.name)
            if names and complete_to:
                notes[source.name, complete_to] = _read_note(folder / names[-1])
    return notes


def original_name(kept_name: str) -> str:
    """The name a kept file lay under in the landing folder."""
    return re.sub(r"\.resend_\d+(?=\.)", "", kept_name)


def _is_note(name: str) -> bool:
    return name.lower() == _DELIVERY_JSON


def _read_note(path: Path) -> DeliveryNote:
    try:
        note = json.loads(path.read_text(encoding="utf-8-sig"))
        kind, deleted, files = note.get("kind", "full"), note.get("deleted") or {}, note.get("files") or {}
        is_well_formed = (
            kind in ("full", "changes")
            and all(isinstance(keys, list) for keys in deleted.values())
            and all(isinstance(facts, dict) for facts in files.values())
        )
    except (ValueError, AttributeError):
        is_well_formed = False
    if not is_well_formed:
        return DeliveryNote(problem="unreadable_delivery_json: delivery.json is not what the contract says; send it again")
    return DeliveryNote(kind, {t.upper(): keys for t, keys in deleted.items()}, {f.upper(): facts for f, facts in files.items()})


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _is_declared_source(source: str) -> bool:
    return any(t.source == declared_source(source) for t in declared_tables())


def _why_undeclared(source: str, folder: Path, complete_to: date | None, path: Path) -> str | None:
    if not _is_declared_source(source):
        return f"source {source} is not one we load"
    if path == folder or complete_to is None:
        return "a delivery folder is named by its ISO date (2023-06-15); rename it"
    if path.is_dir():
        return "a folder inside a delivery"
    named = split_name(path.name)
    if named is None:
        return f"the file type is not one of {', '.join(e[1:] for e in EXTENSIONS)}"
    if find_table(source, named[0]) is None:
        return f"source {source} has no table of this name"
    return None


def _not_placed(source: str, folder: str, complete_to: date | None, path: Path, reason: str) -> Undeclared:
    named = split_name(path.name)
    stem = named[0] if named else path.name
    return Undeclared(
        source=source,
        delivery_id=f"{source}/{folder}" if folder else source,
        complete_to=complete_to,
        table_name=landing_name(source, stem),
        file=path.name,
        sha256=_sha256(path) if path.is_file() else None,
        reason=f"not declared: {reason}",
    )


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
    part = folder / f".{name}.part"
    shutil.copyfile(path, part)
    if _sha256(part) != sha256:
        part.unlink()
        raise OSError(f"{path.name} changed while it was being copied; wait until the delivery is complete and refresh again")
    os.chmod(part, 0o400)
    os.replace(part, folder / name)
    _write_sums([*sums, (sha256, name)], folder)
    return name


def _put_last(offered: list[tuple[str, str]], folder: Path) -> None:
    sums = _sums(folder)
    in_order = [line for line in sums if line not in offered] + offered
    if in_order != sums:
        _write_sums(in_order, folder)


def _write_sums(sums: list[tuple[str, str]], folder: Path) -> None:
    part = folder / f".{_SUMS}.part"
    part.write_text("".join(f"{sha256}  {name}\n" for sha256, name in sums), encoding="utf-8")
    os.replace(part, folder / _SUMS)


def _all_kept(kept: Path) -> list[KeptFile]:
    files = []
    for source in _visible(kept) if kept.is_dir() else []:
        for folder in _visible(source):
            for place, (sha256, name) in enumerate(_sums(folder)):
                named = split_name(original_name(name))
                table = find_table(source.name, named[0]) if named else None
                complete_to = _iso_date(folder.name)
                if table is None or complete_to is None:  # delivery.json, or a table no longer declared
                    continue
                files.append(KeptFile(folder / name, source.name, complete_to, named[0], named[1], sha256, place, table))
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
