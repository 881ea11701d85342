"""What lies where under published/extracts, and the register of what was handed out (definition: extract_register).

    extracts/<edition_id>/<table>.<format>   the standing tables of an edition, embargoed rows and all, with made.json; readable by the owner only
    extracts/by-id/<id>/                     an extract as it was handed out, made once, and made.json; never pruned
    extracts/register.jsonl                  one line a download: time, user, permalink, rows, content_sha256, file_sha256, grant
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edition.access import NotRecorded
from edition.folder import published
from ground.files import write_whole

_OWNER_ONLY = 0o600
_MADE = "made.json"


@dataclass(frozen=True)
class Made:
    """A file that was made: its name, hash and passport."""

    file: str
    file_sha256: str
    passport: dict[str, Any]

    @property
    def form(self) -> str:
        return self.file.rsplit(".", 1)[1]


def shelf(home: Path) -> Path:
    return published(home) / "extracts"


def standing_folder(home: Path, edition_id: str) -> Path:
    return shelf(home) / Path(edition_id).name


def standing_made(home: Path, edition_id: str) -> dict[str, Made]:
    """The standing tables that lie there, by file name; none where they were not written."""
    try:
        said = json.loads((standing_folder(home, edition_id) / _MADE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {one["file"]: Made(**one) for one in said}


def keep_standing(folder: Path, made: list[Made]) -> None:
    """Note what lies in a folder of standing tables that is being written."""
    write_whole(folder / _MADE, json.dumps([asdict(one) for one in made], indent=1) + "\n", _OWNER_ONLY)


def folder_of(home: Path, permalink: str) -> Path | None:
    """The folder of an extract; None where the id is none."""
    return shelf(home) / "by-id" / permalink if re.fullmatch(r"[0-9a-f]{16}", permalink) else None


def made_of(home: Path, permalink: str) -> Made | None:
    """An extract that was made; None where there is none of that id."""
    folder = folder_of(home, permalink)
    try:
        return Made(**json.loads((folder / _MADE).read_text(encoding="utf-8"))) if folder else None
    except FileNotFoundError:
        return None


def file_of(home: Path, permalink: str) -> Path | None:
    """The file of an extract; None where it was withdrawn, or never was."""
    folder, made = folder_of(home, permalink), made_of(home, permalink)
    return folder / made.file if folder and made and (folder / made.file).is_file() else None


def keep(home: Path, permalink: str, making: Path, made: Made) -> None:
    """Put an extract that was made in `making` in its place, where nothing is changed again; whoever was first has made it."""
    folder = folder_of(home, permalink)
    if folder is None:
        raise ValueError(permalink)
    write_whole(making / _MADE, json.dumps(asdict(made), indent=1) + "\n", _OWNER_ONLY)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.replace(making, folder)
    except OSError:
        if made_of(home, permalink) is None:
            raise


def take_away(home: Path, permalink: str) -> None:
    """The file of an extract that is withdrawn goes; what is said of it stays."""
    folder = folder_of(home, permalink)
    if folder is None or made_of(home, permalink) is None:
        return
    for path in folder.iterdir():
        if path.name != _MADE:
            path.unlink()


@contextmanager
def making(home: Path) -> Iterator[Path]:
    """A folder to make something in, on the disk where it will lie; gone afterwards, unless it was moved."""
    shelf(home).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=shelf(home)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def enter(home: Path, line: dict[str, Any]) -> None:
    """Put a line of the register down to the disk. Raises NotRecorded, and then nothing may be handed out."""
    try:
        shelf(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(shelf(home) / "register.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            text = (json.dumps(line, ensure_ascii=False) + "\n").encode()
            if os.write(handle, text) < len(text):
                raise OSError("it was not written to its end")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise NotRecorded(f"the extract cannot be put into its register ({error.strerror or error}), so it is not handed out: see to the disk and its rights") from error


def register(home: Path) -> list[dict[str, Any]]:
    """Every line of the register, the oldest first."""
    try:
        lines = (shelf(home) / "register.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
