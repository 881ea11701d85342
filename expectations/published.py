"""The exit door: may this edition leave?

What may leave at all is published.yml; its columns and key are those of the dbt model's own YAML, whose contract dbt enforces, so no
column is looked for again here. DuckDB counts the faults in the edition's own files, one row a table or column, and
the Great Expectations suites of edition.yml expect none. A failed critical expectation holds the edition back; a failed warning is
told and recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import compress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd

from expectations import validation
from expectations.contract import PERSONAL_COLUMN, DeclarationError, read_yaml

MODELS = Path(__file__).resolve().parents[1] / "dbt_project" / "models"
# Where people have no names any more: nothing is published from before.
LAYERS = ("marts", "measures")
# Shapes of what may not leave. A text column that holds dates is no date column: a day of birth hides there. One odd value may
# be a supplier's code that happens to look so; a column in which most values do is a leak.
SHAPES = {
    "date_of_birth": r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})$",
    "postcode": r"^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$",
}
MANY = 3  # distinct values
# Codes that others deliver and that stand in protected tables, where they are labels too: shown only if they look like a code.
CODES = ("prison", "region", "current_region", "provider", "contract_id", "area_kind", "area_code", "contract_type", "geography_id")
CODE = r"[A-Za-z0-9][A-Za-z0-9._/&-]{0,39}|\[withheld [0-9]+\]"
# What we make ourselves: keyed ids, and hashes of rows. Longer than any number that is delivered.
OPAQUE = "[0-9a-f]{24}|[0-9a-f]{32}"
# Where the numbers that stand for a person are delivered, and full names: (table, given name, family name).
IDENTIFIERS = (
    ("nomis__offenders", "offender_id_display"),
    ("nomis__offender_identifiers", "identifier"),
    ("ndelius__offender", "crn"),
    ("ndelius__offender", "noms_number"),
    ("ndelius__offender", "pnc_number"),
    ("ndelius__offender", "cro_number"),
    ("provider__person", "crn"),
    ("provider__person", "noms_no"),
    ("provider__person", "pnc"),
)
NAMES = (
    ("nomis__offenders", "first_name", "last_name"),
    ("ndelius__offender", "first_name", "surname"),
    ("provider__person", "first_name", "last_name"),
)
# Numbers of people as they are typed into other texts, upper case: a NOMS number or CRN with its letters and figures apart, a PNC number
# of either year and with zeros or without.
TYPED = r"\b([A-Z]\W?[0-9]{4}\W?[A-Z]{2}|[A-Z]\W?[0-9]{6}|(19|20)?[0-9]{2}(\W{1,3}[0-9]{1,7}|[0-9]{7})\W?[A-Z])\b"
CONTROLLED = ("numerator", "denominator", "unknown", "not_yet_due", "out_of_scope", "stale")


@dataclass(frozen=True)
class Published:
    """One table that may leave. `folder` is 'protected' or 'restricted'; `model` is schema.table in the warehouse; `key` is what no two
    rows share and the rows are in the order of; `columns` are all that leave, in their order."""

    name: str
    folder: str
    model: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    order: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    filled: bool = False

    @property
    def where(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def view(self) -> str:
        """Its name in SQL: a view over its Parquet file, schema = folder."""
        return f'"{self.folder}"."{self.name}"'


@dataclass(frozen=True)
class Verdict:
    """Expectations declared and executed, and the failures in words: those that hold the edition back, and warnings."""

    declared: int
    executed: int
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@cache
def may_leave() -> tuple[Published, ...]:
    """Every table that is published, protected ones first. Raises ValueError for one without a model, or whose model names no key."""
    declared = read_yaml(Path(__file__).with_name("published.yml").read_text(encoding="utf-8"))
    models = _models()
    return tuple(_published(models, folder, name, **body) for folder, tables in declared.items() for name, body in tables.items())


def _models() -> dict[str, tuple[str, dict[str, Any]]]:
    """Model name -> its layer, which is its schema, and what its YAML says of it. Only of the layers where the names are gone."""
    files = [path for layer in LAYERS for path in sorted((MODELS / layer).glob("*.yml"))]
    return {
        model["name"]: (path.parent.name, model)
        for path in files
        for model in read_yaml(path.read_text(encoding="utf-8")).get("models", [])
    }


def _published(
    models: Mapping[str, tuple[str, dict[str, Any]]],
    folder: str,
    name: str,
    *,
    model: str = "",
    order: Sequence[str] = (),
    references: Sequence[str] = (),
    filled: bool = False,
) -> Published:
    layer, body = models.get(model or name, ("", {}))
    if not (key := body.get("config", {}).get("meta", {}).get("key")):
        raise ValueError(
            f"{folder}/{name}: no YAML in dbt_project/models/{' or '.join(LAYERS)} gives the model {model or name} a key. "
            "Describe it there, with config: {meta: {key: [...]}}, or take it out of published.yml"
        )
    hidden = set(order) - set(key)
    columns = tuple(column["name"] for column in body["columns"] if column["name"] not in hidden)
    return Published(name, folder, f"{layer}.{body['name']}", tuple(key), columns, tuple(order), tuple(references), filled)


@cache
def expected_of_editions() -> dict[str, list[dict[str, Any]]]:
    """What edition.yml declares, by suite, in the dict form of Great Expectations."""
    return read_yaml(Path(__file__).with_name("edition.yml").read_text(encoding="utf-8"))


T = TypeVar("T")
R = TypeVar("R")


def at_once(con: duckdb.DuckDBPyConnection, things: Iterable[T], work: Callable[[duckdb.DuckDBPyConnection, T], R]) -> list[R]:
    """What `work` gives for each thing, in their order. Two at a time, since no one statement keeps all the cores busy; each with
    a cursor of its own, which sees the tables and views of `con` but not the temporary ones."""

    def one(thing: T) -> R:
        with con.cursor() as cursor:
            return work(cursor, thing)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, things))


def judge(
    con: duckdb.DuckDBPyConnection,
    previous_rows: Mapping[str, int],
    limits: Mapping[str, float],
    undecided: Mapping[str, bool],
    results: Path,
) -> Verdict:
    """Judge an edition before it leaves. What was found is written to the folder `results` (validation.keep).

    `con` has a view for each published table (Published.view), the warehouse attached, read only, as `warehouse`, and the tables of
    `name_identifiers` and, of every file as it is now, `gather_texts`. `previous_rows` are the rows of each table (by
    Published.where) of the last edition. `limits`: `rounding_base`, of which protected counts are multiples, and `volume_change_share`, the
    change in rows that is worth a warning. `undecided`: by what protected figures are made by, whether it is another than in the last
    edition without a decision.
    """
    faults = {
        "published_tables": _tables(con, previous_rows, limits["volume_change_share"]),
        "published_columns": _columns(con),
        "published_counts": _controlled(con, limits["rounding_base"]),
        "published_disclosure": pd.DataFrame({"place": f"disclosure, {what}", "undecided": int(is_so)} for what, is_so in undecided.items()),
    }
    declared, executed = 0, 0
    told: dict[str, list[str]] = {"critical": [], "warning": []}
    for suite, frame in faults.items():
        expectations = expected_of_editions()[suite]
        if unexpected := set(frame) - {validation.PLACE} - {e["kwargs"]["column"] for e in expectations}:
            raise DeclarationError(f"edition.yml, {suite}: nothing is expected of {sorted(map(str, unexpected))}")
        found = validation.run(suite, expectations, frame)
        declared += len(expectations)
        for expectation, outcome in zip(expectations, found.results, strict=True):
            if not validation.has_run(outcome):
                raise RuntimeError(f"the exit door could not look for {expectation['kwargs']['column']}")
            executed += 1
            places = sorted({str(place) for place in validation.unexpected_places(outcome)})
            told[expectation["severity"]] += [f"{place} {expectation['meta']['reason']}" for place in places]
        about = "What was found at the exit door when an edition was last judged: one value a place, the number of faults of that kind."
        validation.keep(results, found, f"{len(frame)} places", about)
    return Verdict(declared, executed, tuple(told["critical"]), tuple(told["warning"]))


def _tables(con: duckdb.DuckDBPyConnection, previous_rows: Mapping[str, int], drift: float) -> pd.DataFrame:
    """One row a published table: how many faults of each kind."""
    delivered = _count(con, "select count(*) from warehouse.landing.delivery where is_accepted")

    def row(con: duckdb.DuckDBPyConnection, table: Published) -> dict[str, str | int]:
        before = previous_rows.get(table.where)
        has_account = table.name == "fct_row_account"
        unbalanced = "rows_read is distinct from rows_loaded + rows_rejected + rows_quarantined + rows_refused" if has_account else "false"
        n, unbalanced_files = con.execute(f"select count(*), count(*) filter (where {unbalanced}) from {table.view}").fetchall()[0]
        return {
            "place": table.where,
            "duplicate_keys": _duplicate_keys(con, table.view, ", ".join(f'"{column}"' for column in table.key), n),
            "wrongly_empty": int(table.filled and delivered > 0 and n == 0),
            "unbalanced_files": unbalanced_files,
            "volume_drift": int(before is not None and abs(n - before) > drift * before),
        }

    return pd.DataFrame(at_once(con, may_leave(), row))


def _duplicate_keys(con: duckdb.DuckDBPyConnection, view: str, key: str, n: int) -> int:
    """How many keys of the `n` rows stand in more than one row. Keys that go up from each row to the next are all different;
    only where they do not is it worth counting them."""
    rising = _count(con, f"select count(*) from (select row({key}) as this, lag(this) over () as last from {view}) where this > last")
    return _count(con, f"select count(*) from (select 1 from {view} group by {key} having count(*) > 1)") if rising < n - 1 else 0


def name_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `identifier`: every number that stands for a person, as delivered, upper case (six signs or more, with a digit).

    `con` has the warehouse attached as `warehouse`.
    """
    delivered = " union ".join(f"select upper(trim({column})) as word from warehouse.landing.{table}" for table, column in IDENTIFIERS)
    con.execute(
        f"create or replace table identifier as select word from ({delivered}) where length(word) >= 6 and regexp_matches(word, '[0-9]')"
    )


def gather_texts(con: duckdb.DuckDBPyConnection, tables: Iterable[Published]) -> None:
    """Put into the table `given` (place, v) the distinct texts of each column of these tables, as their files are now. A column that
    holds nothing but our own ids and hashes is left out: none of them can be a number, a name or a date of somebody.

    Together, because to look the texts of one column up among all the numbers of people costs as much as to look up those of all.
    """
    con.execute("create table if not exists given (place varchar, v varchar)")

    def of_people(con: duckdb.DuckDBPyConnection, table: Published) -> list[tuple[str, str, str]]:
        texts = _texts(con, table)
        opaque = _opaque(con, table.view, texts.values())
        return [(place, column, table.view) for place, column in texts.items() if column not in opaque]

    def gather(con: duckdb.DuckDBPyConnection, text: tuple[str, str, str]) -> None:
        place, column, view = text
        con.execute(f'insert into given select distinct ?, trim("{column}") from {view} where "{column}" is not null', [place])

    tables = list(tables)
    con.execute("delete from given where split_part(place, '.', 1) in (select unnest(?))", [[table.where for table in tables]])
    at_once(con, [text for texts in at_once(con, tables, of_people) for text in texts], gather)


def _opaque(con: duckdb.DuckDBPyConnection, view: str, columns: Iterable[str]) -> list[str]:
    """Those of `columns` whose texts are our own ids or hashes: the first rows to the letter, all of them by their length, which no
    number, name or date keeps through a whole column."""
    left = sorted(columns)
    for is_opaque, rows in ((f"regexp_full_match(text, '{OPAQUE}')", f"(from {view} limit 1000)"), ("strlen(text) in (24, 32)", view)):
        if left:
            asked = ", ".join("bool_and({})".format(is_opaque.replace("text", f'"{column}"')) for column in left)
            left = list(compress(left, con.execute(f"select {asked} from {rows}").fetchall()[0]))
    return left


def columns_with_identifier(con: duckdb.DuckDBPyConnection) -> dict[Published, list[str]]:
    """The columns in `given` that hold somebody's number, or in a protected table a full name or in the place of a code what is none, by
    table; makes the table `personal` (v, n) of these texts, each with a number of its own. Needs `name_identifiers` and `gather_texts`.

    A text is compared whole, without blanks and signs, and word by word. There are few distinct texts and many people, so it is the texts
    that are written in each form a number is delivered in.
    """
    con.execute(
        rf"""create or replace table personal as
        with written as (
            select distinct v, unnest([upper(replace(v, '_', ' ')), regexp_replace(upper(v), '[^A-Z0-9]', '', 'g')]) as text from given
        ),
        typed as (select distinct v, unnest(regexp_extract_all(text, '{TYPED}')) as word from written),
        -- A PNC number in the form yy/nnnnnnnX; another one as it is.
        plain as (
            select
                v,
                regexp_replace(word, '[^A-Z0-9]', '', 'g') as word,
                regexp_extract(
                    regexp_replace(word, '^([0-9]{{2}}|[0-9]{{4}})([0-9]{{7}})\W?([A-Z])$', '\1/\2\3'),
                    '^(?:19|20)?([0-9]{{2}})\W+0*([0-9]+)\W?([A-Z])$', ['year', 'figures', 'letter']
                ) as pnc
            from typed
        ),
        form as (
            select v, upper(v) as word from given
            union
            select v, word from plain
            union
            select v, century || pnc.year || stroke || figures || pnc.letter
            from plain, unnest(['', '19', '20']) as c (century), unnest(['/', '']) as s (stroke),
                unnest([pnc.figures, lpad(pnc.figures, 7, '0')]) as f (figures)
            where pnc.letter <> ''
        ),
        found as (
            select v from form where word in (select word from identifier)
            union
            select unnest($names)
            union
            select v from given
            where starts_with(place, 'protected/') and split_part(place, '.', 2) in (select unnest($codes)) and not regexp_full_match(v, $code)
        )
        select v, row_number() over (order by v) as n from found""",
        {"names": _full_names(con), "codes": CODES, "code": CODE},
    )
    places = {place for (place,) in con.execute("select distinct place from given where v in (select v from personal)").fetchall()}
    found = {table: [column for place, column in _texts(con, table).items() if place in places] for table in may_leave()}
    return {table: columns for table, columns in found.items() if columns}


def _full_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The texts in protected tables that are a delivered full name, and no name or label of our own lists."""
    con.execute(
        """create or replace temp table maybe_name as
        select distinct v, regexp_replace(upper(v), '\\s*,\\s*|\\s+', ' ', 'g') as name from given where starts_with(place, 'protected/')"""
    )
    delivered = " union ".join(
        f"""select v from warehouse.landing.{table} inner join maybe_name
        on name = upper(trim({one}) || ' ' || trim({other}))"""
        for table, given, family in NAMES
        for one, other in ((given, family), (family, given))
    )
    names = {v for (v,) in con.execute(delivered).fetchall()}
    if names:
        lists = con.execute(
            """select table_name, column_name from duckdb_columns()
            where database_name = 'warehouse' and schema_name = 'seeds' and data_type = 'VARCHAR'"""
        ).fetchall()
        for table, column in lists:
            ours = con.execute(
                f'select distinct trim("{column}") from warehouse.seeds."{table}" where trim("{column}") in (select unnest(?))',
                [list(names)],
            )
            names -= {v for (v,) in ours.fetchall()}
    return sorted(names)


def _texts(con: duckdb.DuckDBPyConnection, table: Published) -> dict[str, str]:
    """The text columns of a published table by place, without the provider's own references."""
    kinds = _column_types(con, table)
    return {f"{table.where}.{column}": column for column, kind in kinds.items() if kind == "VARCHAR" and column not in table.references}


def _columns(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row a published column: whether it is named after something personal, holds somebody's number, or is full of texts
    that look personal."""
    con.execute("create or replace temp table full_name (name varchar)")
    for delivered, given, family in NAMES:
        con.execute(
            f"""insert into full_name
            select upper(trim({given}) || ' ' || trim({family})) from warehouse.landing.{delivered}
            union select upper(trim({family}) || ' ' || trim({given})) from warehouse.landing.{delivered}
            union select upper(trim({family}) || ', ' || trim({given})) from warehouse.landing.{delivered}"""
        )
    rows = {}
    for table in may_leave():
        for column, kind in _column_types(con, table).items():
            place = f"{table.where}.{column}"
            rows[place] = dict.fromkeys(("personal_column", "identifier", *SHAPES, "full_name"), 0)
            if kind in ("VARCHAR", "DATE", "TIMESTAMP"):
                rows[place]["personal_column"] = int(re.search(PERSONAL_COLUMN, column) is not None)
    for table, columns in columns_with_identifier(con).items():
        for column in columns:
            rows[f"{table.where}.{column}"]["identifier"] = 1
    matches = [*(f"regexp_matches(v, '{pattern}')" for pattern in SHAPES.values()), "upper(v) in (select name from full_name)"]
    many = ", ".join(f"cast(count(*) >= {MANY} and 2 * count(*) filter (where {m}) > count(*) as integer)" for m in matches)
    for place, *found in con.execute(f"select place, {many} from given group by place").fetchall():
        rows[place] |= dict(zip((*SHAPES, "full_name"), found, strict=True))
    return pd.DataFrame({"place": place, **row} for place, row in rows.items())


def _controlled(con: duckdb.DuckDBPyConnection, base: float) -> pd.DataFrame:
    """One row a count column of the protected results, with the values in it that are no multiple of `base`; and one for the table, with its
    rows that are not on the grid, and those with a count that can be found all the same (definition: disclosure_audit)."""
    table = '"protected"."fct_measure_result"'
    have = {row[0] for row in con.execute(f"describe {table}").fetchall()}
    none = {"not_rounded": 0, "off_the_grid": 0, "recovered": 0}
    rows = [
        {"place": f"protected/fct_measure_result.{column}", **none, "not_rounded": _count(con, f'select count(*) from {table} where "{column}" % {int(base)} <> 0')}
        for column in CONTROLLED
        if column in have
    ]
    on_the_grid = "select (characteristic, geography_kind, period_grain) from warehouse.seeds.published_grid"
    off_the_grid = f"select count(*) from {table} where (characteristic, geography_kind, period_grain) not in ({on_the_grid})"
    recovered = "select count(*) from warehouse.measures.int_measure_printed where is_recovered"
    rows.append({"place": "protected/fct_measure_result", **none, "off_the_grid": _count(con, off_the_grid), "recovered": _count(con, recovered)})
    return pd.DataFrame(rows)


def _column_types(con: duckdb.DuckDBPyConnection, table: Published) -> dict[str, str]:
    return {row[0]: row[1] for row in con.execute(f"describe {table.view}").fetchall()}


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return con.execute(sql).fetchall()[0][0]
