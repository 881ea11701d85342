"""The published folder of a home: what lies where in it, and which edition is in force.

    published/<edition_id>/manifest.json            what the edition is made of, with rows and hash of every table; for operators
    published/<edition_id>/protected/<table>.parquet    safe to show
    published/<edition_id>/restricted/<table>.parquet   rows about people and exact counts; readable by the owner only
    published/revisions/<before>--<edition_id>.parquet  what the edition changed in figures published before; restricted
    published/thresholds/<edition_id>.parquet           its rates at three thresholds of linkage; restricted
    published/current                               the edition in force, by its id

An edition is never changed once it is there. Rows are read through edition/reading.py.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

PROTECTED, RESTRICTED = "protected", "restricted"
FILE_MODE = {PROTECTED: 0o644, RESTRICTED: 0o600}
FOLDER_MODE = {PROTECTED: 0o755, RESTRICTED: 0o700}
# It holds exact numbers of rows and records: for operators.
MANIFEST_MODE = 0o640
CURRENT, MANIFEST = "current", "manifest.json"
# Restricted, and beside the editions, because an edition is a function of its deliveries and not of what was published before.
REVISION, REGISTER, THRESHOLD = "revision", "revision_register", "threshold"


class EditionError(Exception):
    """What is published cannot be read. The text says why and what to do."""


class NoEdition(EditionError):
    """Nothing has been published in this home yet."""


class TableMissing(EditionError):
    """A table is not in the edition, or not on the side that may be read, or not in its agreed shape. The text names it."""


@dataclass(frozen=True)
class Edition:
    """One immutable published folder. `manifest` is its manifest.json, `home` the home it was published in."""

    home: Path
    folder: Path
    manifest: dict[str, Any] = field(compare=False, hash=False, repr=False)

    @property
    def edition_id(self) -> str:
        return self.folder.name

    @property
    def as_of(self) -> str:
        """ISO date of the day up to which everything is known."""
        return self.manifest["as_of"][:10]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table, by <side>/<table>."""
        return {f"{one['folder']}/{one['table']}": one["rows"] for one in self.manifest["tables"]}

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the file of each table, by <side>/<table>."""
        return {f"{one['folder']}/{one['table']}": one["sha256"] for one in self.manifest["tables"]}

    def not_whole(self) -> list[str]:
        """The tables, as <side>/<table>, whose file is missing or was cut short; their rows are not read. Raises OSError."""
        return [where for where in self.rows if not _is_whole_parquet(self.folder / f"{where}.parquet")]

    def tables(self, side: str) -> list[str]:
        """Names of the tables in `side`, 'protected' or 'restricted', in their order; without what lies beside the edition."""
        return sorted(path.stem for path in (self.folder / side).glob("*.parquet"))

    def files(self, table: str, side: str) -> list[Path]:
        """The files `table` lies in; empty where `side` does not have it. The register of revisions has one for each edition that has
        changed figures, all other tables one."""
        if side == RESTRICTED and table in (REVISION, REGISTER):
            entries = revisions(self.home)
            mine = [pair for pair in entries if pair[1] == self.edition_id][-1:] if table == REVISION else entries
            return [revision_file(self.home, *pair) for pair in mine]
        is_beside = side == RESTRICTED and table == THRESHOLD
        path = threshold_file(self.home, self.edition_id) if is_beside else self.folder / side / f"{table}.parquet"
        return [path] if path.is_file() else []

    def has(self, table: str, side: str) -> bool:
        return bool(self.files(table, side))


def published(home: Path) -> Path:
    """The folder that holds everything published in a home."""
    return home / "published"


def pointer(home: Path) -> Path:
    """The file that names the edition in force."""
    return published(home) / CURRENT


def current_id(home: Path) -> str | None:
    """The edition the pointer names; None before the first."""
    try:
        return pointer(home).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def current(home: Path) -> Edition:
    """The edition in force. Raises NoEdition, EditionError."""
    name = current_id(home)
    if name is None:
        raise NoEdition("Nothing has been published in this home yet: run `gatehouse refresh --landing DIR --home DIR`.")
    return edition(home, name)


def edition(home: Path, edition_id: str) -> Edition:
    """The edition of that name. Raises EditionError where it is not there or its manifest cannot be read."""
    folder = published(home).resolve() / Path(edition_id).name
    try:
        found = (folder / MANIFEST).stat()
        manifest = _manifest(folder / MANIFEST, found.st_ino, found.st_mtime_ns, found.st_size)
        if not isinstance(manifest.get("as_of"), str):
            raise ValueError("not ours")
    except (OSError, ValueError, AttributeError) as error:
        raise EditionError(f"Edition {folder.name} has no {MANIFEST} that can be read: run `gatehouse refresh` again.") from error
    return Edition(home.resolve(), folder, manifest)


@lru_cache(maxsize=16)
def _manifest(path: Path, *_as_found: int) -> dict[str, Any]:
    """Kept, since a page asks for the edition in force time and again; read anew where the file is another."""
    return json.loads(path.read_text(encoding="utf-8"))


def is_kept(home: Path, edition_id: str) -> bool:
    """Whether a home holds an edition of that name, whatever else the name may be."""
    is_a_name = len(edition_id) < 100 and edition_id == Path(edition_id).name and not edition_id.startswith(".")
    return is_a_name and (published(home) / edition_id / MANIFEST).is_file()


def editions(home: Path) -> list[Edition]:
    """Every edition kept, by id. Raises EditionError."""
    # A hidden folder is one that is being made.
    return [edition(home, path.parent.name) for path in sorted(published(home).glob(f"[!.]*/{MANIFEST}"))]


def revisions(home: Path) -> list[tuple[str, str]]:
    """The entries of the register of revisions: (edition before, edition), in their order."""
    names = sorted(path.stem.split("--") for path in (published(home) / "revisions").glob("[!.]*--*.parquet"))
    return [(before, after) for before, after in names]


def revision_file(home: Path, before: str, after: str) -> Path:
    return published(home) / "revisions" / f"{before}--{after}.parquet"


def threshold_file(home: Path, edition_id: str) -> Path:
    return published(home) / "thresholds" / f"{edition_id}.parquet"


def _is_whole_parquet(path: Path) -> bool:
    """Whether a file begins and ends as a Parquet file does, and is long enough for what it says about itself at its end."""
    if not path.is_file() or path.stat().st_size < 12:
        return False
    with path.open("rb") as file:
        begin = file.read(4)
        file.seek(-8, os.SEEK_END)
        end = file.read()
    return begin == end[4:] == b"PAR1" and int.from_bytes(end[:4], "little") + 12 <= path.stat().st_size
