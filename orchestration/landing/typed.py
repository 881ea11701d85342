"""Types the records of one delivered file in one pass of SQL, into one Parquet file.

Every record read becomes one row: the declared columns in their types, then _row_number, _key, _recorded_at, _row_version,
_row_hash, _quarantine_reason (null: good) and _findings (things emptied, 'word:COLUMN' joined by ';').
No reason or finding ever holds a value.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import COLUMN_TYPES, Column, Table
from ground.sql import literal
from orchestration.landing.records import Records, UnreadableFileError

# A change here means every file is typed again.
TYPING_VERSION = "6"

_UNREADABLE = {"integer": "unreadable_number", "number": "unreadable_number", "money": "unreadable_money",
               "rate": "unreadable_money", "date": "unreadable_date", "timestamp": "unreadable_date"}  # fmt: skip
_MALFORMED = {"noms_number": "malformed_noms_number", "crn": "malformed_crn", "pnc": "malformed_pnc",
              "cro": "malformed_cro", "flag": "unreadable_flag"}  # fmt: skip

# One macro a type; filled() trims blanks of every kind, empty is null. All return null for what they cannot read. Dates are those of
# (definition: delivery_dates), identifiers those of HMPPS person-record.
_MACROS = r"""
create macro filled(t) as case
    when starts_with(t, ' ') or ends_with(t, ' ') or contains(t, chr(9)) or contains(t, chr(10)) or contains(t, chr(13))
         or contains(t, chr(160))
        then nullif(trim(t, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '')
    else nullif(t, '')
end;
-- Of a whole record, its values joined by chr(31): whether none of them needs trimming; whether one may need marking in a key.
create macro is_plain_record(t) as not (contains(t, ' ' || chr(31)) or contains(t, chr(31) || ' ') or starts_with(t, ' ') or ends_with(t, ' ')
    or contains(t, chr(9)) or contains(t, chr(10)) or contains(t, chr(13)) or contains(t, chr(160)));
create macro holds_mark(t) as contains(t, '|') or contains(t, '\');
create macro marked(t) as replace(replace(t, '\', '\\'), '|', '\|');
create macro plain_zone(t) as case  -- the commonest is plain already, and each regexp costs
    when ends_with(t, '+00') and not ends_with(t, ' +00') and strlen(t) > 19 then t
    else regexp_replace(regexp_replace(regexp_replace(t, ' (Z|[+-])', '\1'),
        '([+-]\d{2})(\d{2})$', '\1:\2'), '([ T]\d{2}:\d{2})([Z+-])', '\1:00\2')
end;
create macro in_our_era(ts) as case when ts between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then ts end;
create macro read_timestamp(t) as case
    when regexp_full_match(t, '\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?')
        then case when not starts_with(t, '0000') then try_cast(t as timestamp) end
    when regexp_full_match(t, '\d{1,2}/\d{1,2}/\d{4}( \d{1,2}:\d{2}(:\d{2})?)?')
        then case when not contains(t, '/0000') then try_strptime(t, ['%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S']) end
    when regexp_full_match(t, '\d{8}( \d{2}:\d{2}:\d{2}(\.\d+)?)?')
        then case when not starts_with(t, '0000') then try_cast(concat(substr(t, 1, 4), '-', substr(t, 5, 2), '-', substr(t, 7)) as timestamp) end
    when regexp_full_match(t, '\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)')
        then case when not starts_with(t, '0000') then in_our_era(timezone('Europe/London', try_cast(plain_zone(t) as timestamptz))) end
end;
create macro read_date(t) as cast(case  -- 24:00 is the next day's midnight, but the day written is the day meant
    when contains(t, '24:00') and regexp_matches(t, '[ T]24:00(:00(\.0+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?$')
        then read_timestamp(regexp_replace(t, '([ T])24:00', '\100:00'))
    else read_timestamp(t)
end as date);
create macro read_time_on(t, day) as case
    when regexp_full_match(t, '\d{1,2}:\d{2}(:\d{2})?')
        then try_cast(cast(day as varchar) || ' ' || case when substr(t, 2, 1) = ':' then '0' else '' end || t as timestamp)
    else read_timestamp(t)
end;
create macro read_id(t) as case when contains(t, '.') and regexp_full_match(t, '-?\d+\.0+') then split_part(t, '.', 1) else t end;
create macro read_integer(t) as
    case when regexp_full_match(t, '[+-]?\d+(\.0*)?') then try_cast(split_part(t, '.', 1) as bigint) end;
create macro read_number(t) as
    case when regexp_full_match(t, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?') then try_cast(t as double) end;
create macro plain_amount(t) as replace(replace(t, '£', ''), ',', '');
create macro read_money(t) as
    case when regexp_full_match(t, '[+-]?£?(\d+|\d{1,3}(,\d{3})+)(\.\d{0,2}0*)?') then try_cast(plain_amount(t) as decimal(18,2)) end;
create macro read_rate(t) as
    case when regexp_full_match(t, '[+-]?£?(\d+|\d{1,3}(,\d{3})+)(\.\d{0,6}0*)?') then try_cast(plain_amount(t) as decimal(18,6)) end;
create macro read_flag(t) as case
    when upper(t) in ('Y', 'YES', '1', '1.0', 'T', 'TRUE') then 'Y'
    when upper(t) in ('N', 'NO', '0', '0.0', 'F', 'FALSE') then 'N'
end;
create macro plain_id(t) as upper(regexp_replace(t, '[^0-9A-Za-z]', '', 'g'));
create macro read_noms_number(t) as
    case when regexp_full_match(plain_id(t), '[A-Z]\d{4}[A-Z]{2}') then plain_id(t) end;
create macro read_crn(t) as case when regexp_full_match(plain_id(t), '[A-Z]\d{6}') then plain_id(t) end;
create macro slashed_id(t) as upper(regexp_replace(t, '[^0-9A-Za-z/]', '', 'g'));
create macro pnc_in_full(year, serial, letter, this_year) as
    case when length(year) = 4 then year
         when cast(year as integer) > this_year % 100 then '19' || year
         else '20' || year end || '/' || lpad(serial, 7, '0') || letter;
create macro pnc_shaped(s, this_year) as case
    when regexp_full_match(s, '(\d{4}|\d{2})/\d{1,7}[A-Z]')
        then pnc_in_full(split_part(s, '/', 1), regexp_extract(s, '/(\d+)', 1), right(s, 1), this_year)
    when regexp_full_match(s, '\d{11}[A-Z]|(19|20)\d{8}[A-Z]')
        then pnc_in_full(substr(s, 1, 4), substr(s, 5, length(s) - 5), right(s, 1), this_year)
    when regexp_full_match(s, '\d{3,9}[A-Z]')
        then pnc_in_full(substr(s, 1, 2), substr(s, 3, length(s) - 3), right(s, 1), this_year)
end;
-- The last letter is number (year and serial mod 23) of these, for PNC and CRO alike (definition: person_check_letter).
create macro check_letter(year, serial) as substr('ZABCDEFGHJKLMNPQRTUVWXY', cast(cast(year || serial as bigint) % 23 as integer) + 1, 1);
create macro with_good_letter(p) as case when right(p, 1) = check_letter(substr(p, 3, 2), substr(p, 6, 7)) then p end;
create macro read_pnc(t, this_year) as with_good_letter(pnc_shaped(slashed_id(t), this_year));
create macro cro_in_full(s) as case when right(s, 1) = check_letter(substr(s, 8, 2), left(s, 6)) then s end;
create macro read_cro(t) as case
    when regexp_full_match(slashed_id(t), '0+/00Z') then null
    when regexp_full_match(slashed_id(t), '\d{1,6}/\d{2}[A-Z]') then cro_in_full(lpad(slashed_id(t), 10, '0'))
    when regexp_full_match(slashed_id(t), 'SF\d{2}/\d{1,6}[A-Z]')  -- as it came: its serial is not filled up
        then case when right(slashed_id(t), 1) = check_letter(substr(slashed_id(t), 3, 2), regexp_extract(slashed_id(t), '/(\d+)', 1)) then slashed_id(t) end
end;
create macro is_empty_cro(t) as regexp_full_match(slashed_id(t), '0+/00Z');
"""


def connect_for_typing(scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with one macro for each type; results do not depend on the machine's time zone. It uses one core:
    several files are typed at once. What does not fit in memory goes to the folder `scratch`."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set timezone = 'UTC'; set preserve_insertion_order = true; set autoinstall_known_extensions = false")
    if scratch:
        con.execute(f"set temp_directory = {literal(scratch)}")
    con.execute(_MACROS)
    return con


class TypingDatabase:
    """One DuckDB for one file after the other: opened when a file first needs it, and anew after it was closed because of an
    error that may have spoiled it. What does not fit in memory goes to the folder `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            self._con = connect_for_typing(self._scratch)
        return self._con

    def close(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None

    def __enter__(self) -> TypingDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def type_records(con: duckdb.DuckDBPyConnection, records: Records, table: Table, delivered: str, complete_to: date, to: Path) -> None:
    """Writes the typed rows of `records` to the Parquet file `to`. A required column that is missing is typed as empty.

    Raises UnreadableFileError for a declared column that is there twice: nobody knows which of the two is meant.
    """
    for column in table.columns:
        for name in table.names_of(column, delivered):
            if records.columns.count(name) > 1:
                raise UnreadableFileError(f"column {name} is there twice; send it once")
    relation = records.relation(_names(table, delivered))
    if not records.is_numbered:
        relation = f"select row_number() over () as _row_number, * from ({relation}) as delivered_file"
    query = typing_query(table, delivered, _delivered_values(con, records, table, delivered), complete_to, relation)
    # Quick to write and to read; smaller files would cost more of both, and these never leave the home. A dictionary is given up
    # early (it pays for codes, not for keys), and nobody looks for one value, which is what a Bloom filter is for.
    form = "format parquet, parquet_version v2, compression lz4_raw, dictionary_size_limit 4000, write_bloom_filter false"
    con.execute(f"copy ({query}) to {literal(to)} ({form})")


def missing_columns(records: Records, table: Table, delivered: str) -> list[str]:
    """Required columns that are not in the file, under their declared names."""
    return [c.label for c in table.columns if c.is_required and not set(table.names_of(c, delivered)) & set(records.columns)]


def typing_query(table: Table, delivered: str, values: dict[str, str], complete_to: date, relation: str) -> str:
    """The select that types a relation. `values`: SQL for each delivered column as text; the others are empty."""
    raw = [f"{values.get(c.name, 'cast(null as varchar)')} as r{i}" for i, c in enumerate(table.columns)]
    record = ", chr(31), ".join(f"r{i}" for i in range(len(table.columns)))
    given = [f"case when is_plain then nullif(r{i}, '') else filled(r{i}) end as g{i}" for i in range(len(table.columns))]
    at = {c.name: i for i, c in enumerate(table.columns)}
    typed = [f"{_typed(table, c, at, complete_to.year)} as t{i}" for i, c in enumerate(table.columns)]
    lists = [f"{literal(table.list_name(delivered))} as list"] if table.is_reference_list else []
    columns = lists + [f'cast(t{i} as {COLUMN_TYPES[c.type]}) as "{c.name}"' for i, c in enumerate(table.columns)]
    row_version = f"t{at['row_version']}" if "row_version" in at else "cast(null as bigint)"
    recorded = [f"cast(t{at[n]} as timestamp)" for n in table.recorded]
    return f"""
with delivered as ({relation}),
raw as (select _row_number, {", ".join(raw)} from delivered),
whole as (select *, concat({record}) as record from raw),
looked_at as (select *, is_plain_record(record) as is_plain, holds_mark(record) as is_marked from whole),
given as (select *, {", ".join(given)} from looked_at),
typed as (select *, {", ".join(typed)} from given)
select {", ".join(columns)},
    cast(_row_number as bigint) as _row_number,
    {_key(table, delivered, at)} as _key,
    {f"greatest({', '.join(recorded)})" if len(recorded) > 1 else (recorded or ["cast(null as timestamp)"])[0]} as _recorded_at,
    cast({row_version} as bigint) as _row_version,
    md5(record) as _row_hash,
    {_reason(table, at, complete_to)} as _quarantine_reason,
    {_findings(table, at)} as _findings
from typed"""


def _typed(table: Table, column: Column, at: dict[str, int], this_year: int) -> str:
    given = f"g{at[column.name]}"
    codes = dict(table.closed_codes + table.listed_codes).get(column.name)
    if codes:
        whens = " ".join(f"when {literal(v.lower())} then {literal(v)}" for v in codes)
        return f"case lower({given}) {whens} end"
    match column.type:
        case "code":
            return given
        case "text":
            return f"case when {given} is not null then r{at[column.name]} end"
        case "identifier":
            kind = _kind(table, at)
            return (
                f"case when {kind} = 'PNC' then read_pnc({given}, {this_year}) when {kind} = 'CRO' then read_cro({given}) "
                f"when {kind} in ('NOMS', 'MERGED') then read_noms_number({given}) else {given} end"
            )
        case "pnc":
            return f"read_pnc({given}, {this_year})"
        case "date":
            return f"read_date({given})"
        case "timestamp" if column.name in dict(table.time_of):
            return f"read_time_on({given}, read_date(g{at[dict(table.time_of)[column.name]]}))"
        case other:
            return f"read_{other}({given})"


def _kind(table: Table, at: dict[str, int]) -> str:
    """Which kind of number an identifier is: what stands in the column that is declared to say so."""
    assert table.identifier_type is not None, table.landing_name
    return f"upper(g{at[table.identifier_type]})"


def _key(table: Table, delivered: str, at: dict[str, int]) -> str:
    def value(n: str) -> str:
        if n == "list":
            return literal(table.list_name(delivered))
        is_text = table.columns[at[n]].type == "text"  # blanks around it make no other key
        return f"coalesce({'' if is_text else f'cast(t{at[n]} as varchar), '}g{at[n]}, '')"

    if not table.key:  # the whole record, as typed: a date written another way makes no other record
        return f"md5(concat_ws(chr(31), {', '.join(map(value, at))}))"
    parts = [value(n) for n in table.key]
    if len(parts) > 1:  # so that 'a|b','c' and 'a','b|c' stay two keys
        # A list's name is of the file, not of the record that is_marked looks at.
        parts = [f"case when {n == 'list'} or is_marked then marked({p}) else {p} end" for n, p in zip(table.key, parts, strict=True)]
    return " || '|' || ".join(parts)


def _reason(table: Table, at: dict[str, int], complete_to: date) -> str:
    """The first reason that applies: key, then values, then order, then the future (definition: delivery_quarantine, delivery_events)."""
    label = {c.name: c.label for c in table.columns}
    needed = [n for n in table.key if n != "list" and n not in table.may_be_empty]
    cases = [(f"g{at[n]} is null", f"missing_key:{label[n]}") for n in needed]
    if table.key and not needed:
        none_filled = f"coalesce({', '.join(f'g{at[n]}' for n in table.key)}) is null"
        cases.append((none_filled, f"missing_key:{','.join(label[n] for n in table.key)}"))
    cases += [
        (f"g{at[n]} is not null and t{at[n]} is null", f"{_MALFORMED[c.type]}:{c.label}")
        for n, c in ((c.name, c) for c in table.columns)
        if n in table.key and c.type in _MALFORMED
    ]
    for c in table.columns:
        if c.type in _UNREADABLE:
            unreadable = f"g{at[c.name]} is not null and t{at[c.name]} is null"
            if day := dict(table.time_of).get(c.name):  # a bare time without its day is incomplete, not unreadable
                unreadable += f" and not (regexp_full_match(g{at[c.name]}, '\\d{{1,2}}:\\d{{2}}(:\\d{{2}})?') and g{at[day]} is null)"
            cases.append((unreadable, f"{_UNREADABLE[c.type]}:{c.label}"))
    cases += [(f"g{at[n]} is not null and t{at[n]} is null", f"code_not_in_list:{label[n]}") for n, _ in table.closed_codes]
    cases += [(f"t{at[b]} < t{at[a]}", f"end_before_start:{label[a]},{label[b]}") for a, b in table.ordered]
    cases += [(f"cast(t{at[n]} as date) > date '{complete_to}'", f"after_complete_to:{label[n]}") for n in table.events]
    if not cases:
        return "cast(null as varchar)"
    whens = " ".join(f"when {when} then {literal(then)}" for when, then in cases)
    return f"case {whens} end"


def _findings(table: Table, at: dict[str, int]) -> str:
    cases = []
    for c in table.columns:
        if c.name in table.key:
            continue
        emptied = f"g{at[c.name]} is not null and t{at[c.name]} is null"
        if c.name in dict(table.listed_codes):
            cases.append((emptied, f"'code_not_in_list:{c.label}'"))
        elif c.type == "cro":
            cases.append((f"{emptied} and not is_empty_cro(g{at[c.name]})", f"'malformed_cro:{c.label}'"))
        elif c.type in _MALFORMED:
            cases.append((emptied, f"'{_MALFORMED[c.type]}:{c.label}'"))
        elif c.type == "identifier":
            kind = _kind(table, at)
            word = f"case {kind} when 'PNC' then 'malformed_pnc' when 'CRO' then 'malformed_cro' else 'malformed_noms_number' end"
            not_zero = f"not ({kind} = 'CRO' and is_empty_cro(g{at[c.name]}))"
            cases.append((f"{emptied} and {not_zero}", f"{word} || ':{c.label}'"))
    if not cases:
        return "cast(null as varchar)"
    return f"nullif(concat_ws(';', {', '.join(f'case when {when} then {then} end' for when, then in cases)}), '')"


def _delivered_values(con: duckdb.DuckDBPyConnection, records: Records, table: Table, delivered: str) -> dict[str, str]:
    types = {}
    if records.is_parquet:
        types = {row[0]: row[1] for row in con.execute(f"describe {records.relation(_names(table, delivered))}").fetchall()}
    values = {}
    for column in table.columns:
        for name in table.names_of(column, delivered):
            if name in records.columns:
                at = f"c{records.columns.index(name)}"
                values[column.name] = _as_text(at, types[at], column.type) if records.is_parquet else at
                break
    return values


def _names(table: Table, delivered: str) -> frozenset[str]:
    """Every name a declared column may have in the file, upper case."""
    return frozenset(name for column in table.columns for name in table.names_of(column, delivered))


def _as_text(at: str, parquet_type: str, column_type: str) -> str:
    """A typed Parquet value as the text a CSV would hold; zoned times become local time in London."""
    if parquet_type == "VARCHAR":
        return at
    if parquet_type == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('Europe/London', {at}) as varchar)"
    if parquet_type in ("DOUBLE", "FLOAT"):
        # Whole numbers lose their '.0'; binary noise far below a penny is not a third decimal.
        text = f"cast(round({at}, 6) as varchar)" if column_type in ("money", "rate") else f"cast({at} as varchar)"
        return (
            f"case when isnan({at}) or isinf({at}) then null when {at} = trunc({at}) and abs({at}) < 9e15 "
            f"then cast(cast({at} as bigint) as varchar) else {text} end"
        )
    return f"cast({at} as varchar)"


def type_keys(con: duckdb.DuckDBPyConnection, table: Table, delivered: str, keys: list[Any], this_year: int) -> list[str | None]:
    """Deleted keys, given as text, in the form `_key` has; null for one that does not fit the table's key. Where the whole record
    is the key, all its declared columns are given, in their order."""
    at = {c.name: i for i, c in enumerate(table.columns)}
    names = [n for n in table.key if n != "list"] or list(at)
    shaped = [key if isinstance(key, list) else [key] for key in keys]
    needed = [i for i, n in enumerate(names) if table.key and n not in table.may_be_empty]

    def fits(key: list[Any]) -> bool:
        texts = [_key_text(part) for part in key]
        return len(key) == len(names) and None not in texts and all(texts[i] for i in needed) and any(texts)

    given = [
        {"n": i} | {f"r{at[n]}": _key_text(part) for n, part in zip(names, key, strict=True)} for i, key in enumerate(shaped) if fits(key)
    ]
    if not given:
        return [None] * len(shaped)
    con.register("deleted", pa.Table.from_pylist(given))
    filled = ", ".join(f"filled(r{at[n]}) as g{at[n]}" for n in names)
    typed = ", ".join(f"{_typed(table, table.columns[at[n]], at, this_year)} as t{at[n]}" for n in names)
    query = f"""
        with given as (select *, true as is_marked, {filled} from deleted), typed as (select *, {typed} from given)
        select n, {_key(table, delivered, at)} from typed"""
    found = dict(con.execute(query).fetchall())
    con.unregister("deleted")
    return [found.get(i) for i in range(len(shaped))]


def _key_text(part: Any) -> str | None:
    """One part of a deleted key as text; None for what can be no part of a key."""
    if part is None:
        return ""
    return str(part).strip() if isinstance(part, (str, int, float)) and not isinstance(part, bool) else None
