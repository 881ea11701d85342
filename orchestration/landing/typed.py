"""Types the records of one delivered file in one pass of SQL, into one Parquet file.

Every record read becomes one row: the declared columns in their types, then _row_number, _key, _recorded_at, _row_version,
_row_hash, _quarantine_reason (null: good) and _findings (things emptied, 'word:COLUMN' joined by ';'). A row in which nothing is filled
is no record and becomes none. No reason or finding ever holds a value.

A value that cannot be read empties its cell; the row is set aside only where it says nothing without that value, or where its key is
there again further down (definition: delivery_bad_value, delivery_key_twice).
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract import COLUMN_TYPES, Column, Table
from ground.sql import literal
from orchestration.landing.records import BLANKS, Records, UnreadableFileError

# A change here means every file is typed again.
TYPING_VERSION = "10"

# What is said of a value that is there and cannot be read, by the type of its column.
_UNREADABLE = {"integer": "unreadable_number", "number": "unreadable_number", "money": "unreadable_money", "rate": "unreadable_money",
               "date": "unreadable_date", "timestamp": "unreadable_date", "flag": "unreadable_flag", "id": "shortened_key",
               "text": "unreadable_text", "code": "unreadable_text", "noms_number": "malformed_noms_number", "crn": "malformed_crn", "pnc": "malformed_pnc", "cro": "malformed_cro"}  # fmt: skip
# The words that say that a record is not what was agreed; a number of a person that is none is common and says less.
WRONG = ("missing_key", "shortened_key", "spreadsheet_error", "unreadable_text", "unreadable_number", "unreadable_money", "unreadable_date", "code_not_in_list", "end_before_start",
         "after_complete_to", "key_twice", "malformed_key")  # fmt: skip
# The words about a cell that stands as it was read.
STANDING = ("recorded_after_complete_to", "zone_disagrees", "time_on_another_day")
NO_RECORD, REPEATED, KEY_TWICE, MALFORMED_KEY = "no_record", "repeated", "key_twice", "malformed_key"
UNREADABLE = ("shortened_key", "spreadsheet_error", "unreadable_text", "unreadable_number", "unreadable_money", "unreadable_date")
# A blank, and what a spreadsheet writes where it has no value, as regular expressions.
_BLANK = "[" + "".join(f"\\x{{{ord(blank):x}}}" for blank in BLANKS) + "]"
_SHEET_ERROR = "(?i:#(N/A|REF!|VALUE!|DIV/0!|NAME\\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|BLOCKED!|FIELD!|CONNECT!|UNKNOWN!|BUSY!|#+))"

# Stands for a value that no column can be: a list, a structure or bytes of a Parquet file (definition: delivery_bad_value).
_NO_TEXT = "'(neither text nor number)'"
# One macro a type; filled() trims blanks of every kind, empty or an error of a spreadsheet is null (definition: delivery_spreadsheet,
# delivery_references). All return null for what they cannot read. Dates are those of (definition: delivery_dates,
# delivery_month_names), identifiers those of HMPPS person-record.
_MACROS = (
    f"create macro filled(t) as nullif(regexp_replace(t, '^{_BLANK}*{_SHEET_ERROR}?{_BLANK}*$|^{_BLANK}+|{_BLANK}+$', '', 'g'), '');"
    f"create macro is_sheet_error(t) as regexp_full_match(t, '{_BLANK}*{_SHEET_ERROR}{_BLANK}*');"
    f"create macro place_of_sheet_error(t) as len(string_split(regexp_extract(chr(31) || t || chr(31), '^(.*?)\\x1f{_BLANK}*{_SHEET_ERROR}{_BLANK}*\\x1f', 0, 's'), chr(31))) - 2;"
    r"""
-- Of a whole record, its values joined by chr(31): whether each of them can be taken as it is; whether one may need marking in a key.
create macro is_plain_record(t) as not (contains(t, ' ' || chr(31)) or contains(t, chr(31) || ' ') or starts_with(t, ' ') or ends_with(t, ' ')
    or contains(t, '#') or contains(t, chr(9)) or contains(t, chr(10)) or contains(t, chr(11)) or contains(t, chr(12)) or contains(t, chr(13))
    or strlen(t) <> length(t));
create macro holds_mark(t) as contains(t, '|') or contains(t, '\');
create macro marked(t) as replace(replace(t, '\', '\\'), '|', '\|');
create macro plain_zone(t) as case  -- the commonest is plain already, and each regexp costs
    when ends_with(t, '+00') and not ends_with(t, ' +00') and strlen(t) > 19 then t
    else regexp_replace(regexp_replace(regexp_replace(t, ' (Z|[+-])', '\1'),
        '([+-]\d{2})(\d{2})$', '\1:\2'), '([ T]\d{2}:\d{2})([Z+-])', '\1:00\2')
end;
create macro in_our_era(ts) as case when ts between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then ts end;
-- A day with its month in letters (definition: delivery_month_names); of a year of two digits 50 and above are 19... Of the nine places of
-- a second that Oracle writes six are read.
create macro read_month_name(t) as try_strptime(
    replace(regexp_replace(regexp_replace(regexp_replace(t, '(\.\d{6})\d+', '\1'), '^(\d+.[A-Za-z]+.)([5-9]\d)($| )', '\1 19\2\3'), '^(\d+.[A-Za-z]+.)([0-4]\d)($| )', '\1 20\2\3'), '-', ' '),
    ['%d %b %Y', '%d %b %Y %H:%M', '%d %b %Y %H:%M:%S', '%d %b %Y %H.%M.%S.%f', '%d %b %Y %I.%M.%S.%f %p']);
create macro read_timestamp(t) as case
    when regexp_full_match(t, '\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?')
        then case when not starts_with(t, '0000') then try_cast(t as timestamp) end
    when regexp_full_match(t, '\d{1,2}/\d{1,2}/\d{4}( \d{1,2}:\d{2}(:\d{2})?)?')
        then case when not contains(t, '/0000') then try_strptime(t, ['%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S']) end
    when regexp_full_match(t, '\d{8}( \d{2}:\d{2}:\d{2}(\.\d+)?)?')
        then case when not starts_with(t, '0000') then try_cast(concat(substr(t, 1, 4), '-', substr(t, 5, 2), '-', substr(t, 7)) as timestamp) end
    when regexp_full_match(t, '\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)')
        then case when not starts_with(t, '0000') then in_our_era(timezone('Europe/London', try_cast(plain_zone(t) as timestamptz))) end
    when regexp_full_match(t, '\d{1,2}[- ][A-Za-z]{3}[- ](\d{2}|\d{4})( .+)?') then read_month_name(t)
end;
create macro written_day(d) as case when not contains(d, '0000') then cast(try_strptime(d, ['%Y-%m-%d', '%d/%m/%Y']) as date) end;
create macro read_date(t) as case  -- 24:00 is the next day's midnight, but the day written is the day meant
    when contains(t, '24:00') and regexp_full_match(t, '[\d/-]+[ T]24:00(:00(\.0+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?') then written_day(left(t, 10))
    else cast(read_timestamp(t) as date)
end;
create macro read_time(t, day) as case
    when regexp_full_match(t, '\d{1,2}:\d{2}(:\d{2})?')
        then try_cast(cast(day as varchar) || ' ' || case when substr(t, 2, 1) = ':' then '0' else '' end || t as timestamp)
    else read_timestamp(t)
end;
-- The time of day is that of the day beside it, whatever day it was written with (definition: release_movement_zone).
create macro wall_time(t) as read_timestamp(regexp_replace(t, ' ?(Z|[+-]\d{2}(:?\d{2})?)$', ''));
create macro is_another_day(ts, day) as coalesce(cast(ts as date) <> day, false);
create macro is_zone_beside(t, ts, day) as case when is_another_day(ts, day) then coalesce(cast(wall_time(t) as date) = day, false) else false end;
create macro time_on(t, ts, day) as case
    when not is_another_day(ts, day) then ts
    when is_zone_beside(t, ts, day) then wall_time(t)
    else day + cast(ts as time)
end;
-- A spreadsheet has shortened what was a long number, or Java has written it so, without a '+'.
create macro is_shortened(t) as (contains(t, '+') or contains(t, '.')) and regexp_full_match(t, '[+-]?(\d+([.,]\d+)?[eE]\+|\d+\.\d+[eE]-?)\d+');
-- Nearly every key begins with a figure.
create macro is_without_sign(t) as not (t >= '0' and t < ':') and not regexp_matches(t, '[\p{L}\p{N}]');
-- What programs write where they have no key.
create macro is_word_for_none(t) as case when t >= '0' and t < ':' or strlen(t) > 6 then false else upper(t) in ('NULL', '(NULL)', '<NULL>', 'N/A') end;
create macro read_id(t) as case
    when is_shortened(t) or is_without_sign(t) or is_word_for_none(t) then null
    when contains(t, '.') and regexp_full_match(t, '-?\d+\.0+') then split_part(t, '.', 1)
    else t
end;
-- A number 0 with more than six places, as Java writes it.
create macro is_nought(t) as regexp_full_match(t, '0E-\d+');
create macro read_integer(t) as
    case when regexp_full_match(t, '[+-]?\d+(\.0*)?') then try_cast(split_part(t, '.', 1) as bigint) when is_nought(t) then 0 end;
create macro read_number(t) as
    case when regexp_full_match(t, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?') then try_cast(t as double) end;
create macro plain_amount(t) as replace(replace(t, '£', ''), ',', '');
create macro read_money(t) as
    case when regexp_full_match(t, '[+-]?£?(\d+|\d{1,3}(,\d{3})+)(\.\d{0,2}0*)?') then try_cast(plain_amount(t) as decimal(18,2)) end;
create macro read_rate(t) as
    case when regexp_full_match(t, '[+-]?£?(\d+|\d{1,3}(,\d{3})+)(\.\d{0,6}0*)?') then try_cast(plain_amount(t) as decimal(18,6)) end;
create macro read_flag(t) as case
    when upper(t) in ('Y', 'YES', '1', 'T', 'TRUE') then 'Y'
    when upper(t) in ('N', 'NO', '0', 'F', 'FALSE') then 'N'
    when regexp_full_match(t, '1\.0+') then 'Y'
    when regexp_full_match(t, '0\.0+') or is_nought(t) then 'N'
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
-- What nearly every day, time and key looks like, for columns of which no value looked at so far is otherwise: what these read, read_date,
-- read_timestamp and read_id read alike. Anything else stops the typing of the file with the number of the column.
create macro is_usual_time(t) as strlen(t) in (10, 19) and t like '____-%' and coalesce(starts_with(cast(try_cast(t as timestamp) as varchar), t), false);
create macro usual_time(t, n) as case when t is null then null when is_usual_time(t) then cast(t as timestamp) else error('unusual ' || n) end;
create macro is_usual_id(t) as (t >= '0' and t < ':' or t >= 'A' and t < '[' or t >= 'a' and t < '{') and not contains(t, '.') and not contains(t, '+') and not is_word_for_none(t);
create macro usual_id(t, n) as case when t is null or is_usual_id(t) then t else error('unusual ' || n) end;
create macro is_empty_cro(t) as regexp_full_match(slashed_id(t), '0+/00Z');
"""
)


# Quick to write and to read; smaller files would cost more of both, and these never leave the home. A dictionary is given up early (it
# pays for codes, not for keys), and nobody looks for one value, which is what a Bloom filter is for.
_FORM = "format parquet, parquet_version v2, compression lz4_raw, dictionary_size_limit 4000, write_bloom_filter false"


# The hash of a record, over the declared columns in their order as they came, between them the sign 31.
_HASH = "md5(record)"


# How many records are looked at to tell how a column is written, and how often a file is begun anew because of a value further down.
_LOOKED_AT, _MOST_UNUSUAL = 50, 3
_USUAL_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", re.ASCII)
_USUAL = {"date": _USUAL_TIME, "timestamp": _USUAL_TIME, "id": re.compile(r"(?!(?i:null|n/a)$)[0-9A-Za-z][^.+]*")}


def connect_for_typing(scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with one macro for each type; results do not depend on the machine's time zone. It uses one core:
    several files are typed at once. What does not fit in memory goes to the folder `scratch`."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set timezone = 'UTC'; set preserve_insertion_order = true; set autoinstall_known_extensions = false")
    # It takes a third of the planning of every file, and nothing of these queries gets faster by it.
    con.execute("set disabled_optimizers = 'expression_rewriter'")
    if scratch:
        con.execute(f"set temp_directory = {literal(scratch)}")
    con.execute(_MACROS)
    return con


class TypingDatabase:
    """One DuckDB for one file after the other: opened when a file first needs it, and anew after it was closed because of an
    error that may have spoiled it. What does not fit in memory goes to the folder `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._memory: int | None = None
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            self._con = connect_for_typing(self.scratch)
            self._keep_to_limit()
        return self._con

    def limit(self, memory: int) -> None:
        """Bytes of memory for the next file."""
        self._memory = memory
        try:
            self._keep_to_limit()
        except duckdb.Error:  # it holds more than that: anew
            self.close()

    def _keep_to_limit(self) -> None:
        if self._con is not None and self._memory:
            self._con.execute(f"set memory_limit = '{self._memory}B'; set max_temp_directory_size = '{10 * self._memory}B'")

    def close(self) -> None:
        if self._con is not None:
            self._con.close()
            self._con = None


def type_records(con: duckdb.DuckDBPyConnection, records: Records, table: Table, delivered: str, complete_to: date, to: Path) -> None:
    """Writes the typed rows of `records` to the Parquet file `to`. A column that is missing is typed as empty."""
    relation = records.relation(_names(table, delivered))
    if not records.is_numbered:
        relation = f"select row_number() over () as _row_number, * from ({relation}) as delivered_file"
    values = _delivered_values(con, records, table, delivered)
    usual = _usual_at_first(records, table, values)
    for _ in range(_MOST_UNUSUAL):
        try:
            _copy(con, typing_query(table, delivered, values, complete_to, relation, records.is_plain, usual), to)
            return
        except duckdb.InvalidInputException as error:
            if not usual or not (unusual := re.fullmatch(r"Invalid Input Error: unusual (\d+)", str(error))):
                raise
            usual -= {table.columns[int(unusual[1])].name}
    _copy(con, typing_query(table, delivered, values, complete_to, relation, records.is_plain), to)


def _copy(con: duckdb.DuckDBPyConnection, query: str, to: Path) -> None:
    con.execute(f"copy ({query}) to {literal(to)} ({_FORM})")


def _usual_at_first(records: Records, table: Table, values: dict[str, str]) -> frozenset[str]:
    """The columns of days, times and keys whose values in the first records all look as nearly all do. Only these are read in the usual
    way: most of the time of most files goes into planning for what they do not hold."""
    if not records.is_plain:
        return frozenset()
    with open(records.path, encoding="utf-8-sig") as file:
        lines = [line.rstrip("\n").split(",") for line in itertools.islice(file, 1, 1 + _LOOKED_AT)]
    shapes = {c.name: _USUAL[c.type] for c in table.columns if c.type in _USUAL and c.name in values and c.name not in dict(table.time_of)}

    def is_usual(name: str) -> bool:
        place = int(values[name].removeprefix("c"))
        return all(len(line) <= place or not line[place] or shapes[name].fullmatch(line[place]) for line in lines)

    return frozenset(filter(is_usual, shapes))


@dataclass(frozen=True)
class Numbers:
    """SQL that tells, of typed rows of prison and probation, whose keys are numbers, those with a key that is none. `key`: of their own key,
    None where it need not be one. `references`: by column, of the keys of other records."""

    key: str | None
    references: dict[str, str]

    @classmethod
    def of(cls, table: Table) -> Numbers:
        if table.source not in ("nomis", "ndelius"):
            return cls(None, {})
        of_key = [c for c in table.columns if c.name in table.key and c.name not in table.may_be_empty]
        named = ", ".join(f'"{c.name}"' for c in of_key)
        is_number = of_key and not {c.type for c in of_key} - {"id", "integer"}
        references = {c.name: f"""not regexp_full_match("{c.name}", '-?[0-9]+')""" for c in table.columns if c.type == "id" and c.name not in table.key}
        return cls(f"not regexp_full_match(concat({named}), '-?[0-9]+')" if is_number else None, references)


def settle(con: duckdb.DuckDBPyConnection, table: Table, typed: Path, to: Path, odd: Numbers, is_any_repeated: bool) -> None:
    """Writes the rows of the typed file `typed` to `to`, without those in which nothing is filled.

    Of the good rows of one key the last counts: those before it are `repeated` where they say the same, else `key_twice`
    (definition: delivery_key_twice); `is_any_repeated`: whether there are such. `odd`: what tells the few keys that are no numbers among
    many that are: such a row is `malformed_key`, and such a reference is emptied."""
    labels = {c.name: c.label for c in table.columns}
    of_key = ",".join(label for n, label in labels.items() if n in table.key)
    says_the_same = "true" if not table.key else "_row_hash = last_value(_row_hash) over of_key"
    is_malformed = f"_quarantine_reason is null and coalesce({odd.key or 'false'}, false)"
    is_any_odd = " or ".join([is_malformed, *(f"coalesce({is_odd}, false)" for is_odd in odd.references.values())])
    found = "".join(f", case when {is_odd} then {literal(f'{MALFORMED_KEY}:{labels[n]}')} end" for n, is_odd in odd.references.items())
    emptied = "".join(f', case when not {is_odd} then "{n}" end as "{n}"' for n, is_odd in odd.references.items())
    # Few rows of many change, and what does not change is copied as it is.
    con.execute(
        f"""create or replace temp table changed as
            with good as (
                select _row_number, _key, _row_hash from read_parquet({literal(typed)})
                where {is_any_repeated} and _quarantine_reason is null and not ({is_malformed})
            ),
            more_than_once as (select _key from good group by _key having count(*) > 1),
            beside as (
                select
                    _row_number,
                    _row_number = last_value(_row_number) over of_key as is_last,
                    case when {says_the_same} then {literal(REPEATED)} else {literal(f"{KEY_TWICE}:{of_key}")} end as reason
                from good
                where _key in (select _key from more_than_once)
                window of_key as (partition by _key order by _row_number rows between unbounded preceding and unbounded following)
            ),
            odd as (
                select
                    * replace (
                        case when {is_malformed} then {literal(f"{MALFORMED_KEY}:{of_key}")} else _quarantine_reason end as _quarantine_reason,
                        nullif(concat_ws(';', _findings{found}), '') as _findings{emptied}
                    ),
                    {is_any_odd} as is_odd
                from read_parquet({literal(typed)})
                where _quarantine_reason is distinct from {literal(NO_RECORD)}
            )
            select odd.* exclude (is_odd) replace (coalesce(odd._quarantine_reason, beside.reason) as _quarantine_reason)
            from odd
            left join beside on beside._row_number = odd._row_number and not beside.is_last
            where odd.is_odd or beside.reason is not null"""
    )
    con.execute(
        f"""copy (
            select * from read_parquet({literal(typed)})
            where _quarantine_reason is distinct from {literal(NO_RECORD)} and _row_number not in (select _row_number from changed)
            union all
            select * from changed
            order by _row_number
        ) to {literal(to)} ({_FORM})"""
    )
    con.execute("drop table changed")


def says(column: str, words: tuple[str, ...]) -> str:
    """SQL: whether `column`, reasons and findings of a row joined by ';', has one of the words."""
    return f"coalesce(regexp_matches({column}, '(^|;)({'|'.join(words)}):'), false)"


def missing_columns(records: Records, table: Table, delivered: str) -> list[str]:
    """Required columns that are not in the file, under their declared names.

    Raises UnreadableFileError for a declared column that is there twice: nobody knows which of the two is meant.
    """
    times = Counter(records.columns)
    for column in table.columns:
        for name in table.names_of(column, delivered):
            if times[name] > 1:
                raise UnreadableFileError(f"column {name} is there twice; send it once")
    return [c.label for c in table.columns if c.is_required and not set(table.names_of(c, delivered)) & set(records.columns)]


def typing_query(
    table: Table,
    delivered: str,
    values: dict[str, str],
    complete_to: date,
    relation: str,
    is_plain: bool = False,
    usual: frozenset[str] = frozenset(),
) -> str:
    """The select that types a relation. `values`: SQL for each delivered column as text; the others are empty. `is_plain`: whether each
    record is known to be plain: what is not asked need not be planned, which for most files takes longer than to read them. `usual`: columns
    read in the usual way; a value that is otherwise raises duckdb.InvalidInputException, 'unusual' and the place of its column."""
    filled = "nullif(r{i}, '')" if is_plain else "case when is_plain then nullif(r{i}, '') else filled(r{i}) end"
    given = [f"{filled.format(i=i)} as g{i}" for i in range(len(table.columns))]
    at = {c.name: i for i, c in enumerate(table.columns)}
    times = [f"read_time(g{at[n]}, {_day(day, at, usual)}) as u{at[n]}" for n, day in table.time_of]
    read = [
        f"cast(null as {COLUMN_TYPES[c.type]}) as t{i}"
        if _NO_TEXT in values.get(c.name, "")
        else f"{_read(table, c, at, complete_to.year, usual)} as t{i}"
        for i, c in enumerate(table.columns)
    ]
    lists = [f"{literal(table.list_name(delivered))} as list"] if table.is_reference_list else []
    columns = lists + [f'cast({_kept(table, c, at, complete_to)} as {COLUMN_TYPES[c.type]}) as "{c.name}"' for c in table.columns]
    row_version = f"t{at['row_version']}" if "row_version" in at else "cast(null as bigint)"
    return f"""
with {_whole_records(table, values, relation)},
looked_at as (select *{"" if is_plain else ", is_plain_record(record) as is_plain"}, holds_mark(record) as is_marked from whole),
given as (select *, {", ".join(given)} from looked_at),
timed as (select *{"".join(f", {time}" for time in times)} from given),
typed as (select *, {", ".join(read)} from timed)
select {", ".join(columns)},
    cast(_row_number as bigint) as _row_number,
    {_key(table, delivered, at)} as _key,
    {_recorded_at(table, at, complete_to)} as _recorded_at,
    cast({row_version} as bigint) as _row_version,
    {_HASH} as _row_hash,
    {_reason(table, at, complete_to, is_plain)} as _quarantine_reason,
    {_findings(table, at, complete_to, is_plain)} as _findings
from typed"""


def _whole_records(table: Table, values: dict[str, str], relation: str) -> str:
    """SQL of the first steps: `whole`, each record with the declared columns as they came, r0, r1, ..., and all of them as one text."""
    raw = [f"{values.get(c.name, 'cast(null as varchar)')} as r{i}" for i, c in enumerate(table.columns)]
    record = ", chr(31), ".join(f"r{i}" for i in range(len(table.columns)))
    return f"""delivered as ({relation}),
raw as (select _row_number, {", ".join(raw)} from delivered),
whole as (select *, concat({record}) as record from raw)"""


def delivered_query(con: duckdb.DuckDBPyConnection, records: Records, table: Table, delivered: str, wanted: str = "true") -> str:
    """The select that gives records as they came: _row_number, _row_hash, and the declared columns as text, r0, r1, ... Only those for which
    the condition `wanted` holds."""
    relation = records.relation(_names(table, delivered))
    if not records.is_numbered:
        relation = f"select row_number() over () as _row_number, * from ({relation}) as delivered_file"
    values = _delivered_values(con, records, table, delivered)
    given = ", ".join(f"coalesce(r{i}, '')" for i in range(len(table.columns)))
    return f"""with {_whole_records(table, values, relation)}
select cast(_row_number as bigint), {_HASH}, {given} from whole where {wanted} order by _row_number"""


def _day(name: str, at: dict[str, int], usual: frozenset[str]) -> str:
    i = at[name]
    return f"cast(usual_time(g{i}, {i}) as date)" if name in usual else f"read_date(g{i})"


def _read(table: Table, column: Column, at: dict[str, int], this_year: int, usual: frozenset[str] = frozenset()) -> str:
    given = f"g{at[column.name]}"
    if codes := dict(table.listed_codes).get(column.name):
        whens = " ".join(f"when {literal(v.lower())} then {literal(v)}" for v in codes)
        return f"case lower({given}) {whens} end"
    match column.type:
        case "code" if column.name in table.key:
            return f"case when not is_shortened({given}) then {given} end"
        case "code" | "text":
            return given
        case "identifier":
            kind = _kind(table, at)
            return (
                f"case when {kind} = 'PNC' then read_pnc({given}, {this_year}) when {kind} = 'CRO' then read_cro({given}) "
                f"when {kind} in ('NOMS', 'MERGED') then read_noms_number({given}) else {given} end"
            )
        case "pnc":
            return f"read_pnc({given}, {this_year})"
        case "date":
            return _day(column.name, at, usual)
        case "timestamp" if day := dict(table.time_of).get(column.name):
            return f"time_on({given}, u{at[column.name]}, {_day(day, at, usual)})"
        case "timestamp" if column.name in usual:
            return f"usual_time({given}, {at[column.name]})"
        case "id" if column.name in usual:
            return f"usual_id({given}, {at[column.name]})"
        case other:
            return f"read_{other}({given})"


def _kind(table: Table, at: dict[str, int]) -> str:
    """Which kind of number an identifier is: what stands in the column that is declared to say so."""
    assert table.identifier_type is not None, table.landing_name
    return f"upper(g{at[table.identifier_type]})"


def _kept(table: Table, column: Column, at: dict[str, int], complete_to: date) -> str:
    """What was read of a column, without what cannot be so: a day of an event that lies ahead, an end before its start."""
    wrong = [condition for n, condition, _ in _impossible(table, at, complete_to) if n == column.name and n not in table.decisive]
    read = f"t{at[column.name]}"
    return f"case when not coalesce({' or '.join(wrong)}, false) then {read} end" if wrong else read


def _impossible(table: Table, at: dict[str, int], complete_to: date) -> list[tuple[str, str, str]]:
    """(column, SQL condition, word) of the values that were read and cannot be so (definition: delivery_events)."""
    label = {c.name: c.label for c in table.columns}
    ordered = (*table.ordered, *([table.evidence_span] if table.evidence_span else []))
    return [(b, f"t{at[b]} < t{at[a]}", f"end_before_start:{label[a]},{label[b]}") for a, b in ordered] + [
        (n, f"cast(t{at[n]} as date) > date '{complete_to}'", f"after_complete_to:{label[n]}") for n in table.events
    ]


def _recorded_at(table: Table, at: dict[str, int], complete_to: date) -> str:
    """When the row was recorded: no later than the end of the delivery's day, for the delivery held it (definition: delivery_recorded_late)."""
    recorded = [f"cast(t{at[n]} as timestamp)" for n in table.recorded]
    if not recorded:
        return "cast(null as timestamp)"
    latest = f"greatest({', '.join(recorded)})" if len(recorded) > 1 else recorded[0]
    return f"case when {latest} is not null then least({latest}, {_end_of(complete_to)}) end"


def _end_of(day: date) -> str:
    return f"timestamp '{datetime.combine(day, time.max)}'"


def _key(table: Table, delivered: str, at: dict[str, int]) -> str:
    """References are one whatever their case (definition: delivery_references)."""

    def value(n: str) -> str:
        if n == "list":
            return literal(table.list_name(delivered))
        text = f"cast(t{at[n]} as varchar)"
        if table.key and table.columns[at[n]].type in ("id", "code", "text"):
            text = f"upper({text})"
        stands_for = dict(table.instead).get(n)
        return f"coalesce({text}, {f'cast(t{at[stands_for]} as varchar), ' if stands_for else ''}'')"

    if not table.key:  # the whole record, as typed: a date written another way makes no other record
        return f"md5(concat_ws(chr(31), {', '.join(map(value, at))}))"
    parts = [value(n) for n in table.key]
    if len(parts) > 1:  # so that 'a|b','c' and 'a','b|c' stay two keys
        # A list's name is of the file, not of the record that is_marked looks at.
        parts = [f"case when {n == 'list'} or is_marked then marked({p}) else {p} end" for n, p in zip(table.key, parts, strict=True)]
    return " || '|' || ".join(parts)


def _unreadable(table: Table, column: Column, at: dict[str, int]) -> tuple[str, str] | None:
    """(SQL condition, SQL of the word with the column) where a value of `column` is there and cannot be read; None where any can be."""
    i = at[column.name]
    # A case looks no further in the many rows where all is well; `and` would.
    there = f"g{i} is not null and t{i} is null"
    if column.name in dict(table.listed_codes):
        return there, literal(f"code_not_in_list:{column.label}")
    if day := dict(table.time_of).get(column.name):  # a bare time without its day is incomplete, not unreadable
        there = f"case when {there} then not (regexp_full_match(g{i}, '\\d{{1,2}}:\\d{{2}}(:\\d{{2}})?') and g{at[day]} is null) else false end"
    if column.type == "cro":
        there = f"case when {there} then not is_empty_cro(g{i}) else false end"
    if column.type == "identifier":
        kind = _kind(table, at)
        word = f"case {kind} when 'PNC' then 'malformed_pnc' when 'CRO' then 'malformed_cro' else 'malformed_noms_number' end"
        return f"case when {there} then not ({kind} = 'CRO' and is_empty_cro(g{i})) else false end", f"{word} || ':{column.label}'"
    if column.type == "code" and column.name in table.key:
        return there, literal(f"shortened_key:{column.label}")
    return (there, literal(f"{_UNREADABLE[column.type]}:{column.label}")) if column.type in _UNREADABLE else None


def _one_of(table: Table) -> list[str]:
    """Columns of the key of which one must be filled: the numbers of people, where each may be empty; else all, where each may be."""
    people = [c.name for c in table.columns if c.name in table.may_be_empty and c.type in ("noms_number", "crn", "pnc")]
    return people or ([n for n in table.key if n != "list"] if set(table.key) <= set(table.may_be_empty) else [])


def _reasons(table: Table, at: dict[str, int]) -> list[tuple[str, str]]:
    """(SQL condition, SQL of the reason) why the key of a row cannot be read; the first that applies counts."""
    columns = {c.name: c for c in table.columns}
    instead = dict(table.instead)
    needed = [n for n in table.key if n != "list" and n not in table.may_be_empty]
    cases = [(f"g{at[n]} is null", literal(f"missing_key:{columns[n].label}")) for n in needed]
    cases += [(f"g{at[n]} is null and g{at[m]} is null", literal(f"missing_key:{columns[n].label}")) for n, m in instead.items()]
    if any_of := _one_of(table):
        none_filled = f"coalesce({', '.join(f'g{at[n]}' for n in any_of)}) is null"
        cases.append((none_filled, literal(f"missing_key:{','.join(columns[n].label for n in any_of)}")))
    of_key = [columns[n] for n in table.key if n != "list"] + [columns[m] for m in instead.values()]
    return cases + [case for column in of_key if (case := _unreadable(table, column, at))]


def key_reasons(table: Table) -> list[str]:
    """Every reason for which the key of a row of `table` cannot be read."""
    said = [word.strip("'") for _, word in _reasons(table, {c.name: i for i, c in enumerate(table.columns)})]
    return [*said, f"{MALFORMED_KEY}:{','.join(c.label for c in table.columns if c.name in table.key)}"]


def _reason(table: Table, at: dict[str, int], complete_to: date, is_plain: bool) -> str:
    """The first reason that applies: no record, key, then values, then order, then the future (definition: delivery_quarantine)."""
    columns = {c.name: c for c in table.columns}
    cases = [(f"coalesce({', '.join(f'g{i}' for i in at.values())}) is null", literal(NO_RECORD)), *_reasons(table, at)]
    without = [columns[n] for n in (*table.essential, *(table.evidence_span or ()))]
    cases += [case for column in without if (case := _unreadable(table, column, at))]
    cases += [
        (f"not is_plain and g{at[c.name]} is null and is_sheet_error(r{at[c.name]})", literal(f"spreadsheet_error:{c.label}"))
        for c in without
        if not is_plain
    ]
    cases += [(condition, literal(word)) for n, condition, word in _impossible(table, at, complete_to) if n in table.decisive]
    return f"case {' '.join(f'when {when} then {then}' for when, then in cases)} end"


def _findings(table: Table, at: dict[str, int], complete_to: date, is_plain: bool) -> str:
    """What was emptied, and what is odd, in a row that stands."""
    others = [c for c in table.columns if c.name not in table.decisive]
    cases = [case for column in others if (case := _unreadable(table, column, at))]
    cases += [(condition, literal(word)) for n, condition, word in _impossible(table, at, complete_to) if n not in table.decisive]
    label = {c.name: c.label for c in table.columns}
    cases += [
        (f"cast(t{at[n]} as timestamp) > {_end_of(complete_to)}", literal(f"recorded_after_complete_to:{label[n]}")) for n in table.recorded
    ]
    for n, day in table.time_of:
        beside = f"g{at[n]}, u{at[n]}, t{at[day]}"
        cases.append((f"is_zone_beside({beside})", literal(f"zone_disagrees:{label[n]}")))
        cases.append((f"is_another_day(u{at[n]}, t{at[day]}) and not is_zone_beside({beside})", literal(f"time_on_another_day:{label[n]}")))
    words = [f"case when {when} then {then} end" for when, then in cases]
    # Few rows have any, and the words cost more than the question whether there is one.
    any_of = [f"coalesce({when}, false)" for when, _ in cases]
    if is_plain:
        return f"case when {' or '.join(any_of)} then nullif(concat_ws(';', {', '.join(words)}), '') end" if cases else "cast(null as varchar)"
    labels = f"[{', '.join(literal(c.label) for c in table.columns)}]"
    # The first in a record is named; each is emptied.
    error = f"case when not is_plain and contains(record, '#') then 'spreadsheet_error:' || {labels}[nullif(greatest(place_of_sheet_error(record), 0), 0)] end"
    return f"case when {' or '.join([*any_of, 'not is_plain'])} then nullif(concat_ws(';', {', '.join([*words, error])}), '') end"


def _delivered_values(con: duckdb.DuckDBPyConnection, records: Records, table: Table, delivered: str) -> dict[str, str]:
    types = {}
    if records.is_parquet:
        types = {row[0]: row[1] for row in con.execute(f"describe {records.relation(_names(table, delivered))}").fetchall()}
    values = {}
    for column in table.columns:
        for name in table.names_of(column, delivered):
            if name in records.columns:
                at = f"c{records.columns.index(name)}"
                is_time = column.name in dict(table.time_of)
                values[column.name] = _as_text(at, types[at], column.type, is_time) if records.is_parquet else at
                break
    return values


def _names(table: Table, delivered: str) -> frozenset[str]:
    """Every name a declared column may have in the file, upper case."""
    return frozenset(name for column in table.columns for name in table.names_of(column, delivered))


def _as_text(at: str, parquet_type: str, column_type: str, is_time: bool) -> str:
    """A typed Parquet value as the text a CSV would hold; zoned times become local time in London, but for one that completes a day: what
    day it was written with is looked at later."""
    if parquet_type == "VARCHAR":
        return at
    if parquet_type == "BLOB" or parquet_type.endswith("]") or parquet_type.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return f"case when {at} is not null then {_NO_TEXT} end"
    if parquet_type == "TIMESTAMP WITH TIME ZONE":
        zone, mark = ("UTC", "+00") if is_time else ("Europe/London", "")
        return f"cast(timezone('{zone}', {at}) as varchar) || '{mark}'"
    if parquet_type in ("DOUBLE", "FLOAT"):
        # Whole numbers lose their '.0'; binary noise far below a penny is not a third decimal.
        text = f"cast(round({at}, 6) as varchar)" if column_type in ("money", "rate") else f"cast({at} as varchar)"
        return (
            f"case when isnan({at}) or isinf({at}) then null when {at} = trunc({at}) and abs({at}) < 9e15 "
            f"then cast(cast({at} as bigint) as varchar) else {text} end"
        )
    if parquet_type.startswith("DECIMAL"):  # Oracle's NUMBER comes with ten decimals: a code or a flag has none
        return f"regexp_replace(cast({at} as varchar), '\\.0+$', '')"
    return f"cast({at} as varchar)"


def type_keys(con: duckdb.DuckDBPyConnection, table: Table, delivered: str, keys: list[Any], this_year: int) -> list[str | None]:
    """Deleted keys, given as text, in the form `_key` has; null for one that does not fit the table's key. Where the whole record
    is the key, all its declared columns are given, in their order."""
    at = {c.name: i for i, c in enumerate(table.columns)}
    names = [n for n in table.key if n != "list"] or list(at)
    shaped = [key if isinstance(key, list) else [key] for key in keys]
    needed = [i for i, n in enumerate(names) if table.key and n not in table.may_be_empty]

    def texts_of(key: list[Any]) -> dict[str, str | None] | None:
        """By column; None where the key does not fit. What may be empty may be left out at the end."""
        texts = [_key_text(part) for part in key]
        left_out = names[len(texts) :]
        if None in texts or len(texts) > len(names) or not set(left_out) <= set(table.may_be_empty if table.key else ()):
            return None
        if not any(texts) or not all(texts[i] for i in needed):
            return None
        if (any_of := _one_of(table)) and not any(text for n, text in zip(names, texts, strict=False) if n in any_of):
            return None
        named: dict[str, str | None] = dict(zip(names, texts, strict=False)) | dict.fromkeys((*left_out, *dict(table.instead).values()))
        for n, other in table.instead:  # a day stands for a number
            if named[n] and not re.fullmatch(r"\d+(\.0+)?", named[n] or ""):
                named[n], named[other] = None, named[n]
        if any(not named[n] and not named[other] for n, other in table.instead):
            return None
        return named

    fitting = {i: named for i, key in enumerate(shaped) if (named := texts_of(key))}
    if not fitting:
        return [None] * len(shaped)
    used = list(next(iter(fitting.values())))
    form = pa.schema([("n", pa.int64()), *((f"r{at[n]}", pa.string()) for n in used)])
    con.register(
        "deleted", pa.Table.from_pylist([{"n": i} | {f"r{at[n]}": t for n, t in named.items()} for i, named in fitting.items()], form)
    )
    filled = ", ".join(f"filled(r{at[n]}) as g{at[n]}" for n in used)
    typed = ", ".join(f"{_read(table, table.columns[at[n]], at, this_year)} as t{at[n]}" for n in used)
    query = f"""
        with given as (select *, true as is_marked, {filled} from deleted), typed as (select *, {typed} from given)
        select n, {_key(table, delivered, at)} from typed
        where {" and ".join(f"(g{at[n]} is null or t{at[n]} is not null)" for n in used)}"""
    found = dict(con.execute(query).fetchall())
    con.unregister("deleted")
    return [found.get(i) for i in range(len(shaped))]


def _key_text(part: Any) -> str | None:
    """One part of a deleted key as text; None for what can be no part of a key."""
    if part is None:
        return ""
    return str(part).strip() if isinstance(part, (str, int, float)) and not isinstance(part, bool) else None
