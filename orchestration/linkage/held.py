"""Deliveries that would change who is who for too many people: held at the door until they are sent anew or somebody accepts them.

    <home>/links/held.json   deliveries that are held, with the reason and the files they had
    <home>/accepted.txt      deliveries that may change as many people as they do, one a line; `#` begins a comment

A hold is of a delivery as it was: when a file of it is sent anew, added or withdrawn, it is looked at afresh. What of it was loaded at an
earlier refresh stays loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.linkage.history import (
    BROUGHT,
    DECIDED_PERSON,
    EVIDENCE,
    EVIDENCE_OF,
    MOVED,
    HistoryError,
    day_of,
    earlier_links,
    ever_brought,
    metadata,
    quoted,
    recipe,
    rules,
)

# People known before whose records were parted or joined, or whose id nobody has now, and not because somebody has decided so.
CHANGED_PERSON = """
create or replace temp table changed_person as
select distinct person_id
from earlier
where (
        person_id in (select person_id_before from moved where is_parted or is_joined)
        or person_id not in (select person_id from linked)
    )
    and person_id not in (select person_id from decided_person)
"""

# Of the people of changed_person, those each new delivery is to blame for. It has brought or taken away what one of their records is linked
# by, or what a record is linked by that now stands in the way of theirs: it holds the rows as they are now, or, where the rows are gone, it
# is the newest that may have taken such rows away.
BLAMED = f"""
create or replace temp table blamed as
with part (part, table_name) as (
    values ('person', 'nomis__offenders'), ('person', 'nomis__offender_identifiers'), ('person', 'ndelius__offender'),
        ('person', 'ndelius__alias'), ('person', 'provider__person'), ('police', 'nomis__offender_identifiers'), ('police', 'ndelius__offender'),
        ('police', 'ndelius__additional_identifier'), ('police', 'provider__person'), ('home', 'nomis__addresses'),
        ('home', 'ndelius__offender_address'), ('home', 'provider__person'), ('sentence', 'nomis__offender_sentences'),
        ('sentence', 'nomis__offender_bookings'), ('sentence', 'ndelius__disposal')
),
was as (
    select source, source_key, part, hash from evidence_before unpivot (hash for part in (person, police, home, sentence))
),
is_now as (
    select source, source_key, part, hash from ({EVIDENCE_OF.format(warehouse="")}) unpivot (hash for part in (person, police, home, sentence))
),
changed as (
    select source, source_key, part
    from was
    full join is_now using (source, source_key, part)
    where was.hash is distinct from is_now.hash
),
pair as (
    select left_id as record_id, right_id as other_id from linkage.link_pair
    union all
    select right_id, left_id from linkage.link_pair
),
whose as (
    select changed.source, changed.source_key, changed.part, earlier.person_id
    from changed
    inner join earlier on earlier.source = changed.source and earlier.source_key = changed.source_key
    union
    select changed.source, changed.source_key, changed.part, moved.person_id_before
    from changed
    inner join linked on linked.source = changed.source and linked.source_key = changed.source_key
    inner join moved on moved.person_id = linked.person_id
    union
    select changed.source, changed.source_key, changed.part, earlier.person_id
    from changed
    inner join linkage.link_record as record on record.source = changed.source and record.source_key = changed.source_key
    inner join pair on pair.record_id = record.record_id
    inner join linkage.link_record as other on other.record_id = pair.other_id
    inner join earlier on earlier.source = other.source and earlier.source_key = other.source_key
),
to_explain as (
    select * from whose where person_id in (select person_id from changed_person)
),
brought as (
    select * from ({BROUGHT.format(warehouse="")}) where not list_contains($known, what)
),
told as (
    select 'nomis' as source, root_offender_id as source_key, cast(null as varchar) as part, _pointer from staging.stg_nomis__offender
    union all
    select 'nomis', offender.root_offender_id, case when upper(identifier.identifier_type) in ('PNC', 'CRO') then 'police' else 'person' end,
        identifier._pointer
    from staging.stg_nomis__offender_identifier as identifier
    inner join staging.stg_nomis__offender as offender on offender.offender_id = identifier.offender_id
    union all
    select 'nomis', root_offender_id, null, _pointer from staging.stg_nomis__address
    union all
    select 'nomis', coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id), null, sentence._pointer
    from staging.stg_nomis__offender_sentence as sentence
    inner join staging.stg_nomis__offender_booking as booking on booking.offender_book_id = sentence.offender_book_id
    left join staging.stg_nomis__offender as offender on offender.offender_id = booking.offender_id
    union all
    select 'ndelius', offender_id, null, _pointer from staging.stg_ndelius__offender
    union all
    select 'ndelius', offender_id, null, _pointer from staging.stg_ndelius__alias
    union all
    select 'ndelius', offender_id, null, _pointer from staging.stg_ndelius__additional_identifier
    union all
    select 'ndelius', offender_id, null, _pointer from staging.stg_ndelius__offender_address
    union all
    select 'ndelius', offender_id, null, _pointer from staging.stg_ndelius__disposal
    union all
    select _source, person_ref, null, _pointer from staging.stg_provider__person
),
by_row as (
    select distinct told.source, told.source_key, part.part, delivery.delivery_id
    from told
    inner join landing.delivery as delivery on delivery.file_number = told._pointer // 10000000000
    inner join brought on brought.what = delivery.delivery_id || ' ' || delivery.sha256 and brought.table_name = delivery.table_name
    inner join part on part.table_name = delivery.table_name and part.part = coalesce(told.part, part.part)
),
newest as (
    select brought.source, part.part, coalesce(max(case when takes_away then delivery_id end), max(delivery_id)) as delivery_id
    from brought
    inner join part on part.table_name = brought.table_name
    group by brought.source, part.part
)
select distinct to_explain.person_id, coalesce(by_row.delivery_id, newest.delivery_id) as delivery_id
from to_explain
inner join newest on newest.source = to_explain.source and newest.part = to_explain.part
left join by_row on by_row.source = to_explain.source and by_row.source_key = to_explain.source_key and by_row.part = to_explain.part
"""

# The delivery that is to blame for most, of several the oldest, not counting people for whom one is that somebody has accepted or that
# has been loaded whole by a later day.
MOST_TO_BLAME = f"""
with loaded as (
    select delivery_id
    from ({BROUGHT.format(warehouse="")})
    where not list_contains($known, what)
    group by delivery_id
    having bool_and(list_contains($ever, what))
)
select delivery_id, count(*) as persons
from blamed
where person_id not in (
    select person_id from blamed where list_contains($accepted, delivery_id) or delivery_id in (select delivery_id from loaded)
)
group by delivery_id
order by persons desc, right(delivery_id, 10), delivery_id
limit 1
"""

# What of a delivery was not part of the earlier links.
HELD_FILE = f"""
select distinct sha256 from landing.delivery
where delivery_id = $delivery and sha256 is not null and not list_contains($known, delivery_id || ' ' || sha256)
union all
select distinct 'delivery.json' from ({BROUGHT.format(warehouse="")}) where delivery_id = $delivery and what like '% deletes %' and not list_contains($known, what)
order by all
"""


class DeliveryHeld(Exception):
    """A delivery would change too many people. It is held from the next refresh on; the text names it."""


def hold_what_changes_too_many(con: duckdb.DuckDBPyConnection, home: Path, as_of: date) -> None:
    """Raises DeliveryHeld when the links just made part, join or give another id to more of the people known before than the thresholds
    `link_change_share` and `link_change_min` allow, and a delivery that came since and that nobody has accepted is to blame for so many.
    Of several it holds the one that is to blame for most: the next run shows whether that was all.

    Holds nothing when the rules of linkage have changed or when nothing was kept of what records were linked by, nor what links of any
    day rest on: a look back takes nothing from a later day. Needs the tables `earlier` and `linked`, which linkage.person_link makes."""
    file = earlier_links(home, as_of)
    evidence = file and file.with_name(f"{day_of(file)}{EVIDENCE}")
    if file is None or not evidence.exists():
        return
    kept = metadata(con, evidence)
    known = kept["brought"].splitlines()
    if kept["rules"] != rules() or kept["evidence"] != recipe():
        return
    con.execute(MOVED.format(links="linked"))
    con.execute(DECIDED_PERSON, {"known": known})
    con.execute(CHANGED_PERSON)
    limits = dict(
        con.execute(
            """select threshold, value from seeds.threshold where threshold in ('link_change_share', 'link_change_min')
            and ? between valid_from and coalesce(valid_to, date '9999-12-31')""",
            [as_of],
        ).fetchall()
    )
    share, people = float(limits["link_change_share"]), con.execute("select count(distinct person_id) from earlier").fetchall()[0][0]

    def too_many(persons: int) -> bool:
        return persons >= limits["link_change_min"] and persons > share * people

    if not too_many(con.execute("select count(*) from changed_person").fetchall()[0][0]):
        return
    con.execute(f"create or replace temp view evidence_before as from read_parquet('{quoted(evidence)}')")
    con.execute(BLAMED, {"known": known})
    ever = sorted(ever_brought(home))
    for delivery, persons in con.execute(MOST_TO_BLAME, {"accepted": sorted(_accepted(home)), "known": known, "ever": ever}).fetchall():
        if too_many(persons):
            reason = f"held: would change who is who for {persons / people:.1%} of the people known before; at most {share:.1%} may change in one go"
            files = [file for (file,) in con.execute(HELD_FILE, {"delivery": delivery, "known": ever}).fetchall()]
            _write(home, holds(home) | {delivery: {"reason": reason, "files": files, "as_it_was": _as_it_is(home, delivery)}})
            raise DeliveryHeld(f"{delivery} {reason}")


def holds(home: Path) -> dict[str, dict[str, Any]]:
    """Every hold there ever was, in force or not, by delivery: `reason`, `files` as in held_files, `as_it_was`. Raises HistoryError."""
    path = home / "links" / "held.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        # Before, holds were of files, whatever delivery they came in: what they held is looked at afresh.
        return {d: {key: hold[key] for key in ("reason", "files", "as_it_was")} for d, hold in held.items() if "delivery" not in hold}
    except (ValueError, AttributeError, TypeError, KeyError, OSError):
        raise HistoryError(f"{path} cannot be read: remove it and refresh; what changes too many people is then held again") from None


def held_files(home: Path) -> dict[tuple[str, str], str]:
    """The reason by delivery and sha256 of each file that is held: its delivery changed too many people, is as it was then, and nobody
    has accepted it. `delivery.json` in place of a sha256 is what the delivery deletes. Raises HistoryError."""
    accepted = _accepted(home)
    in_force = {d: hold for d, hold in holds(home).items() if d not in accepted and hold["as_it_was"] == _as_it_is(home, d)}
    return {(delivery, file): hold["reason"] for delivery, hold in in_force.items() for file in hold["files"]}


def _as_it_is(home: Path, delivery: str) -> str:
    """Changes when a file of a delivery is sent anew, added or withdrawn."""
    listed = home / "landed" / delivery / "SHA256SUMS"
    return hashlib.sha256(listed.read_bytes()).hexdigest() if listed.is_file() else "none"


def _write(home: Path, held: dict[str, dict[str, Any]]) -> None:
    part = home / "links" / ".held.json"
    part.write_text(json.dumps(held, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, home / "links" / "held.json")


def _accepted(home: Path) -> set[str]:
    path = home / "accepted.txt"
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        if "\0" in text:
            raise ValueError
    except (ValueError, OSError):
        raise HistoryError(f"{path} cannot be read: save it as plain text in UTF-8, one delivery a line, such as ndelius/2024-07-31") from None
    return {line.partition("#")[0].replace("\\", "/").strip(" \t/") for line in text.splitlines()} - {""}
