"""Who was who before: the links of earlier refreshes, which keep people together, and what has changed since.

    <home>/links/<as_of>.parquet           every record and its person, as published for that day
    <home>/links/<as_of>.changed.parquet   what changed at that refresh: linkage.person_change
    <home>/links/held.json                 files of deliveries that are held, with the reason
    <home>/accepted.txt                    deliveries that may change as many people as they do, one a line

A refresh sees the links of the latest day before its as-of and none later: a second run sees what the first saw, and a look back does
not know what came after. Links are kept when a release has become the current one, unless those of a later day are there already.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from orchestration.linkage import EARLIER, read_links
from orchestration.settings import DBT_PROJECT, OWNER_ONLY, REPOSITORY, digest, source_files

CHANGED = ".changed.parquet"
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
where not list_contains($known, delivery.sha256)
"""

# Of the people whose records were parted or joined, how many each delivery has told something about.
AT_FAULT = """
with person as (
    select distinct person_id_before as person_id from moved where is_parted or is_joined
),
told as (
    select 'nomis' as source, root_offender_id as source_key, _pointer from staging.stg_nomis__offender
    union all
    select 'nomis', offender.root_offender_id, identifier._pointer
    from staging.stg_nomis__offender_identifier as identifier
    inner join staging.stg_nomis__offender as offender on offender.offender_id = identifier.offender_id
    union all
    select 'ndelius', offender_id, _pointer from staging.stg_ndelius__offender
    union all
    select 'ndelius', offender_id, _pointer from staging.stg_ndelius__alias
    union all
    select _source, person_ref, _pointer from staging.stg_provider__person
)
select delivery.delivery_id, count(distinct earlier.person_id) as persons
from told
inner join earlier on earlier.source = told.source and earlier.source_key = told.source_key
inner join person on person.person_id = earlier.person_id
inner join landing.delivery as delivery on delivery.file_number = told._pointer // 10000000000
where not list_contains($known, delivery.sha256)
group by delivery.delivery_id
order by persons desc, delivery.delivery_id
"""


class DeliveryHeld(Exception):
    """A delivery would change too many people. It is held from the next refresh on; the text names it."""


def earlier_links(home: Path, as_of: date) -> Path | None:
    """The links of the latest day before `as_of`, None where no refresh of such a day was published."""
    return max((path for path in _kept(home) if _day(path) < as_of), default=None)


def fingerprint(home: Path, as_of: date) -> str:
    """Changes when what a refresh of `as_of` sees of earlier ones does."""
    links = earlier_links(home, as_of)
    seen = [*([links] if links else []), *_earlier_changes(home, as_of)]
    return hashlib.sha256("".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in seen).encode()).hexdigest()


def hold_what_changes_too_many(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> None:
    """Raises DeliveryHeld when the links just made part or join more of the people known before than the thresholds
    `link_change_share` and `link_change_min` allow, and a delivery that came since tells of it that nobody has accepted. Needs the
    tables `earlier` and `linked`, which linkage.person_link makes."""
    file = earlier_links(home, as_of)
    if file is None:
        return
    con.execute(MOVED.format(links="linked"))
    changed, known = con.execute(
        "select count(distinct person_id_before) filter (where is_parted or is_joined), count(distinct person_id_before) from moved"
    ).fetchall()[0]
    limits = dict(
        con.execute(
            """select threshold, value from seeds.threshold where threshold in ('link_change_share', 'link_change_min')
            and ? between valid_from and coalesce(valid_to, date '9999-12-31')""",
            [as_of],
        ).fetchall()
    )
    if changed < limits["link_change_min"] or changed <= float(limits["link_change_share"]) * known:
        return
    accepted = set(_lines(home / "accepted.txt"))
    told = [(d, n) for d, n in con.execute(AT_FAULT, {"known": _metadata(con, file)["files"].split()}).fetchall() if d not in accepted]
    if not told:
        return
    limit = float(limits["link_change_share"])
    held = [delivery for delivery, persons in told if persons > limit * known] or [told[0][0]]
    reason = f"held: would change who is who for {changed / known:.1%} of the people known before; at most {limit:.1%} may change in one go"
    files = con.execute("select sha256, delivery_id from landing.delivery where list_contains($held, delivery_id)", {"held": held}).fetchall()
    _write(home, _held(home) | {sha256: {"delivery": delivery, "reason": reason} for sha256, delivery in files if sha256})
    raise DeliveryHeld(f"{', '.join(held)} {reason}")


def held_files(home: Path) -> dict[str, dict[str, str]]:
    """`delivery` and `reason` by sha256 of each file that is held: those of a delivery that changed too many people and that nobody has
    accepted."""
    accepted = set(_lines(home / "accepted.txt"))
    return {sha256: held for sha256, held in _held(home).items() if held["delivery"] not in accepted}


def person_change(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> duckdb.DuckDBPyRelation:
    """The table linkage.person_change: every change since links have been kept, those of this refresh last.

    Columns: as_of and since (dates), person_id_before, person_id (null: its records are linked to nobody now), records, change
    (joined, parted, parted and joined, renamed: the same records, of which another is the oldest), cause (decision: somebody has decided
    since on a record of the person; rules: those of linkage have changed; delivery).
    """
    file = earlier_links(home, as_of)
    con.execute(f"create or replace temp view earlier as {EARLIER if file is None else read_links(str(file))}")
    con.execute(MOVED.format(links="linkage.person_link"))
    known = _metadata(con, file)["files"].split() if file else []
    con.execute(DECIDED_PERSON, {"known": known})
    before = [str(path) for path in _earlier_changes(home, as_of)]
    nothing = f"select {', '.join(f'null as {column}' for column in COLUMNS.split(', '))} limit 0"
    con.execute(f"create or replace temp view earlier_change as {f'from read_parquet({before})' if before else nothing}")
    same_rules = file is None or _metadata(con, file)["rules"] == rules()
    con.execute(
        f"create or replace temp table person_change as {PERSON_CHANGE}",
        {"as_of": as_of, "since": _day(file) if file else None, "cause": "delivery" if same_rules else "rules"},
    )
    return con.table("person_change")


def write_links(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> None:
    """Write the links of the warehouse that `con` has attached as `warehouse`, for `keep_links`, unless those of a later day are kept."""
    if _has_later(home, as_of):
        return
    (home / "links").mkdir(mode=OWNER_ONLY, exist_ok=True)
    files = " ".join(sorted({f for (f,) in con.execute("select sha256 from warehouse.landing.delivery where sha256 is not null").fetchall()}))
    tables = (
        f"select {COLUMNS} from warehouse.linkage.person_change where as_of = date '{as_of}' order by all",
        "select source, source_key, person_id from warehouse.linkage.person_link where source <> 'crn' order by all",
    )
    for (part, _), query in zip(_parts(home, as_of), tables, strict=True):
        con.execute(f"copy ({query}) to '{part}' (format parquet, compression zstd, kv_metadata {{rules: '{rules()}', files: '{files}'}})")


def keep_links(home: Path, as_of: date) -> None:
    """Put what `write_links` wrote into its place, once the release is the current one: a refresh that is killed leaves the links before."""
    if not _has_later(home, as_of):
        for part, kept in _parts(home, as_of):
            os.replace(part, kept)


@cache
def rules() -> str:
    """Changes when the rules of linkage do: its model, its SQL, its code."""
    code = [REPOSITORY / "orchestration" / name for name in ("linkage.py", "linkage_model.py")]
    return digest([*source_files(REPOSITORY / "seeds" / "linkage", DBT_PROJECT / "models" / "linkage"), *code], REPOSITORY)


def _has_later(home: Path, as_of: date) -> bool:
    return any(_day(path) > as_of for path in _kept(home))


def _parts(home: Path, as_of: date) -> list[tuple[Path, Path]]:
    """Where the changes and the links of a day are written and where they are kept. The links come last: changes without them do not count."""
    return [(home / "links" / f".{name}.part", home / "links" / name) for name in (f"{as_of}{CHANGED}", f"{as_of}.parquet")]


def _kept(home: Path) -> list[Path]:
    return [path for path in (home / "links").glob("*.parquet") if not path.name.endswith(CHANGED) and not path.name.startswith(".")]


def _earlier_changes(home: Path, as_of: date) -> list[Path]:
    days = {_day(path) for path in _kept(home)}
    return sorted(path for path in (home / "links").glob(f"[!.]*{CHANGED}") if _day(path) < as_of and _day(path) in days)


def _day(path: Path) -> date:
    return date.fromisoformat(path.name.split(".")[0])


def _metadata(con: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    found = con.execute("select key, value from parquet_kv_metadata(?)", [str(file)]).fetchall()
    return {bytes(key).decode(): bytes(value).decode() for key, value in found}


def _held(home: Path) -> dict[str, dict[str, str]]:
    path = home / "links" / "held.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _write(home: Path, held: dict[str, dict[str, str]]) -> None:
    part = home / "links" / ".held.json"
    part.write_text(json.dumps(held, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, home / "links" / "held.json")


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path.exists() else []
