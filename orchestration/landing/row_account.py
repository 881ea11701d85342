"""What became of every record: the account of one delivered file (definition: row_account)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

# Reasons of files that are not used and are no refusal: another was sent in place of it; it is a list that nothing needs.
NO_REFUSAL = ("superseded", "not_used")


class RowAccountError(AssertionError):
    """Records went in and did not come out: the run must stop. Says which file and the numbers."""


@dataclass(frozen=True)
class FileAccount:
    """One file seen, as in landing.delivery. rows_read = loaded + rejected + quarantined + refused."""

    source: str
    delivery_id: str
    complete_to: date | None
    kind: str | None
    table_name: str
    file: str
    sha256: str | None
    is_accepted: bool
    reason: str | None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_quarantined: int = 0
    rows_refused: int = 0
    rows_without_key: int = 0  # of the quarantined, those whose key cannot be read
    checks_declared: int = 0
    checks_executed: int = 0
    warnings: str | None = None

    @property
    def is_turned_away(self) -> bool:
        """Not accepted, and no file that is merely not used."""
        return not self.is_accepted and not (self.reason or "").startswith(NO_REFUSAL)

    @property
    def is_whole(self) -> bool:
        """Whether the file is all of its table, and every record of it was read as far as its key: only then does a row that is not in it
        close (definition: delivery_closing_suspended)."""
        return self.is_accepted and self.kind == "full" and not self.rows_rejected and not self.rows_without_key

    def balanced(self) -> FileAccount:
        """Itself. Raises RowAccountError when a record is not accounted for."""
        accounted = self.rows_loaded + self.rows_rejected + self.rows_quarantined + self.rows_refused
        if accounted != self.rows_read:
            raise RowAccountError(f"{self.delivery_id} {self.file}: {self.rows_read} records read, {accounted} accounted for")
        return self

    def refused(self, reason: str) -> FileAccount:
        """The same file, refused: all its records count as refused."""
        return replace(
            self, is_accepted=False, reason=reason, rows_loaded=0, rows_rejected=0, rows_quarantined=0, rows_without_key=0,
            rows_refused=self.rows_read,
        )  # fmt: skip


@dataclass(frozen=True)
class TypedFile:
    """A kept file after typing. `parquet` is None and `problem` says why when it could not be read at all."""

    parquet: Path | None
    problem: str | None
    rows_read: int
    rejected: tuple[tuple[int, str], ...]
    profile: dict[str, Any]
    columns: tuple[str, ...]  # declared columns that were delivered, warehouse names
