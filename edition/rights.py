"""Who may see what of an edition: roles (roles.yml), what is granted to a person, and the SQL that leaves out the rest.

A grant gives a role for a scope: all, a region, a contract, or the contracts of a provider. Of a table that several grants reach a reader sees
the rows that any of them gives, and in each row the columns of those grants that give this row. Without such a grant there are protected figures
only (definition: disclosure_views). People under restriction or exclusion
(definition: access_limited) are in no list but a named reader's, and in every count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from edition.folder import PROTECTED, REGISTER, RESTRICTED, REVISION, THRESHOLD, Edition, TableMissing, current, current_id
from ground.sql import literal

SCOPES = {"all": ("all",), "region": ("region",), "contract": ("contract", "provider")}
RESULT, LIMITED = "fct_measure_result", "fct_limited_access"
_EVERYTHING = "all"

# What the rows of a restricted table are about. Each kind has its SQL below; a table that is not here is about no person and no place.
_ABOUT = {
    "fct_release": "release", "fct_release_provider": "release", "fct_release_status": "release", "fct_recall": "release",
    "fct_measure_person": "release", "fct_claim": "claim", "fct_claim_test": "claim", "fct_due_release": "due",
    "fct_contract_test": "agreement", "fct_rule_count": "count", "fct_credit": "claim", "fct_reconciliation": "account", "fct_what_if": "offer",
    "fct_evidence": "subject", "fct_finding": "subject", "fct_release_excluded": "person", "fct_person_change": "change",
    "fct_link_review": "pair", LIMITED: "person",
    RESULT: "place", "fct_payment_measure": "place", "fct_case_mix": "place", REVISION: "place", THRESHOLD: "place",
}  # fmt: skip
_OF_PEOPLE = {"release", "claim", "due", "subject", "person", "change", "pair", "agreement"}
# How evidence names a claim.
SUBJECT = ("subject_source", "subject_id")
# What authors wrote, and who is in a cohort, is for named readers.
_NAMED = "('author_day', 'author_year', 'cohort_person', 'action')"


class NotGranted(TableMissing):
    """The reader's roles do not reach this table. The text names those that do."""


class NoPurpose(TableMissing):
    """The table is about people, and the reader has not said what for."""


@dataclass(frozen=True)
class Role:
    """One entry of roles.yml. `tables`: columns by table, None for all of them; None for every table."""

    role: str
    name: str
    invented: str
    scope: str
    does: frozenset[str]
    tables: dict[str, tuple[str, ...] | None] | None
    sees_protected: bool


@dataclass(frozen=True)
class Grant:
    """A role for a scope; `scope_id` is the code of the region, contract or provider, '' for all. `is_named`: may read the lists of people
    under restriction or exclusion."""

    role: str
    scope_kind: str = "all"
    scope_id: str = ""
    is_named: bool = False

    def __str__(self) -> str:
        of = f" ({self.scope_kind} {self.scope_id})" if self.scope_id else ""
        return roles()[self.role].name.lower() + of


@dataclass(frozen=True)
class Reader:
    """Who asks, and what is granted to them on the day of asking."""

    person: str
    grants: tuple[Grant, ...] = ()

    def may(self, what: str) -> bool:
        """Whether any role of theirs does `what` (roles.yml, `does`)."""
        return any(what in roles()[grant.role].does for grant in self.grants)

    def may_for(self, what: str, contract_id: str, provider: str) -> bool:
        """Whether any role of theirs does `what` for a contract, or for the contracts of its provider."""
        scopes = {("all", ""), *((kind, code) for kind, code in (("contract", contract_id), ("provider", provider)) if code)}
        return any((grant.scope_kind, grant.scope_id) in scopes and what in roles()[grant.role].does for grant in self.grants)

    @property
    def sees_figures(self) -> bool:
        """Whether they may see at least what is protected."""
        return any(roles()[grant.role].sees_protected for grant in self.grants)

    @property
    def regions(self) -> frozenset[str] | None:
        """The regions whose people they may read of; None for all, as for a contract, whose people live anywhere."""
        with_people = [grant for grant in self.grants if roles()[grant.role].tables != {} and roles()[grant.role].sees_protected]
        if any(grant.scope_kind != "region" for grant in with_people):
            return None
        return frozenset(grant.scope_id for grant in with_people)

    def __str__(self) -> str:
        return ", ".join(sorted({str(grant) for grant in self.grants}))


@cache
def roles() -> dict[str, Role]:
    """Every role, in the order of roles.yml."""
    declared = yaml.safe_load(Path(__file__).with_name("roles.yml").read_text(encoding="utf-8"))
    return {role: _role(role, **said) for role, said in declared.items()}


def _role(role: str, name: str, invented: str, scope: str, does: list[str], tables: Any) -> Role:
    named = tables if isinstance(tables, dict) else {}
    columns = {table: None if given == _EVERYTHING else tuple(given) for table, given in named.items()}
    return Role(role, name, invented, scope, frozenset(does), None if tables == _EVERYTHING else columns, tables != "none")


def is_of_people(table: str) -> bool:
    """Whether the rows of a restricted table are about people."""
    return _ABOUT.get(table) in _OF_PEOPLE


def the_product(account: str) -> Reader:
    """The product itself, at work for `account`: a refresh compares whole editions."""
    return Reader(account, (Grant("auditor", is_named=True),))


def reachable(edition: Edition, reader: Reader) -> list[str]:
    """The restricted tables that lie in an edition and of which the reader may see anything."""
    return [table for table in edition.tables(RESTRICTED) if granted(table, reader)]


def is_whole(reader: Reader, table: str) -> bool:
    """Whether the reader sees each row and column of a restricted table."""
    return any(_columns(grant, table) is None and grant.scope_kind == "all" and (grant.is_named or not is_of_people(table)) for grant in granted(table, reader))


def must_be_granted(table: str, reader: Reader, has_purpose: bool) -> None:
    """Raises NotGranted, NoPurpose."""
    if not granted(table, reader):
        who = [role.name.lower() for role in roles().values() if role.tables is None or table in role.tables]
        raise NotGranted(f"`{table}` is not for {reader or 'somebody without a role'}. It is for: {', '.join(who)}.")
    if is_of_people(table) and not has_purpose:
        raise NoPurpose(f"`{table}` holds rows about people: say first what they are read for.")


def select(edition: Edition, reader: Reader, table: str, columns: Iterable[str], is_counted: bool = False, embargoed: str = "") -> str:
    """The SELECT that gives a reader what is theirs of a restricted table that has `columns`.

    `is_counted`: rows are only counted, so people under restriction or exclusion are among them. `embargoed`: SQL that is so for the controlled
    figures that are not shown yet. Raises NotGranted where nothing is theirs,
    TableMissing where the edition does not say who these people are.
    """
    grants = granted(table, reader)
    # Each grant's rows are found once, and not once a column.
    columns = tuple(columns)
    gives = {grant: f'"given {number}"' for number, grant in enumerate(grants)}
    found = ", ".join(f"{_where(edition, grant, table, columns, is_counted)} as {name}" for grant, name in gives.items())
    shown = []
    for column in columns:
        givers, quoted = [gives[grant] for grant in grants if (given := _columns(grant, table)) is None or column in given], f'"{column}"'
        if len(givers) == len(grants):
            shown.append(quoted)
        elif givers:
            # Only in the rows that one of the grants with this column gives.
            shown.append(f"case when {' or '.join(givers)} then {quoted} end as {quoted}")
    own = f"from (select *, {found} from {_files(edition, table)}) as judged where {' or '.join(gives.values())}"
    if table != RESULT or not edition.has(RESULT, PROTECTED):
        return f"select {', '.join(shown)} {own}"
    # Elsewhere the protected figure stands, which has marks, if only ''.
    elsewhere = f"from (select *, {found} from {_files(edition, RESULT, PROTECTED)}) as judged where not ({' or '.join(gives.values())})"
    if embargoed:
        elsewhere += f" and not {embargoed}"
    hidden = ", ".join(gives.values())
    return f"select {', '.join(shown)}, cast(null as varchar) as marks {own} union all by name select * exclude ({hidden}) {elsewhere}"


def has_all_columns(reader: Reader, table: str) -> bool:
    """Whether any role of the reader sees a restricted table in its whole width."""
    return any(_columns(grant, table) is None for grant in granted(table, reader))


def granted(table: str, reader: Reader) -> list[Grant]:
    """The grants that reach a restricted table."""
    if table == REGISTER:
        table = REVISION
    return [grant for grant in reader.grants if (tables := roles()[grant.role].tables) is None or table in tables]


def _columns(grant: Grant, table: str) -> tuple[str, ...] | None:
    tables = roles()[grant.role].tables
    return None if tables is None else tables[REVISION if table == REGISTER else table]


def _where(edition: Edition, grant: Grant, table: str, columns: tuple[str, ...], is_counted: bool) -> str:
    """Which rows of a table a grant gives."""
    about = _ABOUT.get(table, "")
    in_scope = "true" if grant.scope_kind == "all" else _in_scope(edition, grant, table, columns, about)
    if about not in _OF_PEOPLE or grant.is_named or is_counted:
        return in_scope
    return f"({in_scope} and {_is_open(edition, table, columns, about)})"


def _in_scope(edition: Edition, grant: Grant, table: str, columns: tuple[str, ...], about: str) -> str:
    """Which rows of a table belong to the region, contract or provider of a grant."""
    scope = literal(grant.scope_id)
    if grant.scope_kind == "region":
        # With the areas that have become part of it.
        area = f"in (select {scope} union {_ids(edition, 'dim_region', 'region', f'current_region = {scope}', side=PROTECTED)})"
        mine, place = f"supervising_region {area}", f"geography_kind = 'region' and geography_id {area}"
        releases = _ids(edition, "fct_release", "release_id", mine)
        claimed, bookings = f"release_id in ({releases})", _ids(edition, "fct_due_release", "booking_id", mine)
        # A delivery unit with a release of another region is not this region's alone.
        units = _ids(edition, "fct_release", "pdu", "true", f"group by pdu having count_if({mine}) > 0 and bool_and(coalesce({mine}, true))")
        place = f"({place} or geography_kind = 'pdu' and geography_id in ({units}))"
    else:
        mine = f"{'contract_id' if grant.scope_kind == 'contract' else 'provider'} = {scope}"
        claimed, bookings = mine, _ids(edition, "fct_due_release", "booking_id", "false")
        paid = _ids(edition, "fct_claim", "release_id", f"{mine} and release_id is not null")
        releases = f"{_ids(edition, 'fct_release_provider', 'release_id', mine)} union {paid}"
        place = f"geography_kind = {literal(grant.scope_kind)} and geography_id = {scope}"
        if grant.scope_kind == "provider":
            contracts = _ids(edition, "dim_contract", "contract_id", mine, side=PROTECTED)
            place = f"({place} or geography_kind = 'contract' and geography_id in ({contracts}))"
    match table, about:
        case "fct_release_provider", _ if grant.scope_kind != "region":
            within = mine
        case _, "release":
            within = f"release_id in ({releases})"
        case "fct_claim", _:
            within = claimed
        case _, "claim":
            within = _of_claim(edition, claimed)
        case _, "due":
            within = f"booking_id in ({bookings})"
        case _, "subject":
            # Where a table does not say whose the claim is, it may be another provider's of the same id.
            within = _of_subject(releases, _of_claim(edition, claimed, SUBJECT) if SUBJECT[0] in columns else "false", bookings)
        case _, "place":
            within = place
        case _, "agreement" | "count" if grant.scope_kind != "region":
            within = mine
        case _, "offer" if grant.scope_kind == "provider":
            within = mine
        case _, "account" if grant.scope_kind != "region":
            within = f"contract_id in ({_ids(edition, 'dim_contract', 'contract_id', mine, side=PROTECTED)})"
        case _:
            within = "false"
    return f"coalesce({within}, false)"


def knows_best(edition: Edition) -> list[Edition]:
    """The edition in force, where that is another: whoever has come under restriction since is in no list of an earlier edition either."""
    return [current(edition.home)] if current_id(edition.home) not in (None, edition.edition_id) else []


def _is_open(edition: Edition, table: str, columns: tuple[str, ...], about: str) -> str:
    """Rows of nobody who is under restriction or exclusion."""
    if about == "agreement":
        return f"subject_kind not in {_NAMED}"
    if not edition.has(LIMITED, RESTRICTED):
        raise TableMissing(f"`{table}` is of an edition that does not say who is under restriction or exclusion: run `gatehouse refresh` again.")
    people = _ids(edition, LIMITED, "person_id", "true")
    for known in knows_best(edition):
        people = f"{people} union {_ids(known, LIMITED, 'person_id', 'true')}"
    releases = _ids(edition, "fct_release", "release_id", f"person_id in ({people})")
    claimed = f"person_id in ({people}) or release_id in ({releases})"
    bookings = _ids(edition, "fct_due_release", "booking_id", f"person_id in ({people})")
    is_limited = {
        "release": f"release_id in ({releases})",
        # Of millions of claims none is looked for among the others.
        "claim": claimed if table == "fct_claim" else _of_claim(edition, claimed),
        "due": f"booking_id in ({bookings})",
        "subject": _of_subject(
            releases,
            _of_claim(edition, claimed, SUBJECT) if SUBJECT[0] in columns else f"subject_id in ({_ids(edition, 'fct_claim', 'claim_id', claimed)})",
            bookings,
        ),
        "person": f"person_id in ({people})",
        "change": f"person_id in ({people}) or person_id_before in ({people})",
        "pair": f"left_person_id in ({people}) or right_person_id in ({people})",
    }[about]
    return f"not coalesce({is_limited}, false)"


def _of_claim(edition: Edition, where: str, key: tuple[str, str] = ("source", "claim_id")) -> str:
    """Rows of the claims for which `where` is so, in a table that names them by `key`: two providers may use one id."""
    if not edition.has("fct_claim", RESTRICTED):
        return "false"
    return f"({', '.join(key)}) in (select (source, claim_id) from {_files(edition, 'fct_claim')} where {where})"


def _of_subject(releases: str, is_of_claim: str, bookings: str) -> str:
    """Rows of fct_evidence or fct_finding about any of these. A status is named by its release, domain and day."""
    return (
        f"coalesce(case subject_kind when 'claim' then {is_of_claim} when 'due_release' then subject_id in ({bookings}) "
        f"else split_part(subject_id, ':', 1) in ({releases}) end, false)"
    )


def _ids(edition: Edition, table: str, column: str, where: str, rest: str = "", side: str = RESTRICTED) -> str:
    """The SELECT of a column, never null, of the rows for which `where` is so; of nothing where the edition has no such table."""
    if not edition.has(table, side):
        return "select null where false"
    return f"select {column} from {_files(edition, table, side)} where {column} is not null and ({where}) {rest}"


def _files(edition: Edition, table: str, side: str = RESTRICTED) -> str:
    return f"read_parquet([{', '.join(literal(path) for path in edition.files(table, side))}])"
