"""An invented national caseload as staging tables: what linkage reads of prison, probation and two providers, and nothing else.

Made in SQL from a seed: every draw is a hash of the person or record and of what is drawn, so that neither threads nor the order of
rows change it. Names are syllables put together, as common as Zipf has them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from ground.sql import literal
from orchestration.landing.schema import write_run
from orchestration.linkage.history import Earlier
from orchestration.settings import DEFAULT_LINK_THRESHOLD

PROVIDERS = ("provider_one", "provider_two")

# draw: [0, 1); which: 0 to n - 1.
_MACROS = """
create macro draw(key, what) as (hash(key, what, {seed}) >> 12) / 4503599627370496.0;
create macro which(key, what, n) as cast(hash(key, what, {seed}) % n as integer);
create macro letter(n) as chr(cast(65 + n % 26 as integer));
create macro noms_number(first, n) as first || lpad(cast(n % 10000 as varchar), 4, '0') || letter(n // 10000) || letter(n // 260000);
create macro check_letter(n) as substr('ZABCDEFGHJKLMNPQRTUVWXY', cast(1 + n % 23 as integer), 1);
create macro syllable(key, what) as ['BA', 'BE', 'DA', 'DO', 'GRA', 'HA', 'HEN', 'JO', 'JA', 'KA', 'LE', 'MA', 'MI', 'NO', 'PA', 'PE', 'RA', 'RI', 'SA',
    'SHA', 'STE', 'TA', 'THO', 'WA', 'WI', 'CLA', 'BRO', 'FER', 'COL', 'DEN'][1 + which(key, what, 30)];
create macro ending(key) as ['SON', 'TON', 'LEY', 'MAN', 'FORD', 'WELL', 'S', 'TER', 'NEY', 'RICK', 'LAND', 'BY', 'DON', 'MERE', 'WOOD', 'N'][1 + which(key, 'ending', 16)];
-- A letter left out, another in its place, two turned, one twice.
create macro mistyped(name, key) as case when length(name) < 4 then name || 'E' else
    left(name, 1 + which(key, 'place', length(name) - 2)) || case which(key, 'slip', 4)
        when 0 then substr(name, 3 + which(key, 'place', length(name) - 2))
        when 1 then letter(which(key, 'letter', 26)) || substr(name, 3 + which(key, 'place', length(name) - 2))
        when 2 then reverse(substr(name, 2 + which(key, 'place', length(name) - 2), 2)) || substr(name, 4 + which(key, 'place', length(name) - 2))
        else substr(name, 1 + which(key, 'place', length(name) - 2), 1) || substr(name, 2 + which(key, 'place', length(name) - 2)) end end;
create macro wrong_day(day, key) as case
    when draw(key, 'turned') < 0.5 and extract(day from day) <= 12
        then make_date(cast(extract(year from day) as integer), cast(extract(day from day) as integer), cast(extract(month from day) as integer))
    else day + (1 + which(key, 'days off', 9)) end;
"""

# The commonest of 20,000 surnames is borne by one in sixty, the commonest of 2,000 first names by one in forty.
_NAMES = """
create temp table surname as
with made as (select n, syllable(n, 's1') || syllable(n, 's2') || ending(n) as name, 1 / (n + 6) as share from range(20000) as t(n)),
known as (select name, min(n) as n, max(share) as share from made group by name)
select name, sum(share) over (order by n) / sum(share) over () as upto from known;
create temp table first_name as
with made as (select n, syllable(n, 'f1') || syllable(n, 'f2') || ['', 'L', 'N', 'EL', 'IN', 'Y'][1 + which(n, 'f3', 6)] as name, 1 / (n + 7) as share from range(2000) as t(n)),
known as (select name, min(n) as n, max(share) as share from made group by name)
select name, sum(share) over (order by n) / sum(share) over () as upto from known;
"""

# Twins, households, and father and son of one name live with the person numbered before them. Birth years lie about 1985, ages as of a
# caseload; three in a hundred are said to be born on 1 January. Three in a hundred live in a hostel.
_PEOPLE = """
create temp table drawn as
select
    person_no, draw(person_no, 'surname') as u_surname, draw(person_no, 'first name') as u_first, draw(person_no, 'other surname') as u_other_surname,
    draw(person_no, 'other first name') as u_other_first,
    case when person_no % 2 = 1 then 'own' when draw(person_no, 'kind') < 0.01 then 'twin' when draw(person_no, 'kind') < 0.015 then 'son'
        when draw(person_no, 'kind') < 0.15 then 'household' else 'own' end as kind,
    date '1960-01-01' + cast((draw(person_no, 'b1') + draw(person_no, 'b2') + draw(person_no, 'b3')) / 3 * 16500 as integer) as born,
    'Z' || letter(which(person_no, 'area', 20)) || (1 + which(person_no, 'district', 60)) || ' ' || which(person_no, 'sector', 10) as near,
    letter(which(person_no, 'unit', 20)) || letter(which(person_no, 'street', 20)) as unit
from range(1, {people} + 1) as t(person_no);

create temp table lone as
select drawn.*, surname.name as surname, first_name.name as first_name, other_surname.name as other_surname, other_first.name as other_first_name,
    case when draw(person_no, 'hostel') < 0.03 then 'ZH1 ' || which(person_no, 'hostel place', 10) || letter(which(person_no, 'hostel unit', 26)) || 'H'
        else near || unit end as postcode
from drawn
asof join surname on drawn.u_surname < surname.upto
asof join first_name on drawn.u_first < first_name.upto
asof join surname as other_surname on drawn.u_other_surname < other_surname.upto
asof join first_name as other_first on drawn.u_other_first < other_first.upto;

create temp table person as
select
    one.person_no, one.other_surname, one.other_first_name,
    case when one.kind in ('twin', 'son') or (one.kind = 'household' and draw(one.person_no, 'kin') < 0.5) then elder.surname else one.surname end as surname,
    case when one.kind = 'son' then elder.first_name else one.first_name end as first_name,
    case when one.kind = 'twin' then elder.born when one.kind = 'son' then elder.born + 7300 + which(one.person_no, 'younger', 3650)
        when draw(one.person_no, 'new year') < 0.03 then make_date(cast(extract(year from one.born) as integer), 1, 1) else one.born end as birth_date,
    case when one.kind <> 'own' then elder.postcode else one.postcode end as postcode,
    noms_number('A', one.person_no) as noms_number, noms_number('B', one.person_no) as old_noms_number,
    'X' || lpad(cast(one.person_no as varchar), 6, '0') as crn,
    cast(1980 + one.person_no % 40 as varchar) || '/' || lpad(cast(one.person_no * 7 as varchar), 7, '0')
        || check_letter((1980 + one.person_no % 40) % 100 * 10000000 + one.person_no * 7) as pnc,
    lpad(cast(one.person_no as varchar), 6, '0') || '/' || lpad(cast((1980 + one.person_no % 40) % 100 as varchar), 2, '0')
        || check_letter((1980 + one.person_no % 40) % 100 * 1000000 + one.person_no) as cro,
    date '2012-01-01' + which(one.person_no, 'sentenced', 4400) as first_sentence
from lone as one
left join lone as elder on elder.person_no = one.person_no - 1;
"""

# A person is known to prison, to probation (some under two CRNs), to providers. A name is mistyped in one of ten, turned in 3%, a birth
# date wrong in 2%; half of those whose surname has changed go by the new one.
_RECORDS = """
create temp table known as
select person_no, 'nomis' as source, cast(2000000 + person_no * 10 as varchar) as source_key from person where draw(person_no, 'prison') < 0.84
union all
select person_no, 'ndelius', cast(5000000 + person_no * 10 as varchar) from person where draw(person_no, 'probation') < 0.92 or draw(person_no, 'prison') >= 0.84
union all
select person_no, 'ndelius', cast(5000001 + person_no * 10 as varchar) from person where draw(person_no, 'second case') < 0.02
union all
select person_no, '{one}', 'P' || hash(person_no, '{one}', {seed}) from person where draw(person_no, '{one}') < 0.45
union all
select person_no, '{two}', 'Q' || hash(person_no, '{two}', {seed}) from person where draw(person_no, '{two}') < 0.35;

create temp table told as
select known.source, known.source_key, person.*, known.source not in ('nomis', 'ndelius') as of_provider,
    case when draw(person.person_no, 'changed') < 0.06 and draw(source_key, 'changed') < 0.5 then person.other_surname else person.surname end as told_surname,
    draw(source_key, 'mistyped') as u_mistyped, draw(source_key, 'swapped') < 0.03 as is_swapped
from known inner join person using (person_no);

create temp table record as
select * replace (
        case when is_swapped then first_name else typed_surname end as surname, case when is_swapped then typed_surname else typed_first_name end as first_name,
        case when draw(source_key, 'no birth date') < 0.005 then date '1900-01-01' when draw(source_key, 'wrong birth date') < 0.02 then wrong_day(birth_date, source_key)
            else birth_date end as birth_date,
        case when draw(source_key, 'no home') < 0.02 then 'NF1 1NF' when draw(source_key, 'home') < if(of_provider, 0.70, 0.80) then postcode
            when draw(source_key, 'home') < 0.90 then near_another end as postcode
    )
from (
    select *,
        case when u_mistyped < 0.06 then mistyped(told_surname, source_key) else told_surname end as typed_surname,
        case when u_mistyped between 0.06 and 0.10 then mistyped(first_name, source_key) else first_name end as typed_first_name,
        'Z' || letter(which(source_key, 'area', 20)) || (1 + which(source_key, 'district', 60)) || ' ' || which(source_key, 'sector', 10)
            || letter(which(source_key, 'unit', 20)) || letter(which(source_key, 'street', 20)) as near_another
    from told
);

-- Other names, of which each system knows some: another surname, or another first name; the birth date given with it may be another.
create temp table alias as
select record.source, record.source_key, record.person_no, n,
    case when which(record.person_no, 'alias kind' || n, 5) < 3 then another.other_surname else record.surname end as surname,
    case when which(record.person_no, 'alias kind' || n, 5) < 3 then record.first_name else another.other_first_name end as first_name,
    case when draw(record.person_no, 'alias born' || n) < 0.15 then person.birth_date + (which(record.person_no, 'alias days' || n, 700) - 350)
        else record.birth_date end as birth_date
from record
inner join person using (person_no)
cross join (values (0), (1), (2)) as t(n)
inner join person as another on another.person_no = 1 + (record.person_no * 7 + n * 1009) % {people}
where not record.of_provider and draw(record.person_no, 'alias' || n) < [0.45, 0.2, 0.08][n + 1] and draw(record.source_key, 'alias' || n) < 0.7;
"""

_STAGING = """
create schema staging;
create table staging.stg_nomis__offender as
select source_key as offender_id, source_key as root_offender_id, noms_number as offender_id_display, surname as last_name, first_name, birth_date
from record where source = 'nomis'
union all
select cast(cast(source_key as bigint) + 1 + n as varchar), source_key, record.noms_number, alias.surname, alias.first_name, alias.birth_date
from alias inner join record using (source, source_key) where source = 'nomis';

create table staging.stg_nomis__offender_identifier as
select source_key as offender_id, 'PNC' as identifier_type, pnc as identifier, cast(null as timestamp) as _recorded_at, cast(null as bigint) as _pointer
from record where source = 'nomis' and draw(source_key, 'pnc') < 0.9
union all
select source_key, 'CRO', cro, null, null from record where source = 'nomis' and draw(source_key, 'cro') < 0.6
union all
select source_key, 'MERGED', old_noms_number, null, null from record where source = 'nomis' and draw(person_no, 'merged') < 0.01;

create table staging.stg_nomis__address as
select source_key as root_offender_id, postcode from record where source = 'nomis'
union all
select source_key, near_another from record where source = 'nomis' and draw(source_key, 'second home') < 0.3;

create table staging.stg_nomis__offender_booking as
select source_key || '1' as offender_book_id, source_key as offender_id, source_key as root_offender_id from record where source = 'nomis';

create table staging.stg_nomis__offender_sentence as
select source_key || '1' as offender_book_id, first_sentence + n * (200 + which(person_no, 'sentence' || n, 700)) as start_date
from record cross join (values (0), (1), (2)) as t(n)
where source = 'nomis' and draw(person_no, 'sentenced' || n) < [1, 0.6, 0.3][n + 1] and draw(source_key, 'sentenced' || n) < 0.9;

create table staging.stg_ndelius__offender as
select source_key as offender_id, if(source_key like '%1', replace(crn, 'X', 'Y'), crn) as crn,
    case when draw(source_key, 'noms') < 0.78 then noms_number when draw(person_no, 'merged') < 0.01 then old_noms_number end as noms_number,
    case when draw(source_key, 'pnc') < 0.85 then pnc end as pnc_number, case when draw(source_key, 'cro') < 0.5 then cro end as cro_number,
    first_name, surname, case when draw(source_key, 'previous') < 0.1 then other_surname end as previous_surname, birth_date as date_of_birth_date
from record where source = 'ndelius';

create table staging.stg_ndelius__additional_identifier (offender_id varchar, identifier varchar);
create table staging.stg_ndelius__alias as
select source_key as offender_id, first_name, surname, birth_date as date_of_birth_date from alias where source = 'ndelius';

create table staging.stg_ndelius__offender_address as
select source_key as offender_id, postcode from record where source = 'ndelius'
union all
select source_key, near_another from record where source = 'ndelius' and draw(source_key, 'second home') < 0.3;

create table staging.stg_ndelius__disposal as
select source_key as offender_id, first_sentence + n * (200 + which(person_no, 'sentence' || n, 700)) as disposal_date
from record cross join (values (0), (1), (2)) as t(n)
where source = 'ndelius' and draw(person_no, 'sentenced' || n) < [1, 0.6, 0.3][n + 1] and draw(source_key, 'sentenced' || n) < 0.9;

-- Each number missing on its own from 15%; three in a thousand NOMS numbers are somebody else's.
-- Nobody has decided anything.
create table staging.stg_decisions__link_decision (left_record varchar, right_record varchar, decision varchar, decided_at timestamp, decision_id bigint, was_settled boolean);
create table staging.stg_provider__person as
select source as _source, source_key as person_ref,
    case when draw(source_key, 'noms') < 0.847 then noms_number when draw(source_key, 'noms') < 0.85
        then noms_number('A', 1 + which(source_key, 'not theirs', {people})) end as noms_no,
    case when draw(source_key, 'crn') < 0.85 then crn end as crn, case when draw(source_key, 'pnc') < 0.85 then pnc end as pnc,
    first_name, surname as last_name, birth_date, postcode
from record where of_provider;
"""

_TRUTH = """
copy (
    select record.source, record.source_key, record.person_no,
        not of_provider or draw(source_key, 'noms') < 0.847 or draw(source_key, 'crn') < 0.85 or draw(source_key, 'pnc') < 0.85 as has_own_number
    from record
) to {truth} (format parquet)
"""


def make_caseload(warehouse: Path, truth: Path, people: int, seed: int, as_of: str) -> None:
    """A new warehouse file with the staging tables of `people` invented people, seven records for three of them, and the run's as-of
    day. Who each record is of: `truth`, Parquet with source, source_key, person_no and has_own_number."""
    warehouse.unlink(missing_ok=True)
    given = {"people": people, "seed": seed, "one": PROVIDERS[0], "two": PROVIDERS[1], "truth": literal(truth)}
    with duckdb.connect(str(warehouse), config={"threads": 2, "autoinstall_known_extensions": False}) as con:
        con.execute("create schema landing")
        write_run(con, date.fromisoformat(as_of), DEFAULT_LINK_THRESHOLD, Earlier(), [])
        for script in (_MACROS, _NAMES, _PEOPLE, _RECORDS, _STAGING, _TRUTH):
            for name, value in given.items():
                script = script.replace("{" + name + "}", str(value))
            con.execute(script)
