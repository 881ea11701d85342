"""Deliveries as they stood on an earlier day, made from those of today: what had been recorded by its end, and no more.

Which moment a row was recorded is read as the second writing of the payment rules reads it: from the columns that
expectations/tables names, the latest of them. No product code decides what had been recorded.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tests.truth.payment import records

# Read by their own days in both views (rules section 1, known_then): agreements, lists and who works for whom. They stand whole.
AGREED = {
    *(f"contracts.{name}" for name in (
        "CONTRACT", "CONTRACT_PRISON", "SUBCONTRACTOR", "TASK", "RATE_CARD", "PERIOD", "SERVICE_LEVEL", "SERVICE_LEVEL_REPORT", "ELIGIBILITY", "VOLUME_BASELINE",
        "CREDIT_LINE", "PBR_COHORT", "PBR_RESULT",
    )),
    "provider.ROSTER", "nomis.AGENCY_LOCATIONS", "nomis.IMPRISONMENT_STATUSES",
    *(f"ndelius.{name}" for name in ("STAFF", "TEAM", "LOCAL_DELIVERY_UNIT", "PROBATION_AREA", "PROVISION", "REFERENCE_LIST")),
}  # fmt: skip
# Who is who is as of today in both views.
OF_LINKS = {
    *(f"nomis.{name}" for name in ("OFFENDERS", "OFFENDER_IDENTIFIERS", "OFFENDER_BOOKINGS")),
    *(f"ndelius.{name}" for name in ("OFFENDER", "ALIAS", "ADDITIONAL_IDENTIFIER")),
    "provider.PERSON",
}  # fmt: skip
# Licence, the end of supervision, and so who is in scope, are told as of today in both views: the second writing is given them, and no table of
# theirs says when it was recorded.
OF_LICENCE = {"ndelius.EVENT", "ndelius.DISPOSAL", "ndelius.CUSTODY", "ndelius.KEY_DATE", "nomis.OFFENDER_SENT_CALCULATIONS", "nomis.OFFENDER_IMPRISON_STATUSES"}
# What was claimed, asked, paid and approved became known on the day that it tells.
TOLD_BY = {
    "provider.CLAIM": "submitted_ts", "contracts.INVOICE": "issued_on", "contracts.PAYMENT": "paid_on", "contracts.LATE_APPROVAL": "approved_on",
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """One delivered row. recorded: by its own columns (None: only its delivery tells); made: first written down; events: days in it that lie behind it."""

    key: str
    recorded: dt.datetime | None
    made: dt.datetime | None
    events: dict[str, dt.date]
    place: tuple[str, int]  # delivery, number in the file
    row: dict[str, str | None]

    @property
    def rank(self) -> tuple:
        """The newest is last."""
        return (self.recorded or dt.datetime.min, self.place)


class Deliveries:
    """All rows of the deliveries in a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._rows: dict[tuple[str, str, str], list[Held]] = {}
        self._columns: dict[tuple[str, str, str], dict[str, None]] = {}  # in their order
        for source in sorted(folder.iterdir()):
            kind = "provider" if source.name.startswith("provider_") else source.name
            for delivery in sorted(one for one in source.iterdir() if one.is_dir()):
                for file in sorted(one for one in delivery.iterdir() if one.name != "delivery.json"):
                    stem = re.sub(r"\.(csv|csv\.gz|parquet)$", "", file.name)
                    table = (source.name, stem, f"{kind}.{_declared_as(kind, stem)}")
                    held = list(_read(file, kind, stem))
                    self._rows.setdefault(table, []).extend(held)
                    # A file without rows has a header line all the same.
                    self._columns.setdefault(table, {}).update(dict.fromkeys(held[0].row if held else _header(file)))

    def stand(self, day: dt.date, to: Path, with_doubtful: bool) -> Path:
        """Write to `to` what each source would have sent in full on `day`, complete to its end.

        with_doubtful: with the rows of which nobody can say whether they had been recorded, unless something in them happened later; or without them.
        """
        for table, held in self._rows.items():
            source, stem, name = table
            newest: dict[str, Held] = {}
            for one in held:
                if _stood(one, name, day, with_doubtful) and (one.key not in newest or one.rank >= newest[one.key].rank):
                    newest[one.key] = one
            path = to / source / day.isoformat() / f"{stem}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(self._columns[table]), restval="", lineterminator="\n")
                writer.writeheader()
                # What happened later was not in the row yet.
                writer.writerows(one.row | {column: None for column, on in one.events.items() if on > day} for one in newest.values())
        return to


def _stood(one: Held, name: str, day: dt.date, with_doubtful: bool) -> bool:
    end = dt.datetime.combine(day, dt.time.max)
    is_ahead = any(on > day for on in one.events.values())
    if name in AGREED or name == "ndelius.OFFENDER":
        return True
    if name in OF_LINKS or name in OF_LICENCE:
        return not is_ahead
    if one.recorded is not None and one.recorded <= end:
        return True
    if name in TOLD_BY or not with_doubtful or is_ahead:
        return False
    return one.recorded is None or (one.made is not None and one.made <= end)


def _read(file: Path, kind: str, stem: str) -> Iterator[Held]:
    declared = records._declared(kind, _declared_as(kind, stem))
    end = dt.datetime.combine(dt.date.fromisoformat(file.parent.name), dt.time.max)
    told_by = TOLD_BY.get(f"{kind}.{declared.name}")
    recorded_by = [told_by] if told_by else declared.recorded
    for number, row in enumerate(records._records(file), start=1):
        given = {column.lower(): records._filled(value) for column, value in row.items()}
        if declared.name == "REFERENCE_LIST":
            key: str | None = "|".join(str(value) for value in row.values())
        else:
            key = records._key(declared, {c: records.read_value(text, declared.columns[c]) if (text := given.get(c)) else None for c in _key_columns(declared)})
        if key is None:
            continue
        stamps = {column: at for column in recorded_by if (at := records.moment(given.get(column))) is not None}
        recorded = min(max(stamps.values()), end) if stamps else None
        made = min((at for column, at in stamps.items() if column in records.FIRST_WRITTEN), default=None)
        events = {column: at.date() for column, text in row.items() if column.lower() in declared.events and (at := records.moment(records._filled(text))) is not None}
        yield Held(key, recorded, made, {} if told_by else events, (file.parent.name, number), row)


def _header(file: Path) -> list[str]:
    if file.suffix != ".csv":
        return []
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return [name.strip().upper() for name in next(csv.reader(opened), [])]


def _key_columns(declared: records._Declared) -> list[str]:
    return [*declared.key, *declared.instead.values()]


@cache
def _declared_as(kind: str, stem: str) -> str:
    tables = yaml.safe_load((records.TABLES / f"{kind}.yml").read_text("utf-8"))
    for name, body in tables.items():
        if stem.upper() in [one.upper() for one in body.get("delivered_as", [name])]:
            return name
    if stem.startswith("R_"):
        return "REFERENCE_LIST"
    raise LookupError(f"{stem} of {kind} is declared nowhere")
