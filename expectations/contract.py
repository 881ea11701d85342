"""What each source delivers, read once from tables/<source>.yml into frozen dataclasses.

A declaration names, per table: `key` (or `all`: the whole record), `columns` that must be there, `optional` ones, and

    may_be_empty  key columns that may be empty, as long as one column of the key is filled
    recorded      columns that say when the row was recorded; the latest of them counts
    parents       column -> TABLE.COLUMN of the same source
    essential     columns without which the row says nothing (the date that makes it an event, the amount of a row about money): a value
                  that cannot be read quarantines the row; any other column's is emptied and reported as a finding
    ordered       [start, end] pairs: an end before its start is emptied and reported as a finding
    evidence_span [start, end] of a span that is evidence: the row is quarantined where either cannot be read, or they are in the wrong order
    events        days that cannot lie after the delivery's complete_to (planned dates are not events)
    listed_codes  a value outside the list is emptied and reported as a finding
    time_of       clock-time column -> the date column that completes it
    identifier_type  the column that says what kind of identifier an `identifier` column holds
    instead       key column -> the column that stands for it in a row without it
    named         names a column may be delivered under, if not its own; {LIST} is the name of a reference list
    delivered_as  names the table may be delivered under, if not its own; or R_*, where one declaration covers many delivered tables
    expectations  what the landing door expects of each file, in the words of Great Expectations; every_table.yml holds what it expects
                  of the files of every table

An expectation is one of each value of a column (expect_column_values_...), and its `column` is a fact about the file, worked out from all
its rows: one of FILE_FACTS, or COLUMN.<one of COLUMN_FACTS> of a declared column. `severity` is critical (the file is refused) or warning;
`meta: {reason: ...}` is what the supplier is told, with {column}, the fact that is judged or a limit of seeds/door_limit.csv filled in. That
seed also holds the numbers: `{$PARAMETER: bad_share_max}`.

Names match without regard to case. Column types are those of COLUMN_TYPES. The declared order of the columns is the
order in which a row is hashed, and that of the files of invented deliveries.
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import json
import re
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

# Type in a declaration -> type in the warehouse.
COLUMN_TYPES = {
    "id": "VARCHAR", "code": "VARCHAR", "text": "VARCHAR", "flag": "VARCHAR", "identifier": "VARCHAR",
    "noms_number": "VARCHAR", "crn": "VARCHAR", "pnc": "VARCHAR", "cro": "VARCHAR",
    "integer": "BIGINT", "number": "DOUBLE", "money": "DECIMAL(18,2)", "rate": "DECIMAL(18,6)",
    "date": "DATE", "timestamp": "TIMESTAMP",
}  # fmt: skip
PROVIDER_PREFIX = "provider_"
# A column whose name says that it tells who a person is.
PERSONAL_COLUMN = r"(?i)(^|_)(first_name|last_name|surname|forename|birth|dob|noms|crn|pnc|cro|postcode|address)(_|$)"
# What typing counts in the rows of a file: shares are of all its records (0-1).
#   missing_columns  required columns that are not there, joined by commas; none: empty
#   loaded_share     records that can be used; empty where there is no record
#   bad_share        records that cannot be read or hold a value that cannot be; empty where there are too few to say (bad_share_rows_min)
#   volume_share     records, of the median of the earlier full deliveries; empty where it is not compared
FILE_FACTS = ("missing_columns", "loaded_share", "bad_share", "missing_key_share", "unreadable_share", "future_share", "volume_share")
# ... and in one of its columns: the share of records that have a value (0-1), and the first day (of dates and timestamps only).
COLUMN_FACTS = ("filled_share", "first_day")
_DAYS = ("date", "timestamp")
_FIELDS = {"key", "may_be_empty", "columns", "optional", "recorded", "parents", "essential", "ordered", "evidence_span", "events",
           "listed_codes", "time_of", "identifier_type", "instead", "named", "delivered_as", "expectations"}  # fmt: skip
_EXPECTATION_FIELDS = {"type", "kwargs", "severity", "meta"}
_EACH_VALUE = "expect_column_values_"


@dataclass(frozen=True)
class Column:
    """One declared column. `name` is its name in the warehouse (lower case), `label` the declared one."""

    name: str
    label: str
    type: str
    is_required: bool
    delivered_names: tuple[str, ...]  # upper case


@dataclass(frozen=True)
class Expected:
    """One expectation of the files of a table. `where` it is declared, in words. `column`: warehouse name of the column it is of, None: of
    the file as a whole. `fact`: one of FILE_FACTS or COLUMN_FACTS. `config`: as declared, in the dict form of Great Expectations."""

    where: str
    column: str | None
    fact: str
    config: dict[str, Any] = field(hash=False)

    @property
    def label(self) -> str:
        """The declared name of its column; '' where it is of the file."""
        return self.config["kwargs"]["column"].rpartition(".")[0]

    @cached_property
    def words(self) -> str:
        """What is expected of the fact, whatever the column and the table."""
        return json.dumps([self.config["type"], self.config["kwargs"] | {"column": self.fact}], sort_keys=True)


@dataclass(frozen=True)
class Table:
    """One declared table. All column names are those of the warehouse, lower case; `name` is the declared name."""

    source: str
    name: str
    key: tuple[str, ...]  # empty: the whole record is the key
    columns: tuple[Column, ...]
    delivered_as: tuple[str, ...]  # upper case
    may_be_empty: tuple[str, ...] = ()  # of the key
    recorded: tuple[str, ...] = ()
    parents: tuple[tuple[str, str, str], ...] = ()  # (column, landing table, column)
    essential: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    evidence_span: tuple[str, str] | None = None
    events: tuple[str, ...] = ()
    listed_codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    time_of: tuple[tuple[str, str], ...] = ()
    identifier_type: str | None = None
    instead: tuple[tuple[str, str], ...] = ()
    landing_name: str = field(default="")
    expectations: tuple[Expected, ...] = ()

    @property
    def is_reference_list(self) -> bool:
        return "*" in self.delivered_as[0]

    @property
    def landing_columns(self) -> tuple[tuple[str, str], ...]:
        """(name, warehouse type) of the declared columns in landing, in order."""
        lists = (("list", "VARCHAR"),) if self.is_reference_list else ()
        return lists + tuple((c.name, COLUMN_TYPES[c.type]) for c in self.columns)

    def list_name(self, delivered: str) -> str:
        """'CIRCUMSTANCE_TYPE' of a reference list delivered as R_CIRCUMSTANCE_TYPE."""
        return delivered.upper()[len(self.delivered_as[0]) - 1 :]

    @property
    def decisive(self) -> frozenset[str]:
        """The columns whose values a row cannot do without: its key, what is essential, and both ends of a span that is evidence."""
        return frozenset((*self.key, *self.essential, *(self.evidence_span or ())))

    def names_of(self, column: Column, delivered: str) -> tuple[str, ...]:
        """Upper-case names `column` may have in the table delivered as `delivered`."""
        return tuple(n.replace("{LIST}", self.list_name(delivered)) for n in column.delivered_names)

    def written_as(self, column: Column, delivered: str, given: Container[str] = ()) -> str:
        """The name of `column` in a delivery that is made for a test or an invented world: the one of `given` that it may have, else the
        declared one, or in a reference list the first it may have."""
        names = (column.label, *self.names_of(column, delivered))
        usual = names[0] if names[0].upper() == names[1] else names[1]
        return next((n for n in names if n in given), usual)

    @cached_property
    def judged_columns(self) -> tuple[tuple[str, str], ...]:
        """(name, fact) of the columns that something is expected of."""
        return tuple(dict.fromkeys((e.column, e.fact) for e in self.expectations if e.column))

    @cached_property
    def fingerprint(self) -> str:
        """Changes when anything declared changes that typing depends on, so that nothing typed under an older declaration is used again."""
        return _digest(asdict(self) | {"expectations": self.judged_columns})

    @cached_property
    def suite_fingerprint(self) -> str:
        """Changes when anything that is expected changes, so that every file is judged again."""
        return _digest([e.config for e in self.expectations])


class DeclarationError(ValueError):
    """A declaration contradicts itself: which file, table and word."""


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def landing_name(source: str, table: str) -> str:
    """Table name in schema landing: '<source>__<table>', lower case, every run of other characters one underscore."""
    return f"{source}__" + re.sub(r"[^a-z0-9]+", "_", table.lower())


def declared_source(source: str) -> str:
    """The declaration a delivered source folder falls under: every provider_<code> is 'provider'."""
    return "provider" if source.startswith(PROVIDER_PREFIX) and source != PROVIDER_PREFIX else source


def read_yaml(text: str) -> Any:
    """What a declaration holds. Raises yaml.YAMLError."""
    # In C where it is there, a second sooner.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@cache
def declared_tables() -> tuple[Table, ...]:
    """Every declared table of every source, in the order of the files."""
    folder = Path(__file__).parent
    of_every_table = read_yaml((folder / "every_table.yml").read_text(encoding="utf-8"))
    return tuple(
        _table(path.stem, name, body, of_every_table)
        for path in sorted((folder / "tables").glob("*.yml"))
        for name, body in read_yaml(path.read_text(encoding="utf-8")).items()
    )


@cache
def door_limits() -> dict[str, str]:
    """The limits of seeds/door_limit.csv by name, as text."""
    path = Path(__file__).parents[1] / "seeds" / "door_limit.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["limit"]: row["value"] for row in csv.DictReader(file)}


@cache
def find_table(source: str, delivered: str) -> Table | None:
    """The declaration for table `delivered` of source folder `source`, or None."""
    mine = [t for t in declared_tables() if t.source == declared_source(source)]
    return next((t for t in mine if any(fnmatch.fnmatchcase(delivered.upper(), name) for name in t.delivered_as)), None)


@cache
def _unread() -> dict[str, dict[str, str]]:
    return read_yaml((Path(__file__).parent / "unread.yml").read_text(encoding="utf-8"))


def find_unread(source: str, file: str) -> str | None:
    """What kind of file `file` of source folder `source` is, if it is one we know and do not read yet; else None."""
    return next((kind for kind, name in _unread().get(source, {}).items() if re.fullmatch(name, file, re.IGNORECASE)), None)


def _table(source: str, name: str, body: dict, of_every_table: Sequence[dict[str, Any]] = ()) -> Table:
    where = f"tables/{source}.yml, {name}"
    if unknown := set(body) - _FIELDS:
        raise DeclarationError(f"{where}: unknown word {sorted(unknown)}")
    typed = [(n, t, True) for n, t in body["columns"].items()] + [(n, t, False) for n, t in body.get("optional", {}).items()]
    if bad := sorted({t for _, t, _ in typed} - set(COLUMN_TYPES)):
        raise DeclarationError(f"{where}: unknown column type {bad}")
    words = [*(n for n, _, _ in typed), *(v for vs in body.get("listed_codes", {}).values() for v in vs)]
    if bad := [w for w in words if not isinstance(w, str)]:
        raise DeclarationError(f"{where}: YAML does not read {bad} as text; put it in quotes")
    named = body.get("named", {})
    columns = tuple(Column(n.lower(), n, t, needed, tuple(x.upper() for x in named.get(n, [n]))) for n, t, needed in typed)
    delivered_as = tuple(n.upper() for n in body.get("delivered_as", [name]))
    known = {c.name for c in columns} | ({"list"} if "*" in delivered_as[0] else set())

    def column(n: str) -> str:
        if n.lower() not in known:
            raise DeclarationError(f"{where}: {n} is not one of its columns")
        return n.lower()

    def parent(child: str, target: str) -> tuple[str, str, str]:
        table, parent_column = target.split(".")
        return column(child), landing_name(source, table), parent_column.lower()

    return Table(
        source=source,
        name=name,
        key=() if body["key"] == "all" else tuple(column(n) for n in body["key"]),
        columns=columns,
        delivered_as=delivered_as,
        may_be_empty=tuple(column(n) for n in body.get("may_be_empty", [])),
        recorded=tuple(column(n) for n in body.get("recorded", [])),
        parents=tuple(parent(*p) for p in body.get("parents", {}).items()),
        essential=tuple(column(n) for n in body.get("essential", [])),
        ordered=tuple((column(a), column(b)) for a, b in body.get("ordered", [])),
        evidence_span=(column(body["evidence_span"][0]), column(body["evidence_span"][1])) if "evidence_span" in body else None,
        events=tuple(column(n) for n in body.get("events", [])),
        listed_codes=tuple((column(n), tuple(values)) for n, values in body.get("listed_codes", {}).items()),
        time_of=tuple((column(a), column(b)) for a, b in body.get("time_of", {}).items()),
        identifier_type=column(body["identifier_type"]) if "identifier_type" in body else None,
        instead=tuple((column(a), column(b)) for a, b in body.get("instead", {}).items()),
        landing_name=landing_name(source, name),
        expectations=tuple(
            [_expected("every_table.yml", e, ()) for e in of_every_table]
            + [_expected(where, e, columns) for e in body.get("expectations", [])]
        ),
    )


def _expected(where: str, config: dict[str, Any], columns: tuple[Column, ...]) -> Expected:
    """One declared expectation. That its type is one of Great Expectations' own is seen when the door is loaded (landing.load_door)."""
    of = config.get("kwargs", {}).get("column")
    where = f"{where}: {config.get('type', 'an expectation')} of {of}"
    if unknown := set(config) - _EXPECTATION_FIELDS:
        raise DeclarationError(f"{where}: unknown word {sorted(unknown)}")
    if not isinstance(of, str) or not str(config.get("type")).startswith(_EACH_VALUE):
        raise DeclarationError(f"{where}: it must be a type {_EACH_VALUE}... with a column in its kwargs")
    if config.get("severity") not in ("critical", "warning"):
        raise DeclarationError(f"{where}: severity must be critical or warning")
    label, _, fact = of.rpartition(".")
    column = next((c for c in columns if c.label == label), None)
    if label and column is None:
        raise DeclarationError(f"{where}: {label} is not one of its columns")
    if fact not in (COLUMN_FACTS if column else FILE_FACTS) or (fact == "first_day" and column and column.type not in _DAYS):
        raise DeclarationError(f"{where}: {fact} is no fact that is known of it; expectations/contract.py lists them")
    reason = config.get("meta", {}).get("reason", "")
    limits = [n for v in config["kwargs"].values() if isinstance(v, dict) for n in re.findall(r"[a-z]\w*", str(v.get("$PARAMETER", "")))]
    if bad := sorted({*limits} - {*door_limits()}):
        raise DeclarationError(f"{where}: {bad} is no limit of seeds/door_limit.csv")
    if not reason:
        raise DeclarationError(f"{where}: meta must have a reason, which the supplier is told")
    if bad := sorted({*re.findall(r"{(\w+)}", reason)} - {*door_limits(), fact, *(["column"] if column else [])}):
        raise DeclarationError(f"{where}: the reason names {bad}, which is neither a limit nor the fact that is judged")
    return Expected(where, column.name if column else None, fact, config)
