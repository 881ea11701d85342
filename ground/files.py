"""Files that are whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path, mode: int | None = None, synced: bool = False) -> Iterator[Path]:
    """Yields a hidden path beside `path` to write to; when the block ends well, that file takes the place of `path` in one step.

    `mode`: the rights it has from the beginning; as usual where None. `synced`: down to the disk before it takes the place, so that a power
    cut leaves one of the two. What the block raises leaves `path` as it was. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    if mode is not None:
        part.unlink(missing_ok=True)
        part.touch(mode=mode | 0o200)  # until it is written
    try:
        yield part
        if mode is not None:
            part.chmod(mode)
        if synced:
            sync(part)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if synced:
        sync(path.parent)


def write_whole(path: Path, content: str | bytes, mode: int | None = None, synced: bool = False) -> None:
    """Write `content`, a text in UTF-8, as `whole` does."""
    with whole(path, mode, synced) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def sync(path: Path) -> None:
    """A file or folder down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
