"""The access record: `access.log` in the home, one line of JSON for each use of restricted rows, written before the first of them."""

from __future__ import annotations

import errno
import getpass
import json
import os
from datetime import datetime

from edition.folder import Edition, EditionError


class NotRecorded(EditionError):
    """The use cannot be written to the access record, so no restricted row may be shown."""


class Use:
    """One use of restricted rows: of which edition, when, by whom and what for; `query` or `page` is what was asked or looked at.

    Its line is written when the first restricted table is opened for it, and once. `at` has its time zone. Raises EditionError where there
    is no purpose.
    """

    def __init__(self, edition: Edition, at: datetime, user: str, purpose: str, *, query: str = "", page: str = ""):
        if not purpose.strip():
            raise EditionError("say what restricted rows are read for: without a purpose there are only protected tables")
        self._log = edition.home / "access.log"
        said = {"query": query, "page": page}
        self._entry = {"time": at.isoformat(timespec="seconds"), "user": user, "purpose": purpose.strip(),
                       **{what: text for what, text in said.items() if text}, "edition_id": edition.edition_id}  # fmt: skip
        self._is_entered = False

    def enter(self) -> None:
        """Put the line down to the disk, unless it is there. Raises NotRecorded where it cannot be."""
        if not self._is_entered:
            self._append((json.dumps(self._entry) + "\n").encode())
            self._is_entered = True

    def why_not(self) -> str:
        """Why the line cannot be written, as far as can be told without writing it; '' where it can."""
        try:
            self._append(b"")
        except NotRecorded as error:
            return str(error)
        return ""

    def _append(self, line: bytes) -> None:
        try:
            handle = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if line:
                    if os.write(handle, line) < len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise NotRecorded(f"the use cannot be written to {self._log} ({error.strerror}), so no restricted row is shown") from error


def account() -> str:
    """The account this process runs as."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for this user
        return f"uid {os.getuid()}"
