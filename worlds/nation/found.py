"""Which of the providers' private records lead to their person by agreeing numbers, and why the others do not.

Worked out from what was written down, by the rules for the time before probabilistic linkage (definition: invented_by_numbers).
"""

from __future__ import annotations

from worlds.nation.world import World


def find_people(world: World) -> None:
    """Fill truth.client: sender, person_ref, `cause`, on the day that schema `truth` stands for.

    cause is empty where the numbers find the person, and for a record of somebody nobody else ever wrote down. Else one of
    no_usable_number, numbers_of_two_people, another_persons_number, nothing_agrees, record_apart (the number leads to a probation
    record that is not joined to the prison's, or to one beside the person's own), or why the person's own records are apart.
    """
    world.con.execute(_FOUND)


_FOUND = r"""
create or replace macro letters_of(name) as regexp_replace(upper(coalesce(name, '')), '[^\p{L}]', '', 'g');

-- A record is its prison root, or where the two systems are apart, the case itself.
create or replace temp table the_case as
select delius.offender_no, delius.crn, delius.noms_number, delius.pnc_number, delius.first_name, delius.surname, delius.date_of_birth,
    case when person.link in ('noms_number', 'old_number', 'pnc') and main.is_linked then 'n' || main.offender_id else 'd' || delius.offender_no end as holder
from truth.delius_offender as delius
inner join life.person as person on person.person_no = delius.person_no
left join truth.person as main on main.person_no = delius.person_no and main.is_main;

create or replace temp table held_number as
select 'noms' as kind, display as number, 'n' || root_offender_id as holder from truth.nomis_offender
union
select 'noms', identifier.identifier, 'n' || offender.root_offender_id
from truth.identifier as identifier inner join truth.nomis_offender as offender on offender.offender_id = identifier.offender_id
where identifier.kind in ('MERGED', 'NOMS')
union
select 'pnc', identifier.identifier, 'n' || offender.root_offender_id
from truth.identifier as identifier inner join truth.nomis_offender as offender on offender.offender_id = identifier.offender_id
where identifier.kind = 'PNC'
union
select 'crn', crn, holder from the_case
union
select 'noms', noms_number, holder from the_case where noms_number is not null
union
select 'pnc', pnc_number, holder from the_case where pnc_number is not null;

create or replace temp table born as
select holder, birth_date
from (select 'n' || root_offender_id as holder, birth_date from truth.nomis_offender union select holder, date_of_birth from the_case)
where birth_date is not null and birth_date not in (date '1900-01-01', date '1970-01-01');
create or replace temp table called as
select 'n' || root_offender_id as holder, letters_of(last_name) || '/' || letters_of(first_name) as name from truth.nomis_offender
union
select holder, letters_of(surname) || '/' || letters_of(first_name) from the_case;

create or replace table truth.client as
with asked as (
    select client.* replace (coalesce(same.now_no, client.person_no) as person_no)
    from buy.client as client left join truth.same as same on same.person_no = client.person_no where not client.is_shortened
),
numbers as (
    select sender, person_ref, 'noms' as kind, noms_no as number from asked where noms_is in ('own', 'other')
    union all
    select sender, person_ref, 'crn', crn from asked where crn_is in ('own', 'other')
    union all
    select sender, person_ref, 'pnc', pnc from asked where pnc_is in ('own', 'other')
),
led as (
    select numbers.sender, numbers.person_ref, min(held.holder) as holder, count(distinct held.holder) as holders
    from numbers inner join held_number as held on held.kind = numbers.kind and held.number = numbers.number
    group by numbers.sender, numbers.person_ref
),
judged as (
    select client.sender, client.person_ref, client.person_no, client.has_own, client.has_other, led.holder, coalesce(led.holders, 0) as holders,
        born.holder is not null or called.holder is not null as agrees
    from asked as client
    left join led on led.sender = client.sender and led.person_ref = client.person_ref
    left join born on born.holder = led.holder and born.birth_date = client.birth_date
    left join called on called.holder = led.holder and called.name = letters_of(client.last_name) || '/' || letters_of(client.first_name)
),
apart as (
    select main.person_no, any_value(needs.cause) as cause
    from truth.needs_linkage as needs inner join truth.person as main on main.offender_id = needs.offender_id
    group by main.person_no
)
select judged.sender, judged.person_ref,
    case when judged.person_no is null then null
        when apart.cause is not null then apart.cause
        when judged.holders = 1 and judged.agrees and judged.holder = 'n' || person.offender_id then null
        when judged.has_own and judged.has_other then 'numbers_of_two_people'
        when judged.has_other then 'another_persons_number'
        when judged.holders = 0 then 'no_usable_number'
        when judged.holders > 1 or judged.holder <> 'n' || person.offender_id then 'record_apart'
        else 'nothing_agrees' end as cause
from judged
left join life.person as person on person.person_no = judged.person_no
left join apart on apart.person_no = judged.person_no;
"""
