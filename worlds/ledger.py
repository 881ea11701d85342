"""Collects rows as they were known over time and writes them as full deliveries."""

from __future__ import annotations

import csv
import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from expectations.contract import find_table

Value = str | int | date | datetime | Decimal | bool | None
Row = dict[str, Value]


# Optional columns that the systems of the inspection sample do not deliver, by table.
LEFT_OUT = {
    **dict.fromkeys(("OFFENDER_IDENTIFIERS", "OFFENDER_SENTENCES"), {"CREATE_DATETIME", "MODIFY_DATETIME"}),
    **dict.fromkeys(("OFFENDER_RELEASE_DETAILS", "OFFENDER_RELEASE_DETAILS_HTY"), {"CREATE_DATETIME"}),
    "OFFENDER_SENT_CALCULATIONS": {"CRD_OVERRIDED_DATE", "SED_OVERRIDED_DATE", "PED_CALCULATED_DATE", "PED_OVERRIDED_DATE",
                                   "HDCED_CALCULATED_DATE", "HDCED_OVERRIDED_DATE", "TUSED_OVERRIDED_DATE", "HDCAD_OVERRIDED_DATE"},
    "OFFENDER": {"RELIGION_ID", "CURRENT_RESTRICTION", "CURRENT_EXCLUSION"},
    "DISPOSAL": {"DISPOSAL_TERMINATION_REASON_ID"},
    "OFFENDER_MANAGER": {"ALLOCATION_REASON_ID"},
    "TEAM": {"DISTRICT_ID"},
    **dict.fromkeys(("R_RELEASE_TYPE", "R_RECALL_REASON", "R_INSTITUTION", "R_CIRCUMSTANCE_TYPE", "R_CIRCUMSTANCE_SUB_TYPE", "R_REGISTER_TYPE"),
                    {"MASTER_ID"}),
}  # fmt: skip


def as_text(value: Value) -> str:
    """The text of one CSV field: ISO dates and timestamps, Y or N for booleans, empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


@dataclass
class Ledger:
    """Rows by (source, table). A row is a function of the delivery's date, so that each delivery shows what was known then."""

    delivered: dict[str, tuple[date, ...]]
    rows: dict[tuple[str, str], list[Callable[[date], Row | None]]] = field(default_factory=dict)

    def add(self, source: str, table: str, row: Row, known: date | None = None, until: date | None = None) -> None:
        """Deliver `row` from `known` (empty: always) to the day before `until` (empty: for good)."""
        def version(day: date) -> Row | None:
            return row if (known is None or known <= day) and (until is None or day < until) else None
        self.add_versions(source, table, version)

    def add_versions(self, source: str, table: str, version: Callable[[date], Row | None]) -> None:
        """Deliver what `version` answers for the delivery's date; None means that the row is not in it."""
        self.rows.setdefault((source, table), []).append(version)

    def write(self, out: Path) -> None:
        """Write every table of every delivery; `out` appears whole or not at all. An unknown column is a mistake of the world:
        KeyError."""
        part = out.with_name(f".{out.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        self._write(part)
        try:
            os.replace(part, out)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # There are deliveries already: these go beside them.
            shutil.copytree(part, out, dirs_exist_ok=True)
            shutil.rmtree(part)

    def _write(self, out: Path) -> None:
        for (source, table), versions in self.rows.items():
            for day in self.delivered[source]:
                rows = [row for version in versions if (row := version(day))]
                columns = _columns(source, table, {name for row in rows for name in row})
                folder = out / source / day.isoformat()
                folder.mkdir(parents=True, exist_ok=True)
                with open(folder / f"{table}.csv", "w", newline="", encoding="utf-8") as handle:
                    writer = csv.writer(handle)
                    writer.writerow(columns)
                    for row in rows:
                        unknown = row.keys() - set(columns)
                        if unknown:
                            raise KeyError(f"{source}/{table} has no column {sorted(unknown)}")
                        writer.writerow([as_text(row.get(column)) for column in columns])


def _columns(source: str, table: str, given: set[str]) -> list[str]:
    """The columns of a file, as expectations/tables declares them; of several names a column may have, the one that the rows give."""
    declared = find_table(source, table)
    if declared is None:
        raise KeyError(f"{source}/{table} is no declared table")
    return [declared.written_as(c, table, given) for c in declared.columns if c.label not in LEFT_OUT.get(table, ())]
