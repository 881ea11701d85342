"""The rows of an extract as they are printed, the same whatever format they are written in (definition: extract_rows).

They stand in `printed` of a connection in the order of their key, which DuckDB keeps when it reads them: a table, or for one file a view, which costs
less than to lay the rows down first. `canonical` is the CSV of it, and content_sha256 the hash of that without the marks [r], which a later edition
would set otherwise.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from edition import embargo
from edition.access import Use
from edition.embargo import MONTHS, Series
from edition.extract.selection import CHANGES, DICTIONARY, MONEY, MONEY_RESULT, NATION, Offered, Selection, standing, tables
from edition.folder import PROTECTED, RESTRICTED, REVISION, Edition, EditionError, edition, revisions
from edition.reading import opened
from edition.rights import RESULT
from ground.sql import literal

TEXT, DAY, COUNT, NUMBER, MONEYS = "text", "day", "count", "number", "pounds"
SQL_TYPE = {TEXT: "varchar", DAY: "date", COUNT: "bigint", NUMBER: "decimal(18, 6)", MONEYS: "decimal(18, 2)"}
_BEFORE = "before"
_AT_ONCE = 1 << 24


@dataclass(frozen=True)
class Column:
    """A column of a table: `kind` is one of text, day, count, number (6 decimals) and pounds; `is_share`: a number from 0 to 1 wherever the
    measure is a share; `is_required`: never empty; `note`: the number of the note that goes with it, 0 for none."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    is_required: bool = False
    is_share: bool = False
    note: int = 0


KEY = ("measure_id", "period_grain", "period_start", "geography_kind", "geography_id", "characteristic", "characteristic_value")
RESULTS = (
    Column("measure_id", TEXT, "Id of the measure", is_required=True),
    Column("measure", TEXT, "What the measure is called", is_required=True),
    Column("period_grain", TEXT, "Length of the period: month, quarter, year (April to March), or 3 or 12 rolling months", is_required=True),
    Column("period_start", DAY, "First day of the period", is_required=True),
    Column("period_end", DAY, "Last day of the period", is_required=True),
    Column("geography_kind", TEXT, "Kind of place", is_required=True),
    Column("geography_id", TEXT, "Code of the place", is_required=True),
    Column("geography", TEXT, "Name of the place, its code where it has none", is_required=True),
    Column("characteristic", TEXT, "What the releases are split by; all where they are not", is_required=True),
    Column("characteristic_value", TEXT, "Which of these", is_required=True),
    Column("numerator", COUNT, "Releases that count for the measure", "releases", note=1),
    Column("denominator", COUNT, "Releases in scope whose outcome is known and mature", "releases", note=1),
    Column("value", NUMBER, "Numerator by denominator; for a median, days", "share or days", is_share=True, note=2),
    Column("lower", NUMBER, "Lower 95% limit", "share", is_share=True, note=2),
    Column("upper", NUMBER, "Upper 95% limit", "share", is_share=True, note=2),
    Column("interval_method", TEXT, "How the limits are worked out"),
    Column("value_all_in", NUMBER, "Numerator by denominator and unknown", "share", is_share=True, note=2),
    Column("unknown", COUNT, "Releases in scope whose outcome is not known", "releases", note=1),
    Column("not_yet_due", COUNT, "Releases whose outcome is not due yet", "releases", note=1),
    Column("out_of_scope", COUNT, "Releases the measure does not apply to", "releases", note=1),
    Column("stale", COUNT, "Releases of the denominator that count by old evidence", "releases", note=1),
    Column("value_if_unknown_all_good", NUMBER, "The value if every unknown outcome were good", "share", is_share=True, note=2),
    Column("value_if_unknown_all_bad", NUMBER, "The value if every unknown outcome were bad", "share", is_share=True, note=2),
    Column("status", TEXT, "provisional or final"),
    Column("vintage", DAY, "Day up to which everything is known that the figure rests on"),
    Column("marks", TEXT, "Marks that go with the row", note=3),
)
MONEY_KEY = ("provider", "domain", "period_start")
MONEYS_COLUMNS = (
    Column("provider", TEXT, "Code of the provider", is_required=True),
    Column("provider_name", TEXT, "Name of the provider, its code where it has none", is_required=True),
    Column("domain", TEXT, "What was to be achieved", is_required=True),
    Column("period_start", DAY, "First day of the quarter", is_required=True),
    *(Column(name, COUNT, meaning, "people" if name != "claims" else "claims", note=1) for name, meaning in (
        ("people_claimed", "People with a claim"), ("claims", "Claims"))),
    Column("amount_claimed", MONEYS, "Pounds claimed", "pounds", note=1),
    Column("people_paid", COUNT, "People with a paid claim", "people", note=1),
    Column("amount_paid", MONEYS, "Pounds paid", "pounds", note=1),
    *(Column(name, COUNT, meaning, "people", note=1) for name, meaning in (
        ("achieved", "People claimed for whose outcome was achieved"), ("not_achieved", "People claimed for whose outcome was not achieved"),
        ("unknown", "People claimed for whose outcome is not known"), ("not_yet_due", "People claimed for whose outcome is not due yet"),
        ("out_of_scope", "People claimed for to whom the outcome does not apply"))),
    Column("marks", TEXT, "Marks that go with the row", note=3),
)  # fmt: skip
DICTIONARY_COLUMNS = (
    Column("name", TEXT, "Table and column, or id of the measure", is_required=True),
    Column("type", TEXT, "text, day, count, number, pounds or measure", is_required=True),
    Column("unit", TEXT, "What is counted or measured"),
    Column("meaning", TEXT, "What it means", is_required=True),
    Column("source", TEXT, "Where the meaning comes from", is_required=True),
    Column("verified", TEXT, "yes where it was read in a public source or settled by a decision", is_required=True),
)
CHANGES_COLUMNS = (
    Column("key", TEXT, f"The figure: {', '.join(KEY)}, joined by |", is_required=True),
    Column("column", TEXT, "Column that is printed otherwise; `row` where all of it came or went", is_required=True),
    Column("before", TEXT, "What the edition before printed", note=3),
    Column("after", TEXT, "What this edition prints", note=3),
    Column("status_before", TEXT, "provisional or final, in the edition before"),
    Column("status", TEXT, "provisional or final, in this edition"),
    Column("change", TEXT, "added, matured, revised, corrected or withdrawn", is_required=True),
    Column("cause", TEXT, "Main cause by the register of revisions; not_listed where it does not list the figure", is_required=True),
    Column("announced", TEXT, "yes where a share moved by over a point, or a count by over 5% and over 5", is_required=True),
)
PRINTED = tuple(one.name for one in RESULTS if one.kind in (COUNT, NUMBER))
CAUSE_OF = {"matured": "matured", "late": "revised", "corrected": "corrected", "rule": "corrected", "linkage": "corrected"}


def columns(selection: Selection) -> tuple[Column, ...]:
    """The columns of an extract, in their order."""
    return {MONEY: MONEYS_COLUMNS, DICTIONARY: DICTIONARY_COLUMNS, CHANGES: CHANGES_COLUMNS}.get(selection.table, RESULTS)


def key(selection: Selection) -> tuple[str, ...]:
    """The columns that name a row."""
    return {MONEY: MONEY_KEY, DICTIONARY: ("name",), CHANGES: ("key", "column")}.get(selection.table, KEY)


@dataclass(frozen=True)
class Printed:
    """The rows of an extract in the table `printed` of `con`: how many were expected by a count of their own, and how many of what was asked
    for are left out because they are embargoed."""

    con: duckdb.DuckDBPyConnection
    selection: Selection
    expected: int
    embargoed: int

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns(self.selection)

    def shown(self) -> str:
        """The columns as SQL, numbers as floats: their shortest decimal is the number."""
        return ", ".join(f'cast("{one.name}" as double) as "{one.name}"' if one.kind in (NUMBER, MONEYS) else f'"{one.name}"' for one in self.columns)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows with their Python types."""
        found = self.con.execute(f"select {self.shown()} from printed")
        while some := found.fetchmany(10_000):
            yield from some

    def one(self, sql: str) -> Any:
        """The one value of a query."""
        (value,) = self.con.execute(sql).fetchone() or (None,)
        return value

    def has(self, table: str) -> bool:
        """Whether the edition has a protected table that is looked up."""
        return bool(self.con.execute("select 1 from duckdb_views() where view_name = ?", [table]).fetchall())


def edition_before(of: Edition) -> Edition | None:
    """The edition that the register of revisions compared this one with, as far as it is kept."""
    earlier = next((before for before, after in revisions(of.home) if after == of.edition_id), None)
    try:
        return edition(of.home, earlier) if earlier else None
    except EditionError:
        return None


@contextmanager
def printed(
    of: Edition, selection: Selection, left_out: Sequence[Series], has: Offered, why: Use, writes: Path, most: int = 0, is_once: bool = False
) -> Iterator[Printed]:
    """The rows of an extract, without those of the series `left_out`. `why` is the use under which the product looks up why figures changed;
    `writes` is the folder that may be written in; `most`: the first so many only, to look at; `is_once`: they are all read once or twice, and few
    columns of them more often. Raises TableMissing, QuestionError and NotRecorded."""
    before = edition_before(of)
    dims = [one for one in ("dim_region", "dim_provider", "dim_prison", "dim_policy_break", "dim_publication", embargo.SERIES) if of.has(one, PROTECTED)]
    wanted = [RESULT, "dim_measure", "dim_shorthand", "dim_characteristic", "dim_threshold", *dims]
    # Only the word for why a figure changed comes from the exact side.
    use = why if selection.table == CHANGES and of.files(REVISION, RESTRICTED) else None
    if selection.table == MONEY:
        wanted.append(MONEY_RESULT)
    beside = {_BEFORE: (before, [RESULT])} if before and before.has(RESULT, PROTECTED) else {}
    with opened(of, None, wanted, embargoed=(), beside=beside, writes=writes) as con:
        _views(con, dims)
        held = embargo.condition(left_out)
        if selection.table == MONEY:
            expected, hidden = _money(con), 0
        elif selection.table == DICTIONARY:
            expected, hidden = _dictionary(con), 0
        elif selection.table == CHANGES:
            expected, hidden = _changes(con, of, has, bool(before), _causes(of, use), held), 0
        else:
            asked = selection.condition()
            condition = f"({asked})" + (f" and not {held}" if held else "")
            expected = con.execute(f"select count(*) from {RESULT} where {condition}").fetchall()[0][0]
            hidden = con.execute(f"select count(*) from {RESULT} where ({asked}) and {held}").fetchall()[0][0] if held else 0
            # The first are looked for before they are put into print: each has its measure.
            source = f"select * from {RESULT} where {condition}" + (f" order by {', '.join(KEY)} limit {most}" if most else "")
            con.execute(f"create temp {'view' if is_once else 'table'} printed as {_results(con, source, bool(beside))} order by {', '.join(KEY)}")
        yield Printed(con, selection, expected, hidden)


def canonical(rows: Printed, path: Path) -> tuple[str, int]:
    """Writes the rows as CSV to `path`; returns content_sha256 and how many rows were written."""
    names = ", ".join(f'"{one.name}"' for one in rows.columns)
    ((written,),) = rows.con.execute(f"copy (select {names} from printed) to {literal(path)} (format csv, header)").fetchall()
    made = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(_AT_ONCE):
            # Up to the end of a line.
            some += file.readline()
            made.update(_without_revised(some) if b"[r]" in some and rows.columns[-1].name == "marks" else some)
    return made.hexdigest(), written


def _without_revised(lines: bytes) -> bytes:
    """Lines of a CSV without the mark [r] in their last cell, which is marks and no other text."""
    lines = re.sub(rb" \[r\](?=(?: \[[a-z]\])*\n)", b"", lines)
    return re.sub(rb",\[r\](?:\n| (?=(?:\[[a-z]\] )*\[[a-z]\]\n))", lambda found: b",\n" if found[0].endswith(b"\n") else b",", lines)


def _views(con: duckdb.DuckDBPyConnection, dims: list[str]) -> None:
    """What rows are joined with: the measures, the names of places, the breaks, the marks in their order."""
    con.execute("create temp view measure as select * from dim_measure qualify row_number() over (partition by measure_id order by valid_from desc nulls last) = 1")
    named = [f"select 'nation' as kind, 'EW' as id, {literal(NATION)} as name"]
    for kind, dim in (("region", "dim_region"), ("provider", "dim_provider"), ("prison", "dim_prison")):
        if dim in dims:
            named.append(f"select {literal(kind)}, {kind}, max_by(name, coalesce(cast(valid_from as varchar), '')) from {dim} where name is not null group by {kind}")
    con.execute(f"create temp table place as {' union all '.join(named)}")
    breaks = "select date, domains from dim_policy_break" if "dim_policy_break" in dims else "select null as date, '' as domains where false"
    con.execute(f"create temp table break as select cast(date as date) as day, ';' || replace(replace(coalesce(domains, 'all'), '|', ';'), ' ', '') || ';' as domains from ({breaks})")


def _period_end(start: str = "period_start", grain: str = "period_grain") -> str:
    months = " ".join(f"when {literal(one)} then {n}" for one, n in MONTHS.items())
    return f"cast(cast({start} as date) + to_months(cast(case {grain} {months} end as integer)) as date) - 1"


def number(expression: str, places: int) -> str:
    """Half up: of the shortest decimal of a float, not of its binary tail. Below half of the last place it is nought, which a text with so small
    an exponent would not become."""
    return f"cast(case when abs({expression}) < 0.5e-{places} then 0 else cast(cast({expression} as varchar) as decimal(18, {places})) end as decimal(18, {places}))"


def _results(con: duckdb.DuckDBPyConnection, source: str, has_before: bool) -> str:
    """The long table as SQL, of the results that `source` selects."""
    held = {name for name, *_ in con.execute(f"describe {RESULT}").fetchall()}
    own = "marks" if "marks" in held else "suppression" if "suppression" in held else "''"
    revised = "false"
    join = ""
    if has_before:
        old = {name for name, *_ in con.execute(f"describe {_BEFORE}.{RESULT}").fetchall()}
        differs = " or ".join(f"before.{name} is distinct from result.{name}" for name in PRINTED if name in old & held)
        revised = f"(before.measure_id is not null and ({differs}))"
        join = f"left join {_BEFORE}.{RESULT} as before on {' and '.join(f'before.{one} = result.{one}' for one in KEY)}"
    tests = {
        "[c]": f"contains(coalesce(result.{own}, ''), '[c]')" if own != "''" else "false",
        "[u]": f"contains(coalesce(result.{own}, ''), '[u]')" if own != "''" else "false",
        "[x]": "result.denominator = 0" + (f" or contains(coalesce(result.{own}, ''), '[x]')" if own != "''" else ""),
        "[p]": "result.status = 'provisional'",
        "[b]": "coalesce(broken.is_broken, false)",
        "[r]": revised,
    }
    order = [mark for (mark,) in con.execute("select shorthand from dim_shorthand order by sort_order").fetchall()]
    order = [mark for mark in order if mark in tests] + [mark for mark in tests if mark not in order]
    marks = " || ".join(f"case when {tests[mark]} then '{mark} ' else '' end" for mark in order)
    typed = {COUNT: lambda name: f"cast(result.{name} as bigint)", NUMBER: lambda name: number(f"result.{name}", 6)}
    special = {
        "measure": "measure.label", "period_start": "cast(result.period_start as date)", "period_end": _period_end("result.period_start", "result.period_grain"),
        "geography": "coalesce(place.name, result.geography_id)", "vintage": "cast(result.vintage as date)", "marks": f"nullif(rtrim({marks}), '')",
    }  # fmt: skip
    listed = ", ".join(f"{special.get(one.name) or typed.get(one.kind, lambda name: f'cast(result.{name} as varchar)')(one.name)} as {one.name}" for one in RESULTS)
    return f"""with broken as (
            select span.measure_id, span.period_grain, span.period_start, true as is_broken
            from (select distinct measure_id, period_grain, period_start from ({source})) as span
            inner join measure using (measure_id)
            where exists (select 1 from break where (contains(domains, ';' || domain || ';') or contains(domains, ';all;'))
                and day between cast(period_start as date) and {_period_end()})
        )
        select {listed}
        from ({source}) as result
        inner join measure on measure.measure_id = result.measure_id
        left join place on place.kind = result.geography_kind and place.id = result.geography_id
        left join broken on broken.measure_id = result.measure_id and broken.period_grain = result.period_grain and broken.period_start = result.period_start
        {join}"""


def _money(con: duckdb.DuckDBPyConnection) -> int:
    held = {name for name, *_ in con.execute(f"describe {MONEY_RESULT}").fetchall()}
    listed = []
    for one in MONEYS_COLUMNS:
        if one.name == "provider_name":
            listed.append("coalesce(place.name, money.provider) as provider_name")
        elif one.name == "marks":
            listed.append("nullif(trim(cast(money.marks as varchar)), '') as marks" if "marks" in held else "null as marks")
        else:
            listed.append(f"cast(money.{one.name} as {SQL_TYPE[one.kind]}) as {one.name}")
    con.execute(f"""create temp table printed as select {', '.join(listed)} from {MONEY_RESULT} as money
        left join place on place.kind = 'provider' and place.id = money.provider order by {', '.join(MONEY_KEY)}""")  # fmt: skip
    return con.execute(f"select count(*) from {MONEY_RESULT}").fetchall()[0][0]


def _dictionary(con: duckdb.DuckDBPyConnection) -> int:
    rows = []
    for name in tables():
        for one in columns(Selection(table=name)):
            rows.append((f"{name}.{one.name}", one.kind, one.unit or None, one.meaning, "edition/extract/printed.py", "yes"))
    found = con.execute("select measure_id, unit, definition, source, verified from measure").fetchall()
    rows += [(one, "measure", unit, definition or "", source or "", "yes" if verified else "no") for one, unit, definition, source, verified in found]
    con.execute("create temp table written (name varchar, type varchar, unit varchar, meaning varchar, source varchar, verified varchar)")
    con.executemany("insert into written values (?, ?, ?, ?, ?, ?)", rows)
    con.execute("create temp table printed as select * from written order by name")
    return len(rows)


def thresholds(con: duckdb.DuckDBPyConnection, of: Edition) -> dict[str, float]:
    """The numbers that are in force on the as-of day of an edition."""
    return dict(
        con.execute(
            "select threshold, value from dim_threshold where cast(valid_from as varchar) <= ? and (valid_to is null or cast(valid_to as varchar) >= ?)",
            [of.as_of, of.as_of],
        ).fetchall()
    )


def _causes(of: Edition, use: Use | None) -> list[tuple[str, ...]]:
    """Key of a figure, as text, and the main cause of its change, of this edition."""
    if use is None:
        return []
    with opened(of, use, [REVISION]) as con:
        return con.execute(
            """select concat_ws('|', measure_id, period_grain, cast(cast(period_start as date) as varchar), geography_kind, geography_id, 'all', 'all'), main_cause
            from revision"""
        ).fetchall()


def _changes(con: duckdb.DuckDBPyConnection, of: Edition, has: Offered, has_before: bool, causes: list[tuple[str, ...]], held: str) -> int:
    """What is printed otherwise in the standing tables than in the edition before; no row where there is none."""
    con.execute("create temp table cause (key varchar, cause varchar)")
    if causes:
        con.executemany("insert into cause values (?, ?)", causes)
    if not has_before:
        named = ", ".join(f'"{one.name}" varchar' for one in CHANGES_COLUMNS)
        con.execute(f"create temp table printed ({named})")
        return 0
    asked = " or ".join(f"({standing(name, of, has).condition()})" for name, said in tables().items() if "rows" in said)
    condition = f"({asked})" + (f" and not {held}" if held else "")
    joined = f"concat_ws('|', {', '.join('cast(cast(period_start as date) as varchar)' if one == 'period_start' else one for one in KEY)})"
    for schema, table in (("now", RESULT), ("was", f"{_BEFORE}.{RESULT}")):
        has_column = {name for name, *_ in con.execute(f"describe {table}").fetchall()}
        cells = []
        for one in RESULTS:
            if one.kind in (COUNT, NUMBER):
                cell = "null" if one.name not in has_column else f"cast({one.name} as bigint)" if one.kind == COUNT else number(one.name, 6)
                cells.append(f"coalesce(cast({cell} as varchar), '') as {one.name}")
        con.execute(f"create temp table {schema} as select {joined} as key, status, {', '.join(cells)} from {table} where {condition}")
    names = ", ".join(PRINTED)
    shares = ", ".join(literal(one.name) for one in RESULTS if one.kind == NUMBER)
    limits = thresholds(con, of)
    points, share = limits.get("revision_points", 0.01), limits.get("revision_count_share", 0.05)
    con.execute(f"""create temp table printed as
        with cell as (
            select was.key, column_name, was.cell as before, now.cell as after
            from (unpivot was on {names} into name column_name value cell) as was
            inner join (unpivot now on {names} into name column_name value cell) as now using (key, column_name)
            where was.cell <> now.cell
            union all
            select key, 'row', null, null from was anti join now using (key)
            union all
            select key, 'row', null, null from now anti join was using (key)
        )
        select cell.key, cell.column_name as "column", nullif(cell.before, '') as before, nullif(cell.after, '') as after,
            was.status as status_before, now.status as status,
            case when was.key is null then 'added' when now.key is null then 'withdrawn'
                else case cause.cause {' '.join(f"when {literal(cause)} then {literal(change)}" for cause, change in CAUSE_OF.items())}
                    else case when was.status = 'provisional' then 'matured' else 'revised' end end
            end as change,
            coalesce(cause.cause, 'not_listed') as cause,
            case when cell.before <> '' and cell.after <> '' and (case when cell.column_name in ({shares})
                    then abs(try_cast(cell.after as decimal(18, 6)) - try_cast(cell.before as decimal(18, 6))) > {points}
                    else abs(try_cast(cell.after as bigint) - try_cast(cell.before as bigint)) > greatest(5, {share} * abs(try_cast(cell.before as bigint))) end)
                then 'yes' else 'no' end as announced
        from cell left join was using (key) left join now using (key) left join cause using (key)
        order by cell.key, "column" """)
    return con.execute("select (select count(*) from printed)").fetchall()[0][0]

