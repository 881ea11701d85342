"""Who is who: prison, probation and provider records joined into persons.

Deterministic rules (decisions: Persons, until probabilistic linkage lands). Cleaning is SQL in the dbt schema `linkage`;
this module compares, clusters and gives every cluster its `person_id`. dbt calls it: two models of that schema are Python.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

import duckdb
import pyarrow as pa

KEY_BYTES = 32

# A booking names a person even where the table of persons was never delivered (contracts: Layout).
PRISONERS = """
select root_offender_id from staging.stg_nomis__offender where root_offender_id is not null
union
select coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id)
from staging.stg_nomis__offender_booking as booking
left join staging.stg_nomis__offender as offender on offender.offender_id = booking.offender_id
where coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id) is not null
"""

# Two records agree when they share a birth date, or surname and first name, over all their aliases.
AGREEING_PAIRS = """
create or replace temp table candidate as
select distinct
    left_id.source as left_source, left_id.source_key as left_key, left_id.kind,
    right_id.source as right_source, right_id.source_key as right_key
from linkage.link_identifier as left_id
inner join linkage.link_identifier as right_id
    on right_id.kind = left_id.kind and right_id.identifier = left_id.identifier
where (left_id.source = 'ndelius' and right_id.source = 'nomis' and left_id.kind in ('noms', 'pnc'))
    or (left_id.source = 'ndelius' and right_id.source = 'ndelius' and left_id.kind = 'noms'
        and left_id.source_key < right_id.source_key);

create or replace temp table agreeing as
select candidate.*
from candidate
where exists (
        select 1
        from linkage.link_birth_date as left_born
        inner join linkage.link_birth_date as right_born on right_born.birth_date = left_born.birth_date
        where left_born.source = candidate.left_source and left_born.source_key = candidate.left_key
            and right_born.source = candidate.right_source and right_born.source_key = candidate.right_key)
    or exists (
        select 1
        from linkage.link_name as left_name
        inner join linkage.link_name as right_name
            on right_name.surname = left_name.surname and right_name.first_name = left_name.first_name
        where left_name.source = candidate.left_source and left_name.source_key = candidate.left_key
            and right_name.source = candidate.right_source and right_name.source_key = candidate.right_key);
"""

# Ids that lead to two people link to neither, whichever of the two agrees; the first kind of id that led there is the method.
CASE_TO_PRISON = """
select
    agreeing.left_key, min(agreeing.right_key) as right_key,
    case when bool_or(agreeing.kind = 'noms') then 'noms_number' else 'pnc' end as method
from agreeing
inner join (
    select left_key
    from candidate
    where left_source = 'ndelius' and right_source = 'nomis'
    group by left_key
    having count(distinct right_key) = 1
) as led_to_one on led_to_one.left_key = agreeing.left_key
where agreeing.left_source = 'ndelius' and agreeing.right_source = 'nomis'
group by agreeing.left_key
order by agreeing.left_key
"""

SAME_NOMS_NUMBER = """
select distinct left_key, right_key
from agreeing
where left_source = 'ndelius' and right_source = 'ndelius'
order by left_key, right_key
"""

# A provider's row is compared with every record of the person that its ids lead to.
PROVIDER_LINKS = """
create or replace temp table provider_candidate as
select distinct provider_id.source, provider_id.source_key, provider_id.kind, known.person_id
from linkage.link_identifier as provider_id
inner join linkage.link_identifier as known_id
    on known_id.kind = provider_id.kind and known_id.identifier = provider_id.identifier
inner join person_record as known
    on known.source = known_id.source and known.source_key = known_id.source_key
where provider_id.source not in ('nomis', 'ndelius');

create or replace temp table provider_agreeing as
select provider_candidate.*
from provider_candidate
where exists (
        select 1
        from person_record as known
        inner join linkage.link_birth_date as known_born
            on known_born.source = known.source and known_born.source_key = known.source_key
        inner join linkage.link_birth_date as born on born.birth_date = known_born.birth_date
        where known.person_id = provider_candidate.person_id
            and born.source = provider_candidate.source and born.source_key = provider_candidate.source_key)
    or exists (
        select 1
        from person_record as known
        inner join linkage.link_name as known_name
            on known_name.source = known.source and known_name.source_key = known.source_key
        inner join linkage.link_name as named
            on named.surname = known_name.surname and named.first_name = known_name.first_name
        where known.person_id = provider_candidate.person_id
            and named.source = provider_candidate.source and named.source_key = provider_candidate.source_key);
"""

PERSON_LINK = """
with provider_link as (
    select
        source, source_key, min(person_id) as person_id,
        case min(case kind when 'crn' then 1 when 'noms' then 2 else 3 end)
            when 1 then 'crn' when 2 then 'noms_number' else 'pnc' end as method
    from provider_agreeing
    where (source, source_key) in (
        select (source, source_key) from provider_candidate group by source, source_key having count(distinct person_id) = 1)
    group by source, source_key
),
-- Tables that carry ids only link by that id alone.
crn_link as (
    select 'crn' as source, crn.identifier as source_key, min(known.person_id) as person_id, 'crn' as method
    from linkage.link_identifier as crn
    inner join person_record as known on known.source = crn.source and known.source_key = crn.source_key
    where crn.source = 'ndelius' and crn.kind = 'crn'
    group by crn.identifier
    having count(distinct known.person_id) = 1
)
select source, source_key, person_id, method from person_record
union all
select source, source_key, person_id, method from provider_link
union all
select source, source_key, person_id, method from crn_link
order by source, source_key
"""


class IdentityKeyError(Exception):
    """The key of the home is not whole. The text names the file and says what to do; it never quotes the key."""


def identity_key(home: Path) -> bytes:
    """The secret that makes person ids meaningless outside this home (design: Shape, 7): 32 bytes, made once, readable by its
    owner only. Raises IdentityKeyError, because a short or damaged key would quietly give every person another id."""
    path = home / "identity.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"identity.key.{os.getpid()}")
        part.touch(mode=0o600)
        with part.open("w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            # On the disk before it has its name: a power cut must not leave an empty key.
            os.fsync(file.fileno())
        # A hard link, unlike a rename, never replaces a key that another run has just made.
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        part.unlink()
    written = path.read_bytes().strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{%d}" % (2 * KEY_BYTES), written):
        raise IdentityKeyError(
            f"{path} is damaged: it must hold {2 * KEY_BYTES} hexadecimal characters. Restore it from backup; with another key "
            "every person gets another id"
        )
    return bytes.fromhex(written.decode())


def opaque_id(key: bytes, *parts: str) -> str:
    """24 hex characters that stand for `parts`, stable for one key."""
    return hmac.new(key, "|".join(parts).encode(), hashlib.sha256).hexdigest()[:24]


def _key_order(source_key: str) -> tuple[int, str]:
    return (int(source_key), source_key) if source_key.isdigit() else (2**63, source_key)


def cluster_records(
    prison: list[str], cases: list[str], case_to_prison: dict[str, str], same_number: list[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Join records into persons.

    Returns {(source, key): (source, key) of the oldest record of its person}; a prison record is older than a case, and a
    lower key older than a higher. Two cases on one NOMS number are joined unless that would join two prison records.
    """
    oldest: dict[tuple[str, str], tuple[str, str]] = {("nomis", key): ("nomis", key) for key in prison}
    members: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for case in sorted(cases, key=_key_order):
        root = ("nomis", case_to_prison[case]) if case in case_to_prison else ("ndelius", case)
        oldest[("ndelius", case)] = root
        members.setdefault(root, []).append(("ndelius", case))
    for left, right in sorted(same_number, key=lambda pair: (_key_order(pair[0]), _key_order(pair[1]))):
        one, two = oldest[("ndelius", left)], oldest[("ndelius", right)]
        if one == two or (one[0] == "nomis" and two[0] == "nomis"):
            continue
        keep, drop = sorted((one, two), key=lambda root: (root[0] != "nomis", _key_order(root[1])))
        for record in members.pop(drop):
            oldest[record] = keep
            members.setdefault(keep, []).append(record)
    return oldest


def person_link(con: duckdb.DuckDBPyConnection, key: bytes) -> duckdb.DuckDBPyRelation:
    """The table linkage.person_link, from schemas staging and linkage of the warehouse that `con` is connected to.

    Columns: source ('nomis', 'ndelius', 'provider_x', 'crn'), source_key, person_id, method; a record of a provider that is
    linked to nobody has no row.
    """
    con.execute(AGREEING_PAIRS)
    prison = [key for (key,) in con.execute(PRISONERS).fetchall()]
    cases = [k for (k,) in con.execute("select offender_id from staging.stg_ndelius__offender").fetchall()]
    linked = con.execute(CASE_TO_PRISON).fetchall()
    oldest = cluster_records(prison, cases, {case: root for case, root, _ in linked}, con.execute(SAME_NOMS_NUMBER).fetchall())
    method = {("ndelius", case): how for case, _, how in linked}
    records = [
        (source, source_key, opaque_id(key, "person", *root), method.get((source, source_key), "own_record"))
        for (source, source_key), root in sorted(oldest.items())
    ]
    con.register("new_rows", _text_table(["source", "source_key", "person_id", "method"], records))
    con.execute("create or replace temp table person_record as select source, source_key, person_id, method from new_rows")
    con.execute(PROVIDER_LINKS)
    return con.query(PERSON_LINK)


def booking_token(con: duckdb.DuckDBPyConnection, key: bytes) -> pa.Table:
    """The table linkage.booking_token. Columns: offender_book_id, booking_token."""
    bookings = con.execute("select offender_book_id from staging.stg_nomis__offender_booking order by 1").fetchall()
    return _text_table(["offender_book_id", "booking_token"], [(book, opaque_id(key, "booking", book)) for (book,) in bookings])


def _text_table(columns: list[str], rows: list[tuple]) -> pa.Table:
    """Text columns from rows in one go: row-wise inserts would take minutes at full size."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table({column: pa.array(value, pa.string()) for column, value in zip(columns, values, strict=True)})
