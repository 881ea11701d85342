"""Who was who before: the links of earlier refreshes, which keep people together, and what has changed since.

    <home>/links/<as_of>.parquet            every record and its person, as published for that day
    <home>/links/<as_of>.evidence.parquet   what each record was linked by, as numbers that only tell whether it has changed since
    <home>/links/<as_of>.changed.parquet    what changed at that refresh: linkage.person_change

A refresh sees the links of the latest day before its as-of and none later: a second run sees what the first saw, and a look back does
not know what came after. Links are kept when a release has become the current one, unless those of a later day are there already. Those
that rest on something withdrawn since do not count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from orchestration.linkage.persons import EARLIER, read_links
from orchestration.settings import DBT_PROJECT, OWNER_ONLY, REPOSITORY, digest, link_threshold, source_files

CHANGED, EVIDENCE = ".changed.parquet", ".evidence.parquet"
COLUMNS = "as_of, since, person_id_before, person_id, records, change, cause"

# Of the records that are still there, from which person to which.
MOVED = """
create or replace temp table moved as
with moved as (
    select earlier.person_id as person_id_before, link.person_id, count(*) as records
    from earlier
    inner join linkage.link_record as record on record.source = earlier.source and record.source_key = earlier.source_key
    left join {links} as link on link.source = earlier.source and link.source_key = earlier.source_key
    group by earlier.person_id, link.person_id
)
select
    person_id_before, person_id, records,
    count(*) over (partition by person_id_before) > 1 or person_id is null as is_parted,
    person_id is not null and count(*) over (partition by person_id) > 1 as is_joined
from moved
"""

PERSON_CHANGE = f"""
select cast($as_of as date) as as_of, cast($since as date) as since, person_id_before, person_id, records,
    case when is_parted and is_joined then 'parted and joined' when is_parted then 'parted' when is_joined then 'joined' else 'renamed' end as change,
    case when person_id_before in (select person_id from decided_person) then 'decision' else $cause end as cause
from moved
where person_id is distinct from person_id_before
union all
select {COLUMNS} from earlier_change
order by all
"""

# Whose records somebody has decided on since.
DECIDED_PERSON = """
create or replace temp table decided_person as
select distinct earlier.person_id
from (
    select left_record as record_token, _pointer from staging.stg_decisions__link_decision
    union all
    select right_record, _pointer from staging.stg_decisions__link_decision
) as decision
inner join landing.delivery as delivery on delivery.file_number = decision._pointer // 10000000000
inner join linkage.record_token as token on token.record_token = decision.record_token
inner join linkage.link_record as record on record.record_id = token.record_id
inner join earlier on earlier.source = record.source and earlier.source_key = record.source_key
where not list_contains($known, delivery.delivery_id || ' ' || delivery.sha256)
"""

# What a record was linked by, in four parts: two bytes each say whether it has changed, and nothing else.
EVIDENCE_OF = """
with hashed as (
    select record_id, case when kind in ('pnc', 'cro') then 'police' else 'person' end as part, hash(kind, identifier) as hash
    from {warehouse}linkage.link_identifier
    union all
    select record_id, 'person', hash(surname, first_name) from {warehouse}linkage.link_name
    union all
    select record_id, 'person', hash(birth_date) from {warehouse}linkage.link_birth_date
    union all
    select record_id, 'home', hash(postcode) from {warehouse}linkage.link_postcode
    union all
    select record_id, 'sentence', hash(sentence_date) from {warehouse}linkage.link_sentence_date
),
evidence as (
    select record_id,
        bit_xor(hash) filter (where part = 'person') as person, bit_xor(hash) filter (where part = 'police') as police,
        bit_xor(hash) filter (where part = 'home') as home, bit_xor(hash) filter (where part = 'sentence') as sentence
    from hashed
    group by record_id
)
select record.source, record.source_key, cast(person % 65536 as usmallint) as person, cast(police % 65536 as usmallint) as police,
    cast(home % 65536 as usmallint) as home, cast(sentence % 65536 as usmallint) as sentence
from evidence
inner join {warehouse}linkage.link_record as record on record.record_id = evidence.record_id
"""

# What each delivery has brought: its accepted files and the keys its delivery.json deletes. Rows go by a full extract or a deletion only.
BROUGHT = """
select source, delivery_id, table_name, kind = 'full' as takes_away, delivery_id || ' ' || sha256 as what
from {warehouse}landing.delivery where is_accepted and sha256 is not null
union all
select source, source || '/' || complete_to as delivery_id, table_name, true, source || '/' || complete_to || ' deletes ' || bit_xor(md5_number_lower(key))
from {warehouse}landing.deleted_key
group by source, complete_to, table_name
"""

class HistoryError(Exception):
    """A file of the history cannot be read. The text names it and says what to do."""


def earlier_links(home: Path, as_of: date) -> Path | None:
    """The links of the latest day before `as_of` that rest on nothing withdrawn since, None where there are none."""
    return next((path for path in _standing(home) if day_of(path) < as_of), None)


def ever_brought(home: Path) -> set[str]:
    """What any links rest on, of later days too: `what` of BROUGHT."""
    with duckdb.connect() as con:
        return {what for path in _standing(home) for what in _brought(con, path)}


def fingerprint(home: Path, as_of: date) -> str:
    """Changes when what a refresh of `as_of` sees of earlier ones does."""
    links = earlier_links(home, as_of)
    seen = [*([links] if links else []), *_earlier_changes(home, as_of)]
    return hashlib.sha256("".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in seen).encode()).hexdigest()


def check_links(home: Path) -> None:
    """Raises HistoryError when a file of the links was cut short."""
    for path in sorted((home / "links").glob("[!.]*.parquet")):
        if _ending(path) is None:
            continue
        with path.open("rb") as file:
            begin = file.read(4)
            file.seek(-min(4, path.stat().st_size), os.SEEK_END)
            end = file.read()
        if not begin == end == b"PAR1":
            raise HistoryError(
                f"{path} is damaged: restore it from backup, or take the files of its day out of {path.parent}; people are then kept "
                "together by the links of the day before"
            )


def person_change(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> duckdb.DuckDBPyRelation:
    """The table linkage.person_change: every change since links have been kept, those of this refresh last.

    Columns: as_of and since (dates), person_id_before, person_id (null: its records are linked to nobody now), records, change
    (joined, parted, parted and joined, renamed: the same records, of which another is the oldest), cause (decision: somebody has decided
    since on a record of the person; rules: those of linkage have changed; delivery).
    """
    file = earlier_links(home, as_of)
    con.execute(f"create or replace temp view earlier as {EARLIER if file is None else read_links(str(file))}")
    con.execute(MOVED.format(links="linkage.person_link"))
    con.execute(DECIDED_PERSON, {"known": _brought(con, file) if file else []})
    before = [str(path) for path in _earlier_changes(home, as_of)]
    nothing = f"select {', '.join(f'null as {column}' for column in COLUMNS.split(', '))} limit 0"
    con.execute(f"create or replace temp view earlier_change as {f'from read_parquet({before})' if before else nothing}")
    same_rules = file is None or metadata(con, file)["rules"] == rules()
    con.execute(
        f"create or replace temp table person_change as {PERSON_CHANGE}",
        {"as_of": as_of, "since": day_of(file) if file else None, "cause": "delivery" if same_rules else "rules"},
    )
    return con.table("person_change")


def write_links(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> None:
    """Write the links of the warehouse that `con` has attached as `warehouse`, for `keep_links`, unless those of a later day are kept."""
    if _has_later(home, as_of):
        return
    (home / "links").mkdir(mode=OWNER_ONLY, exist_ok=True)
    brought = "\n".join(sorted(what for *_, what in con.execute(BROUGHT.format(warehouse="warehouse.")).fetchall()))
    kept = f"rules: '{rules()}', evidence: '{recipe()}', brought: '{quoted(brought)}'"
    tables = (
        f"select {COLUMNS} from warehouse.linkage.person_change where as_of = date '{as_of}' order by all",
        f"{EVIDENCE_OF.format(warehouse='warehouse.')} order by record.record_id",
        "select source, source_key, person_id from warehouse.linkage.person_link where source <> 'crn' order by all",
    )
    for (part, _), query in zip(_parts(home, as_of), tables, strict=True):
        con.execute(f"copy ({query}) to '{quoted(part)}' (format parquet, compression zstd, kv_metadata {{{kept}}})")


def keep_links(home: Path, as_of: date) -> None:
    """Put what `write_links` wrote into its place, once the edition is the current one: a refresh that is killed leaves the links before."""
    if not _has_later(home, as_of):
        for part, kept in _parts(home, as_of):
            os.replace(part, kept)


def rules() -> str:
    """Changes when the rules of linkage do: its model, its SQL and that of what it reads, its code, the threshold from which it joins."""
    return f"{_code()} {link_threshold()}"


@cache
def _code() -> str:
    code = [REPOSITORY / "orchestration" / "linkage" / name for name in ("identity.py", "persons.py", "model.py")]
    seeds = [REPOSITORY / "seeds" / name for name in ("placeholder_date.csv", "pseudo_postcode.csv")]
    sql = [DBT_PROJECT / name for name in ("models/staging", "models/linkage", "macros/portable")]
    return digest([*source_files(REPOSITORY / "seeds" / "linkage", *sql), *seeds, *code], REPOSITORY)


def recipe() -> str:
    """Changes when evidence kept before cannot be compared with that of now."""
    return hashlib.sha256(f"{EVIDENCE_OF} {duckdb.__version__}".encode()).hexdigest()[:16]


def _has_later(home: Path, as_of: date) -> bool:
    return any(day_of(path) > as_of for path in _standing(home))


def _parts(home: Path, as_of: date) -> list[tuple[Path, Path]]:
    """Where the files of a day are written and where they are kept. The links come last: the others without them do not count."""
    return [(home / "links" / f".{name}.part", home / "links" / name) for name in (f"{as_of}{CHANGED}", f"{as_of}{EVIDENCE}", f"{as_of}.parquet")]


def _ending(path: Path) -> str | None:
    """What follows the day in the name of a file of ours; None where the name is another, such as that of a copy somebody has made."""
    try:
        date.fromisoformat(path.name[:10])
    except ValueError:
        return None
    return path.name[10:] if path.name[10:] in (".parquet", CHANGED, EVIDENCE) else None


def _kept(home: Path, ending: str = ".parquet") -> list[Path]:
    return [path for path in (home / "links").glob("*.parquet") if _ending(path) == ending]


def _earlier_changes(home: Path, as_of: date) -> list[Path]:
    days = {day_of(path) for path in _standing(home) if day_of(path) < as_of}
    return sorted(path for path in _kept(home, CHANGED) if day_of(path) in days)


def _standing(home: Path) -> Iterator[Path]:
    """The links of all days, the latest first, but for those made of a file or a delivery that is no longer in `landed`: it was withdrawn
    (docs/how-to.md, Withdraw a delivery), and what it joined must not be kept together."""
    landed = {
        f"{sums.parent.parent.name}/{sums.parent.name} {what}"
        for sums in (home / "landed").glob("*/*/SHA256SUMS")
        for what in ("deletes", *(line[:64] for line in sums.read_text(encoding="utf-8").splitlines()))
    }
    with duckdb.connect() as con:
        for path in sorted(_kept(home), reverse=True):
            if {" ".join(what.split(" ")[:2]) for what in _brought(con, path)} <= landed:
                yield path


def _brought(con: duckdb.DuckDBPyConnection, links: Path) -> list[str]:
    return metadata(con, links).get("brought", "").splitlines()


def day_of(path: Path) -> date:
    return date.fromisoformat(path.name.split(".")[0])


def metadata(con: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    found = con.execute("select key, value from parquet_kv_metadata(?)", [str(file)]).fetchall()
    return {bytes(key).decode(): bytes(value).decode() for key, value in found}


def quoted(text: object) -> str:
    return str(text).replace("'", "''")
