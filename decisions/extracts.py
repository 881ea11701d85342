"""What is decided about extracts: who may have the figures of an official series before it is published, and which extract is withdrawn and why
(definition: extract_embargo, extract_permalink).

Rows of the decisions store, only ever added, each in the access record before it is kept. Nobody grants anything to themselves; the table itself
refuses that.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from decisions.store import DecisionError, Store, has_store, reading
from edition import embargo
from edition.access import enter, is_purpose
from edition.embargo import EmbargoGrant
from edition.extract import shelf
from edition.extract.extract import Asking
from edition.folder import PROTECTED, Edition
from edition.reading import opened
from edition.rights import Reader

HOURS = "embargo_grant_hours"
_grant = sa.table(
    "embargo_grant",
    sa.column("grant_id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("person", "series", "purpose", "decided_by")),
    *(sa.column(name, sa.Date) for name in ("from_day", "to_day")),
    sa.column("decided_at", sa.DateTime),
)
_withdrawal = sa.table(
    "extract_withdrawal",
    sa.column("withdrawal_id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("permalink", "reason", "decided_by")),
    sa.column("decided_at", sa.DateTime),
)


def asking(home: Path, reader: Reader, at: datetime, day: date) -> Asking:
    """Who asks for an extract, with what was decided about extracts. Raises StoreError."""
    grants, withdrawn = _decided(home)
    return Asking(reader, at, day, grants, withdrawn)


def _decided(home: Path) -> tuple[tuple[EmbargoGrant, ...], dict[str, str]]:
    if not has_store(home):
        return (), {}
    with reading(home) as con:
        grants = con.execute(sa.select(_grant).order_by(_grant.c.grant_id)).mappings().all()
        withdrawn = con.execute(sa.select(_withdrawal).order_by(_withdrawal.c.withdrawal_id)).mappings().all()
    held = [EmbargoGrant(one["grant_id"], one["person"], one["series"], one["from_day"], one["to_day"], one["purpose"]) for one in grants]
    return tuple(held), {one["permalink"]: one["reason"] for one in withdrawn}


def grant_early(home: Path, of: Edition, by: str, at: datetime, person: str, series: str, from_day: date, to_day: date, purpose: str) -> EmbargoGrant:
    """Let somebody have the figures of a series, named as embargo.Series.name, before it is published: at most 24 hours before (threshold
    embargo_grant_hours). `at` is naive local time. Raises DecisionError, StoreError, NotRecorded."""
    person = person.strip().casefold() if "@" in person else person.strip()
    known = {one.name: one for one in embargo.series(of)}
    if series not in known:
        raise DecisionError(f"there is no series {series}: it is one of {', '.join(known) or 'none'}")
    published_on = known[series].published_on
    if published_on is None:
        raise DecisionError(f"nobody has said when {series} is published: say so in seeds/official_series.csv first")
    first = published_on - timedelta(hours=_hours(of))
    if from_day < first:
        raise DecisionError(f"{series} is published on {published_on}: nobody may have it before {first}")
    if to_day < from_day or not is_purpose(purpose) or not person:
        raise DecisionError("say who it is for, what for, and a last day that does not lie before the first")
    if person == by:
        raise DecisionError("nobody grants anything to themselves: ask another administrator")
    with Store(home).alone() as con:
        number = (con.execute(sa.select(sa.func.max(_grant.c.grant_id))).scalar() or 0) + 1
        said = {"number": number, "person": person, "series": series, "from": str(from_day), "to": str(to_day), "purpose": purpose}
        enter(home, at.astimezone(), by, {"embargo_grant": said})
        row = {"grant_id": number, "person": person, "series": series, "from_day": from_day, "to_day": to_day, "purpose": purpose, "decided_by": by, "decided_at": at}
        con.execute(sa.insert(_grant), [row])
    return EmbargoGrant(number, person, series, from_day, to_day, purpose)


def withdraw(home: Path, by: str, at: datetime, permalink: str, reason: str) -> None:
    """Withdraw an extract: its file goes, and what is said of it stays, with the reason. `at` is naive local time. Raises DecisionError, StoreError,
    NotRecorded."""
    if shelf.made_of(home, permalink) is None:
        raise DecisionError(f"there is no extract {permalink}")
    if not is_purpose(reason):
        raise DecisionError("say why it is withdrawn: the reason stands where the file was")
    with Store(home).alone() as con:
        number = (con.execute(sa.select(sa.func.max(_withdrawal.c.withdrawal_id))).scalar() or 0) + 1
        enter(home, at.astimezone(), by, {"withdrawal": {"number": number, "permalink": permalink, "reason": reason}})
        con.execute(sa.insert(_withdrawal), [{"withdrawal_id": number, "permalink": permalink, "reason": reason, "decided_by": by, "decided_at": at}])
    shelf.take_away(home, permalink)


def _hours(of: Edition) -> float:
    """How long before publication somebody may have figures, at most."""
    if not of.has("dim_threshold", PROTECTED):
        return 24
    with opened(of, tables=["dim_threshold"]) as con:
        found = con.execute(
            "select value from dim_threshold where threshold = ? and cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)",
            [HOURS, of.as_of, of.as_of],
        ).fetchone()
    return found[0] if found else 24
