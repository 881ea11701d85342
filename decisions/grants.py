"""What is granted to whom: a person, a role, a scope, from and to which day, and who granted it.

Rows of the decisions store, only ever added: the newest for a person, role and scope is in force, so a grant is ended by another with an
earlier last day. Nobody grants anything to themselves; the table itself refuses that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from decisions.store import DecisionError, Store, has_store, reading
from edition.access import enter
from edition.rights import SCOPES, Grant, roles


@dataclass(frozen=True)
class Granted:
    """One row. Days are inclusive; `granted_at` is naive local time. `person` and `granted_by` are names as sign-in gives them."""

    grant_id: int
    person: str
    role: str
    scope_kind: str
    scope_id: str
    is_named: bool
    valid_from: date
    valid_to: date
    granted_by: str
    granted_at: datetime

    @property
    def grant(self) -> Grant:
        return Grant(self.role, self.scope_kind, self.scope_id, self.is_named)

    @property
    def what(self) -> tuple[str, str, str, str]:
        """Of several rows that agree in this the newest is in force."""
        return self.person, self.role, self.scope_kind, self.scope_id


_COLUMNS = [field.name for field in fields(Granted)]
_table = sa.table(
    "access_grant",
    sa.column("grant_id", sa.Integer),
    *(sa.column(name, sa.Text) for name in ("person", "role", "scope_kind", "scope_id", "granted_by")),
    sa.column("is_named", sa.Boolean),
    *(sa.column(name, sa.Date) for name in ("valid_from", "valid_to")),
    sa.column("granted_at", sa.DateTime),
)


def grant(home: Path, new: Granted) -> Granted:
    """Add a grant; returns it with its number, whatever number it came with. It is in the access record before it is kept. Raises DecisionError for what is no grant, StoreError, NotRecorded."""
    # As sign-in names people: addresses in small letters, all else as it is.
    person = new.person.strip()
    new = replace(new, person=person.casefold() if "@" in person else person, scope_id=new.scope_id.strip())
    _must_be_whole(new)
    with Store(home).alone() as con:
        last = con.execute(sa.select(sa.func.max(_table.c.grant_id))).scalar() or 0
        new = replace(new, grant_id=last + 1)
        said = {"person": new.person, "role": str(new.grant), "named_reader": new.is_named, "from": str(new.valid_from), "to": str(new.valid_to)}
        enter(home, new.granted_at.astimezone(), new.granted_by, {"grant": said})
        con.execute(sa.insert(_table), [asdict(new)])
    return new


def all_grants(home: Path) -> list[Granted]:
    """Every grant ever made, the oldest first; none where there is no store yet. Raises StoreError."""
    if not has_store(home):
        return []
    with reading(home) as con:
        rows = con.execute(sa.select(*(_table.c[name] for name in _COLUMNS)).order_by(_table.c.grant_id)).mappings()
        return [Granted(**row) for row in rows]


def in_force(granted: Iterable[Granted], day: date) -> list[Granted]:
    """Those that count on `day`."""
    newest = {one.what: one for one in sorted(granted, key=lambda one: one.grant_id)}
    return [one for one in newest.values() if one.valid_from <= day <= one.valid_to]


def of(home: Path, person: str, day: date) -> tuple[Grant, ...]:
    """What is granted to a person on `day`. Raises StoreError."""
    mine = [one for one in in_force(all_grants(home), day) if one.person == person]
    return tuple(sorted((one.grant for one in mine), key=str))


def _must_be_whole(new: Granted) -> None:
    role = roles().get(new.role)
    if role is None:
        raise DecisionError(f"there is no role {new.role!r}: it is one of {', '.join(roles())}")
    if new.scope_kind not in SCOPES[role.scope] or (new.scope_kind == "all") != (not new.scope_id):
        raise DecisionError(f"{role.name.lower()} is granted for {' or '.join(f'one {kind}' if kind != 'all' else 'all' for kind in SCOPES[role.scope])}: name it")
    if not new.person or not new.granted_by:
        raise DecisionError("say who it is for, by the name under which they sign in")
    if new.person == new.granted_by:
        raise DecisionError("nobody grants anything to themselves: ask another administrator")
    if new.valid_to < new.valid_from and new.valid_to >= new.granted_at.date():
        raise DecisionError("the last day lies before the first")
