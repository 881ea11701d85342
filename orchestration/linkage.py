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

# Two records are compared when they share an id; a CRN's NOMS number comes before its PNC as the way they were found.
CASE_PAIRS = """
create or replace temp table case_pair as
select
    case_id.source as left_source, case_id.source_key as left_key, known_id.source as right_source, known_id.source_key as right_key,
    min(case case_id.kind when 'noms' then 'noms_number' else 'pnc' end) as method
from linkage.link_identifier as case_id
inner join linkage.link_identifier as known_id
    on known_id.kind = case_id.kind and known_id.identifier = case_id.identifier
where case_id.source = 'ndelius' and case_id.kind in ('noms', 'pnc')
    and (known_id.source = 'nomis'
        or (known_id.source = 'ndelius' and known_id.kind = 'noms' and case_id.source_key < known_id.source_key))
group by case_id.source, case_id.source_key, known_id.source, known_id.source_key
"""

# They agree when they share a birth date, or surname and first name, over all their aliases. The union leaves each pair once.
AGREEING = """
create or replace temp table {pair}_agreeing as
select pair.*
from {pair} as pair
inner join linkage.link_birth_date as left_born
    on left_born.source = pair.left_source and left_born.source_key = pair.left_key
inner join linkage.link_birth_date as right_born
    on right_born.source = pair.right_source and right_born.source_key = pair.right_key
    and right_born.birth_date = left_born.birth_date
union
select pair.*
from {pair} as pair
inner join linkage.link_name as left_name
    on left_name.source = pair.left_source and left_name.source_key = pair.left_key
inner join linkage.link_name as right_name
    on right_name.source = pair.right_source and right_name.source_key = pair.right_key
    and right_name.surname = left_name.surname and right_name.first_name = left_name.first_name
"""

# Every prison and probation record with the oldest record it belongs to. A booking names a person even where the table of persons
# was never delivered (contracts: Layout). Ids that lead to two people link to neither, whichever of the two agrees.
RECORDS = """
create or replace temp table record as
with prisoner as (
    select root_offender_id as source_key
    from staging.stg_nomis__offender
    union
    select coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id)
    from staging.stg_nomis__offender_booking as booking
    left join staging.stg_nomis__offender as offender on offender.offender_id = booking.offender_id
),
led_to_one as (
    select left_key
    from case_pair
    where right_source = 'nomis'
    group by left_key
    having count(*) = 1
),
known_in_prison as (
    select agreeing.left_key, agreeing.right_key, agreeing.method
    from case_pair_agreeing as agreeing
    inner join led_to_one on led_to_one.left_key = agreeing.left_key
    where agreeing.right_source = 'nomis'
)
select 'nomis' as source, source_key, 'nomis' as root_source, source_key as root_key, 'own_record' as method
from prisoner
where source_key is not null
union all
select
    'ndelius' as source, offender.offender_id as source_key,
    case when known.left_key is null then 'ndelius' else 'nomis' end as root_source,
    coalesce(known.right_key, offender.offender_id) as root_key,
    coalesce(known.method, 'own_record') as method
from staging.stg_ndelius__offender as offender
left join known_in_prison as known on known.left_key = offender.offender_id
"""

SAME_NOMS_NUMBER = """
select agreeing.left_key, left_case.root_source, left_case.root_key, agreeing.right_key, right_case.root_source, right_case.root_key
from case_pair_agreeing as agreeing
inner join record as left_case on left_case.source = 'ndelius' and left_case.source_key = agreeing.left_key
inner join record as right_case on right_case.source = 'ndelius' and right_case.source_key = agreeing.right_key
where agreeing.right_source = 'ndelius'
"""

PERSON_RECORDS = """
create or replace temp table person_record as
select record.source, record.source_key, root_person.person_id, record.method
from record
left join older_root on older_root.root_source = record.root_source and older_root.root_key = record.root_key
inner join root_person
    on root_person.root_source = coalesce(older_root.older_source, record.root_source)
    and root_person.root_key = coalesce(older_root.older_key, record.root_key)
"""

# A provider's row is compared with every record of the one person that its ids lead to.
PROVIDER_PAIRS = """
create or replace temp table provider_pair as
with led_to_one as (
    select
        provider_id.source, provider_id.source_key, min(known.person_id) as person_id,
        min(case provider_id.kind when 'crn' then 1 when 'noms' then 2 else 3 end) as first_kind
    from linkage.link_identifier as provider_id
    inner join linkage.link_identifier as known_id
        on known_id.kind = provider_id.kind and known_id.identifier = provider_id.identifier
    inner join person_record as known
        on known.source = known_id.source and known.source_key = known_id.source_key
    where provider_id.source not in ('nomis', 'ndelius')
    group by provider_id.source, provider_id.source_key
    having min(known.person_id) = max(known.person_id)
)
select
    led_to_one.source as left_source, led_to_one.source_key as left_key, known.source as right_source, known.source_key as right_key,
    led_to_one.person_id, case led_to_one.first_kind when 1 then 'crn' when 2 then 'noms_number' else 'pnc' end as method
from led_to_one
inner join person_record as known on known.person_id = led_to_one.person_id
"""

# Tables that carry ids only link by that id alone.
PERSON_LINK = """
select source, source_key, person_id, method from person_record
union all
select distinct left_source, left_key, person_id, method from provider_pair_agreeing
union all
select 'crn', crn.identifier, min(known.person_id), 'crn'
from linkage.link_identifier as crn
inner join person_record as known on known.source = crn.source and known.source_key = crn.source_key
where crn.source = 'ndelius' and crn.kind = 'crn'
group by crn.identifier
having min(known.person_id) = max(known.person_id)
order by source, source_key
"""

Record = tuple[str, str]  # (source, key)


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


def opaque_ids(key: bytes, kind: str, *columns: list[str]) -> list[str]:
    """24 hex characters that stand for each row of `columns`, stable for one key."""
    keyed = hmac.new(key, f"{kind}|".encode(), hashlib.sha256)

    def opaque(parts: tuple[str, ...]) -> str:
        one = keyed.copy()
        one.update("|".join(parts).encode())
        return one.hexdigest()[:24]

    return [opaque(parts) for parts in zip(*columns, strict=True)]


def _age(record: Record) -> tuple[bool, int, str]:
    """A prison record is older than a case, and a lower key older than a higher."""
    source, key = record
    return (source != "nomis", int(key) if key.isdecimal() else 2**63, key)


def older_roots(same_number: list[tuple[str, Record, str, Record]]) -> dict[Record, Record]:
    """For pairs of cases on one NOMS number, each with the oldest record it has so far: which of these records belongs to
    another, older one. Two cases are joined unless that would join two prison records."""
    older: dict[Record, Record] = {}

    def oldest(root: Record) -> Record:
        while root in older:
            root = older[root]
        return root

    for _, one, _, two in sorted(same_number, key=lambda pair: (_age(("ndelius", pair[0])), _age(("ndelius", pair[2])))):
        keep, drop = sorted((oldest(one), oldest(two)), key=_age)
        if keep != drop and drop[0] != "nomis":
            older[drop] = keep
    return {root: oldest(root) for root in older}


def person_link(con: duckdb.DuckDBPyConnection, key: bytes) -> duckdb.DuckDBPyRelation:
    """The table linkage.person_link, from schemas staging and linkage of the warehouse that `con` is connected to.

    Columns: source ('nomis', 'ndelius', 'provider_x', 'crn'), source_key, person_id, method; a record of a provider that is
    linked to nobody has no row.
    """
    for made in (CASE_PAIRS, AGREEING.format(pair="case_pair"), RECORDS):
        con.execute(made)
    pairs = [(left, (l1, l2), right, (r1, r2)) for left, l1, l2, right, r1, r2 in con.execute(SAME_NOMS_NUMBER).fetchall()]
    older = [(*root, *oldest) for root, oldest in older_roots(pairs).items()]
    con.register("older_root", _text_table(["root_source", "root_key", "older_source", "older_key"], older))
    roots = con.execute("select distinct root_source, root_key from record").to_arrow_table()
    person = opaque_ids(key, "person", *(column.to_pylist() for column in roots.columns))
    con.register("root_person", roots.append_column("person_id", pa.array(person, pa.string())))
    for made in (PERSON_RECORDS, PROVIDER_PAIRS, AGREEING.format(pair="provider_pair")):
        con.execute(made)
    return con.query(PERSON_LINK)


def booking_token(con: duckdb.DuckDBPyConnection, key: bytes) -> pa.Table:
    """The table linkage.booking_token. Columns: offender_book_id, booking_token."""
    bookings = con.execute("select offender_book_id from staging.stg_nomis__offender_booking order by 1").to_arrow_table()
    token = opaque_ids(key, "booking", bookings["offender_book_id"].to_pylist())
    return bookings.append_column("booking_token", pa.array(token, pa.string()))


def _text_table(columns: list[str], rows: list[tuple]) -> pa.Table:
    """Text columns from rows, with their names also where there are no rows."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table({column: pa.array(value, pa.string()) for column, value in zip(columns, values, strict=True)})
