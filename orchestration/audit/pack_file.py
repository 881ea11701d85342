"""An evidence pack as a file: a ZIP whose members are stored as they are, so that one altered byte is one altered cell.

    manifest.json           scope, edition, versions, totals; of each member rows and SHA-256, and of a table the digest of each row and column
    manifest.json.sha256    the hash of the manifest; the same lies beside the pack, as <pack>.sha256, to be sent another way
    *.csv                   the tables: UTF-8, a header line, an empty field where nothing is known
    pack.xlsx               the same as a workbook
    README.txt              what is what, and how to do again what `gatehouse audit verify` does

The same members make the same bytes. No clock is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ground.files import write_whole

MANIFEST, MANIFEST_HASH, WORKBOOK, README = "manifest.json", "manifest.json.sha256", "pack.xlsx", "README.txt"
OWNER_ONLY = 0o600
_DIGITS = 16  # of a digest: enough to find a row by


@dataclass(frozen=True)
class Sheet:
    """A table of a pack. `rows`: values of Python, None where nothing is known."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def member(self) -> str:
        return f"{self.name}.csv"


def text(value: Any) -> str:
    """A value as it stands in a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def as_csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows([[text(value) for value in row] for row in sheet.rows])
    return out.getvalue().encode()


def read_csv(data: bytes) -> list[list[str]]:
    """The lines of a member, the header first. Raises ValueError, UnicodeDecodeError."""
    try:
        return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def digest(values: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(values), ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def described(name: str, data: bytes) -> dict[str, Any]:
    """What the manifest says of a member."""
    said: dict[str, Any] = {"name": name, "bytes": len(data), "sha256": sha256(data)}
    if name.endswith(".csv"):
        header, *rows = read_csv(data)
        columns = {column: digest(row[n] for row in rows) for n, column in enumerate(header)}
        said |= {"rows": len(rows), "columns": columns, "row_digests": [digest(row) for row in rows]}
    return said


def manifest_of(facts: dict[str, Any], members: dict[str, bytes]) -> bytes:
    told = {**facts, "members": [described(name, data) for name, data in members.items()]}
    return (json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def as_zip(members: dict[str, bytes]) -> bytes:
    """A ZIP of the members in their order, stored and with no time of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as pack:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100600 << 16
            pack.writestr(info, data)
    return out.getvalue()


def beside(pack: Path) -> Path:
    """The file that holds the hash of the manifest of `pack`."""
    return pack.with_name(f"{pack.name}.sha256")


def write_pack(out: Path, facts: dict[str, Any], members: dict[str, bytes]) -> str:
    """Write the pack and its hash beside it, both for their owner alone; returns the hash of the manifest. Raises OSError."""
    manifest = manifest_of(facts, members)
    hashed = sha256(manifest)
    line = f"{hashed}  {MANIFEST}\n"
    write_whole(out, as_zip({MANIFEST: manifest, MANIFEST_HASH: line.encode(), **members}), OWNER_ONLY)
    write_whole(beside(out), line, OWNER_ONLY)
    return hashed
