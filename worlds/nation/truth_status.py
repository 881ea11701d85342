"""The truth about recall and about housing and work on the fixed days after a release (definition: status_states, recall_definition)."""

from __future__ import annotations

from datetime import date, timedelta

from worlds.nation.world import World

_LAG_DAYS = 14
# The delivered tables whose latest day a domain waits for (definition: status_watermark).
_BOTH = {
    ("nomis", "OFFENDER_EXTERNAL_MOVEMENTS"),
    ("ndelius", "RELEASE"),
    ("ndelius", "RECALL"),
    ("ndelius", "KEY_DATE"),
    ("ndelius", "DISPOSAL"),
}
_WAITS_FOR = {
    "employment": _BOTH | {("ndelius", "PERSONAL_CIRCUMSTANCE")},
    "accommodation": _BOTH
    | {("ndelius", "PERSONAL_CIRCUMSTANCE"), ("nomis", "ADDRESSES"), ("nomis", "ADDRESS_USAGES"), ("ndelius", "OFFENDER_ADDRESS")},
}


def mature_through(world: World, domain: str, as_of: date) -> date:
    """The last day whose status of `domain` is due as at `as_of`: the earliest watermark of what it waits for, less the lag."""
    watermarks: dict[tuple[str, str], date] = {}
    for source, table, complete_to, _, _ in world.delivered:
        if complete_to <= as_of:
            watermarks[source, table] = max(complete_to, watermarks.get((source, table), complete_to))
    return min(watermarks[needed] for needed in _WAITS_FOR[domain]) - timedelta(days=_LAG_DAYS)


def as_prison_says(world: World, *tables: str) -> None:
    """Give what belongs to a stranger in tables of schema `truth` to the person whom prison takes both for on the day."""
    for table in tables:
        world.con.execute(f"update truth.{table} as t set person_no = s.now_no from truth.same as s where s.person_no = t.person_no")


def work_out_recalls(world: World) -> None:
    """Fill `truth.recall`, one row a release on licence that was recalled."""
    world.con.execute(_RECALLS)


def work_out_statuses(world: World, as_of: date) -> None:
    """Fill `truth.status`: twelve rows a release."""
    con = world.con
    con.execute(_CURRENT.format(as_of=as_of, second_full_day=world.second_full_day or "2999-12-31"))
    as_prison_says(world, "address", "circumstance")
    con.execute("update truth.discharge_address as a set owner_id = m.now from truth.merged as m where m.root = a.owner_id")
    con.execute(_DAYS.format(**{domain: mature_through(world, domain, as_of) for domain in _WAITS_FOR}))
    con.execute(_IN_FORCE)
    con.execute(_STATUSES)
    con.execute(_FINANCE.format(as_of=as_of))


_RECALLS = """
create or replace table truth.recall as
with on_licence as (
    select *, coalesce(next_release_ts, timestamp '2999-12-31') as next_ts from truth.release where is_on_licence
), revoked as (
    select r.release_no, min(c.recalled_on) as revoked_on, string_agg(distinct c.reason, ';' order by c.reason) as reasons
    from on_licence as r
    join truth.belonging as b using (release_no)
    join truth.delius_recall as c on c.release_row = b.release_row and c.reason not in ('EOTL', 'TSH', 'IRC') and c.recalled_on >= r.release_date
    group by r.release_no
), admissions as (
    select r.release_no, a.ts, a.on_day, a.book_no, a.is_recall_admission
    from on_licence as r
    join truth.classed as a on a.offender_id = r.offender_id and a.is_admission and a.ts > r.release_ts and a.ts < r.next_ts
    -- The admission of a same-day recall counts for no other release.
    where not exists (select 1 from truth.classed as x where x.offender_id = a.offender_id and x.on_day = a.on_day and x.reason_class = 'same_day_recall' and x.ts < a.ts
                      and a.is_recall_admission)
), returns as (
    select a.release_no, min(a.ts) as returned_ts, min(if(a.is_recall_admission, a.on_day, null)) as recall_admission_on
    from admissions as a left join revoked as v using (release_no)
    where a.is_recall_admission or a.on_day >= v.revoked_on
    group by a.release_no
), recalled as (
    select r.release_no, r.release_date, r.licence_end_date, r.next_ts, coalesce(v.revoked_on, t.recall_admission_on) as recall_date, cast(t.returned_ts as date) as returned_date,
           a.book_no as return_book_no, v.reasons
    from on_licence as r
    left join revoked as v using (release_no)
    left join returns as t using (release_no)
    left join admissions as a on a.release_no = r.release_no and a.ts = t.returned_ts
    where v.revoked_on is not null or t.recall_admission_on is not null
)
select c.release_no, c.recall_date, cast(date_diff('day', c.release_date, c.recall_date) as integer) as days_to_recall,
       case when c.recall_date - c.release_date <= 7 then '0-7' when c.recall_date - c.release_date <= 28 then '8-28' else '29+' end as band,
       case when t.days is not null then 'fixed_term_' || t.days when c.returned_date is not null then 'standard' else 'unknown' end as recall_type,
       c.reasons, c.returned_date, if(c.returned_date is null, null, cast(greatest(0, date_diff('day', c.recall_date, c.returned_date)) as integer)) as days_at_large,
       cast(c.next_ts as date) <= c.release_date + 28 as rereleased_by_day_28
from recalled as c
left join truth.recall_term as t on t.book_no = c.return_book_no and abs(date_diff('day', t.returned_on, c.returned_date)) <= 3
where c.recall_date <= c.licence_end_date
qualify row_number() over (partition by c.release_no order by abs(date_diff('day', t.returned_on, c.returned_date)), t._recorded_at desc) = 1;
"""


def _newest(table: str, key: str) -> str:
    return (
        f"select * exclude (_place) from (select *, row_number() over (partition by {key} order by _recorded_at desc, _day desc) as _place "
        f"from record.{table} where _day <= date '{{as_of}}') where _place = 1"
    )


_CURRENT = f"""
-- On the second full day the tables that came again left out what their system had lost: closed from then on.
create or replace table truth.address as
select * from ({_newest("delius_address", "address_no")})
where soft_deleted = 0 and offender_no in (select offender_no from truth.delius_offender)
  and not (is_lost and date '{{second_full_day}}' <= date '{{as_of}}');
create or replace table truth.circumstance as
select * from ({_newest("delius_circumstance", "circumstance_no")})
where soft_deleted = 0 and offender_no in (select offender_no from truth.delius_offender);
create or replace table truth.discharge_address as
select a.*, u.usage as first_usage
from ({_newest("nomis_address", "address_no")}) as a
join (select address_no, min(usage) as usage from ({_newest("nomis_usage", "address_no, usage")})
      where is_active and usage in ('DPH', 'DSH', 'DAP', 'DBA', 'DBH', 'DOH', 'DST', 'DNF', 'DUT') group by address_no) as u using (address_no)
where not (a.is_lost and date '{{second_full_day}}' <= date '{{as_of}}');
"""

_DAYS = """
-- Where a person is after each movement, and until the next that matters.
create or replace table truth.whereabouts as
with steps as (
    select offender_id, ts, movement_no, on_day, is_recall_admission,
           case when is_admission then 'in' when reason_class in ('release', 'unsentenced', 'unclassified_reason') then 'community' when reason_class = 'died' then 'died'
                when reason_class in ('removal', 'immigration_detention') then 'removed' when reason_class in ('escape', 'hospital', 'not_a_release') then 'away' end as place
    from truth.classed
), placed as (
    select *, lag(place) over (partition by offender_id order by ts, movement_no) as before,
           lead(on_day) over (partition by offender_id order by ts, movement_no) as next_day
    from steps where place is not null
), opened as (
    -- A spell is opened by an admission of someone who was outside; later admissions belong to it.
    select *, place = 'in' and (before is null or before not in ('in', 'away')) as opens from placed
)
select offender_id, on_day as from_day, coalesce(next_day, date '2999-12-31') as before_day,
       case when place = 'in' then if(last_value(if(opens, is_recall_admission, null) ignore nulls) over (partition by offender_id order by ts, movement_no), 'in_custody_recall', 'in_custody_other')
            when place = 'away' then 'in_custody_other' else place end as place
from opened;

create or replace table truth.at_large as
select r.offender_id, r.release_date, c.recall_date as from_day, least(c.returned_date, cast(r.next_release_ts as date), date '2999-12-31') as before_day
from truth.recall as c join truth.release as r using (release_no);

-- Entered as recalls and none: in hospital after TSH, removed after IRC, until the prison's next movement.
create or replace table truth.moved as
select r.offender_id, c.recalled_on as from_day, if(c.reason = 'IRC', 'removed', 'in_custody_other') as place,
       coalesce(min(w.from_day), date '2999-12-31') as before_day
from truth.release as r
join truth.belonging as b using (release_no)
join truth.delius_recall as c on c.release_row = b.release_row and c.reason in ('TSH', 'IRC') and c.recalled_on >= r.release_date
left join truth.whereabouts as w on w.offender_id = r.offender_id and w.from_day > c.recalled_on
group by r.offender_id, c.recall_row, c.recalled_on, c.reason;

create or replace table truth.day as
with days as (
    select r.release_no, r.offender_id, r.person_no, r.is_linked, r.release_date, r.admission_ts, r.supervised_until, k as day, cast(r.release_date + k as date) as on_day
    from truth.release as r, (select unnest([0, 7, 28, 42, 91, 182, 274]) as k)
), deaths as (
    select person_no, min(deceased_date) as died_on from truth.delius_offender group by person_no
), places as (
    select d.release_no, d.day, any_value(w.place) as place
    from days as d join truth.whereabouts as w on w.offender_id = d.offender_id and w.from_day <= d.on_day and w.before_day > d.on_day
    group by d.release_no, d.day
), moves as (
    select d.release_no, d.day, max(m.place) as place
    from days as d join truth.moved as m on m.offender_id = d.offender_id and m.from_day <= d.on_day and m.before_day > d.on_day and m.before_day > d.release_date
    group by d.release_no, d.day
), gone as (
    select distinct d.release_no, d.day
    from days as d join truth.at_large as a on a.offender_id = d.offender_id and a.release_date <= d.on_day and a.from_day <= d.on_day and a.before_day > d.on_day
)
select d.*, d.on_day <= date '{accommodation}' as accommodation_is_due, d.on_day <= date '{employment}' as employment_is_due,
       case when p.place = 'died' or (d.is_linked and x.died_on <= d.on_day) then 'died' when p.place = 'removed' or v.place = 'removed' then 'removed'
            when p.place in ('in_custody_recall', 'in_custody_other') then p.place when v.place is not null then v.place when g.release_no is not null then 'recalled_at_large'
            when d.day > 0 and d.on_day > d.supervised_until then 'supervision_ended' end as out_of_scope
from days as d
left join deaths as x on x.person_no = d.person_no
left join places as p on p.release_no = d.release_no and p.day = d.day
left join moves as v on v.release_no = d.release_no and v.day = d.day
left join gone as g on g.release_no = d.release_no and g.day = d.day;
"""

_IN_FORCE = """
create or replace table truth.evidence as
select person_no, 'accommodation' as domain, 1 as is_address, address_no as row_no, code, starts_on, ends_on, created_at, updated_at,
       no_fixed_abode = 'Y' or postcode in ('NF1 1NF', 'NF1 1FA') as is_no_fixed_abode
from truth.address
where starts_on is not null and (status = 'M' or (status = 'P' and ends_on is not null))
union all
select person_no, if(kind = 'A', 'accommodation', 'employment'), 0, circumstance_no, code, starts_on, ends_on, created_at, updated_at, false
from truth.circumstance where starts_on is not null;

create or replace table truth.in_force as
with near as (
    select r.release_no, r.release_date, e.*
    from truth.release as r
    join truth.evidence as e on e.person_no = r.person_no and e.starts_on <= r.release_date + 274 and (e.ends_on is null or e.ends_on >= r.release_date)
    where r.is_linked
)
select release_no, k as day, n.* exclude (release_no, release_date)
from near as n, (select unnest([0, 28, 42, 91, 182, 274]) as k)
where starts_on <= release_date + k and (ends_on is null or ends_on >= release_date + k)
qualify row_number() over (partition by release_no, domain, k order by starts_on desc, updated_at desc, is_address desc, row_no desc) = 1;

create or replace table truth.discharged_to as
select r.release_no, a.first_usage, a.starts_on, a.no_fixed_address = 'Y' or a.postcode in ('NF1 1NF', 'NF1 1FA') as is_no_fixed_abode
from truth.release as r
join truth.discharge_address as a on a.owner_id = r.offender_id and a.starts_on <= r.release_date and (a.ends_on is null or a.ends_on >= r.release_date)
qualify row_number() over (partition by r.release_no order by a.starts_on desc, a.address_no desc) = 1;
"""

_STATUSES = """
create or replace table truth.status as
with rows_ as (
    select d.*, domain, if(domain = 'accommodation', d.accommodation_is_due, d.employment_is_due) as is_due
    from truth.day as d, (select unnest(['accommodation', 'employment']) as domain)
    where d.day <> 7
), found as (
    select r.release_no, r.domain, r.day, r.on_day, r.is_due, r.out_of_scope, r.is_linked, e.row_no is not null as has_record, e.code, e.is_no_fixed_abode,
           e.starts_on, e.updated_at, r.release_date,
           e.row_no is not null and e.starts_on < cast(r.admission_ts as date)
               and greatest(cast(e.created_at as date), cast(e.updated_at as date)) < r.release_date - 28 as is_pre_custody,
           e.row_no is null and r.domain = 'accommodation' and r.day = 0 and a.release_no is not null as is_discharge,
           a.first_usage, a.starts_on as discharge_starts_on, a.is_no_fixed_abode as discharge_no_fixed_abode
    from rows_ as r
    left join truth.in_force as e on e.release_no = r.release_no and e.domain = r.domain and e.day = r.day
    left join truth.discharged_to as a on a.release_no = r.release_no
), meant as (
    select f.*, if(is_discharge, discharge_meaning.status, m.status) as meaning, if(is_discharge, discharge_meaning.official_class, coalesce(m.official_class, 'unknown')) as class,
           if(is_discharge, discharge_no_fixed_abode, is_no_fixed_abode) as is_nfa
    from found as f
    left join (select code, any_value(status) as status, any_value(official_class) as official_class, if(any_value(kind) = 'employment', 'employment', 'accommodation') as domain
               from code.list where kind in ('address type', 'employment') group by code) as m on m.code = f.code and m.domain = f.domain
    left join (values ('DPH', 'Settled, independent', 'settled'), ('DSH', 'Settled, hostel/supported accommodation', 'settled'),
                      ('DAP', 'Transient, hostel/supported accommodation', 'temporary'), ('DBA', 'Transient, hostel/supported accommodation', 'temporary'),
                      ('DBH', 'Transient, hostel/supported accommodation', 'temporary'), ('DOH', 'Transient, hostel/supported accommodation', 'temporary'),
                      ('DST', 'Transient, hostel/supported accommodation', 'temporary'), ('DNF', 'Homeless', 'homeless_other'),
                      ('DUT', 'Unknown or unclear', 'unknown')) as discharge_meaning(usage, status, official_class) on discharge_meaning.usage = f.first_usage
), judged as (
    select *, case when not is_due then 'not_yet_due' when out_of_scope is not null then 'out_of_scope'
                   when not has_record and not is_discharge then 'unknown'
                   when is_pre_custody then 'unknown' when class = 'out_of_scope' then 'out_of_scope'
                   when class in ('unknown', 'awaiting_assessment') and not coalesce(is_nfa, false) then 'unknown' else 'observed' end as state
    from meant
)
select release_no, domain, day,
       case when state in ('not_yet_due', 'out_of_scope') then null when state = 'unknown' then 'Unknown or unclear'
            when class in ('unknown', 'awaiting_assessment') then 'Homeless' else meaning end as status,
       case when state in ('not_yet_due', 'out_of_scope') then null when state = 'unknown' then 'unknown'
            when class in ('unknown', 'awaiting_assessment') then 'homeless_other' else class end as official_class,
       state,
       case when state in ('not_yet_due', 'observed') then null when state = 'out_of_scope' then coalesce(out_of_scope, 'out_of_scope_address')
            when not has_record and not is_discharge then if(is_linked, 'no_record', 'not_linked')
            when is_pre_custody then 'pre_custody_record' when class = 'awaiting_assessment' then 'awaiting_assessment' else 'unknown_code' end as state_reason,
       if(state in ('not_yet_due', 'out_of_scope'), null, if(is_discharge, discharge_starts_on, starts_on)) as evidence_date,
       -- A prison address has no update: its start alone counts.
       state in ('observed', 'unknown') and coalesce(if(is_discharge, on_day > discharge_starts_on + 180, on_day > starts_on + 180
           and (cast(updated_at as date) > on_day or on_day > cast(updated_at as date) + 180)), false) as is_stale
from judged;
"""

_FINANCE = f"""
-- On day 7: what the checklist of the release's booking said was held by then.
create or replace table truth.finance as
with held as (
    select r.release_no, r.release_date + 7 as on_day, d.out_of_scope, c.book_no is not null as has_row, cast(c.recorded_at as date) as recorded_on, c.photo, c.bank, c.claimed_on
    from truth.release as r
    join truth.day as d on d.release_no = r.release_no and d.day = 7
    left join ({_newest("nomis_checklist", "book_no")}) as c on c.book_no = r.book_no
), known as (
    select *, case when photo = 'Y' and recorded_on <= on_day then true when photo = 'N' then false end as has_photo,
           case when bank = 'Y' and recorded_on <= on_day then true when bank = 'N' then false end as has_bank,
           case when claimed_on <= on_day then true when claimed_on is not null or recorded_on >= on_day then false end as has_claim
    from held
)
select release_no, case when out_of_scope is not null then 'out_of_scope' when has_photo or has_bank or has_claim then 'achieved'
                        when not has_photo and not has_bank and not has_claim then 'not_achieved' else 'unknown' end as result
from known;
"""
