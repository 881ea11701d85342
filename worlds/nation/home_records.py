"""What nDelius and NOMIS wrote down about homes and work: late, corrected, twice, contradictory, or not at all."""

from __future__ import annotations

from worlds.nation.world import World, settle


def record_homes(world: World) -> None:
    """Fill `record.delius_address`, `record.delius_circumstance`, `record.nomis_address` and `record.nomis_usage`.

    `written` says which of them a home is in: address alone, circumstance alone, both (which may differ), or neither. The
    first version of a row is open; the next has its end; some are confirmed later, some deleted.
    """
    con = world.con
    con.execute(_WRITTEN)
    con.execute(_ADDRESSES)
    con.execute(_CIRCUMSTANCES)
    con.execute(_NOMIS.format(last_day=world.last_day))
    for table, key, stamp in (
        ("delius_address", "address_no", "updated_at"),
        ("delius_circumstance", "circumstance_no", "updated_at"),
        ("nomis_address", "address_no", None),
        ("nomis_usage", "address_no, usage", None),
    ):
        settle(world, table, key, stamp)
    for table in ("address_row", "circumstance_row", "home_written"):
        con.execute(f"drop table record.{table}")
    # What comes again in full on the second full day, less the rows the systems lost: old rows alone, so that none comes back.
    for table in ("delius_address", "nomis_address", "nomis_usage"):
        con.execute(
            f"""
            create or replace table record.{table} as
            select *, max(_day) over (partition by address_no) = date '{world.full_day}' and draw(address_no, 'lost') < 0.004 as is_lost
            from record.{table}
            """
        )


_WRITTEN = """
create table record.home_written as
with homes as (
    select h.*, draw(h.home_no, 'written') as u_written, c.offender_no, draw(h.home_no, 'lag') as u_lag
    from life.home as h
    join life.person as p using (person_no)
    join life.crn as c on c.person_no = h.person_no
        and c.place = if(p.has_two_crns and p.link in ('noms_number', 'pnc') and draw(h.home_no, 'which crn') < 0.4, 2, 1)
)
select *, case when u_written < 0.52 then 'address' when u_written < 0.72 then 'circumstance' when u_written < 0.93 then 'both' else 'neither' end as written,
       -- The first night is sometimes entered as a later day.
       case when draw(home_no, 'start slip') < 0.04 then starts_on + 1 + draw_int(home_no, 'slip days', 12) else starts_on end as start_written,
       starts_on + interval (600 + draw_int(home_no, 'lag minutes', 8000)) minute
           + interval (case when u_lag < 0.05 then 10 + draw_int(home_no, 'late days', 90) else 0 end) day as created_at
from homes;
"""

_ADDRESSES = """
create table record.address_row as
with homes as (
    select home_no * 2 + 200000000 as address_no, offender_no, person_no, code, start_written as starts_on, created_at, next_starts_on, until,
           draw(home_no, 'odd address') as u, home_no
    from record.home_written where written in ('address', 'both')
), written as (
    select address_no, offender_no, person_no, 'M' as status,
           -- No fixed abode: with the type, without it, or against it.
           case when code in ('A08A', 'A08', 'A08C', 'A05') and u < 0.2 then null when u between 0.95 and 0.955 then null when u between 0.955 and 0.96 then 'ZZ9' else code end as code,
           case when code in ('A08A', 'A08', 'A08C', 'A05') and u < 0.15 then 'Y' when code like 'A08%' and u < 0.6 then 'Y' when u between 0.96 and 0.967 then 'Y'
                when u between 0.967 and 0.98 then null else 'N' end as no_fixed_abode,
           case when code in ('A08A', 'A08', 'A08C', 'A05') and u < 0.3 then 'NF1 1NF' when u between 0.98 and 0.983 then 'NF1 1FA' end as odd_postcode,
           if(u between 0.985 and 0.988, null, starts_on) as starts_on, created_at, u,
           case when next_starts_on is not null and u < 0.86 then greatest(next_starts_on - 1, starts_on)
                when next_starts_on is null and until - starts_on > 30 and u < 0.1 then until - 1 end as ends_on,
           draw(home_no, 'becomes previous') < 0.8 as becomes_previous, home_no as any_no, u between 0.9885 and 0.99 as is_backwards
    from homes
), noise as (
    -- Addresses that are proposed, rejected, postal, for bail or for temporary release never count.
    select 400000000 + h.home_no as address_no, h.offender_no, h.person_no, kinds.choice as status, 'A07B' as code, 'N' as no_fixed_abode, null as odd_postcode,
           h.starts_on + draw_int(h.home_no, 'noise start', 3) as starts_on, h.created_at - interval 5 day as created_at, 0.9 as u, cast(null as date) as ends_on,
           false as becomes_previous, h.home_no, false as is_backwards
    from record.home_written as h
    join code.choice as kinds on kinds.pool = 'address noise' and kinds.n = chosen(h.home_no, 'noise')
    where draw(h.home_no, 'has noise') < 0.12
), before as (
    -- Where they lived before custody: left open, closed at reception, or looked at again shortly before release.
    select 600000000 + o.release_no as address_no, c.offender_no, o.person_no, 'M' as status, kinds.choice as code, 'N' as no_fixed_abode, null as odd_postcode,
           o.in_on - 20 - draw_int(o.release_no, 'moved in before', 900) as starts_on,
           o.in_on - interval 19 day as created_at, draw(o.release_no, 'before u') as u,
           if(draw(o.release_no, 'before closed') < 0.35, o.in_on - 1, null) as ends_on, false as becomes_previous, o.release_no, false as is_backwards
    from life.outside as o
    join life.crn as c on c.person_no = o.person_no and c.place = 1
    join code.choice as kinds on kinds.pool = 'home|before' and kinds.n = chosen(o.release_no, 'home before')
    where o.stage = 1 and draw(o.release_no, 'has before') < 0.3
)
select * from written union all select * from noise union all select * from before;

create table record.delius_address as
with rows_ as (
    select a.*, if(odd_postcode is not null, odd_postcode, if(draw(address_no, 'own postcode') < 0.5, p.postcode,
                   'ZZ' || (1 + address_no % 90) || ' ' || address_no % 10 || letters(address_no % 676))) as postcode,
           greatest(created_at + interval 1 hour, ends_on + interval (900 + draw_int(address_no, 'end told', 9000)) minute) as end_told_at,
           created_at + interval (20 + draw_int(address_no, 'confirmed after', 200)) day as confirmed_at
    from record.address_row as a join life.person as p using (person_no)
), versions as (
    select address_no, offender_no, person_no, status, code, no_fixed_abode, postcode, starts_on,
           -- An end before the start: such a row says nothing and is never put right.
           if(is_backwards, starts_on - 3, null) as ends_on, 0 as soft_deleted, created_at, created_at as updated_at
    from rows_
    union all
    select address_no, offender_no, person_no, if(becomes_previous, 'P', status), code, no_fixed_abode, postcode, starts_on, ends_on, 0, created_at, end_told_at
    from rows_ where ends_on is not null and not is_backwards
    union all
    -- Confirmed where it was still open; or another type put in later.
    select address_no, offender_no, person_no, status, if(draw(address_no, 'corrected') < 0.2, 'A03', code), no_fixed_abode, postcode, starts_on, null, 0, created_at, confirmed_at
    from rows_ where (ends_on is null or confirmed_at < end_told_at) and draw(address_no, 'confirmed') < 0.12 and not is_backwards
    union all
    select address_no, offender_no, person_no, status, code, no_fixed_abode, postcode, starts_on, ends_on, 1, created_at, greatest(end_told_at, confirmed_at) + interval 9 day
    from rows_ where draw(address_no, 'deleted') < 0.008 and not is_backwards
    union all
    -- A reception check shortly before release: the old home is looked at again.
    select r.address_no, r.offender_no, r.person_no, r.status, r.code, r.no_fixed_abode, r.postcode, r.starts_on, r.ends_on, 0, r.created_at,
           o.out_on - interval (draw_int(r.address_no, 'checked before', 50)) day
    from rows_ as r join life.outside as o on r.address_no = 600000000 + o.release_no
    where draw(r.address_no, 'checked') < 0.35
)
select *, updated_at as _recorded_at from versions;
"""

_CIRCUMSTANCES = """
create table record.circumstance_row as
with homes as (
    select home_no * 2 + 200000001 as circumstance_no, offender_no, person_no, 'A' as kind,
           -- Where both were written, one in eight says something else.
           if(written = 'both' and draw(home_no, 'contradicts') < 0.12, 'A03', code) as code, start_written as starts_on,
           created_at + interval (if(draw(home_no, 'same moment') < 0.3, 0, 45)) minute as created_at, next_starts_on, draw(home_no, 'circumstance end') as u
    from record.home_written where written in ('circumstance', 'both')
), jobs as (
    select 300000000 + j.job_no * 2 as circumstance_no, c.offender_no, j.person_no, 'B' as kind, j.code,
           if(draw(j.job_no, 'start slip') < 0.04, j.starts_on + 1 + draw_int(j.job_no, 'slip days', 12), j.starts_on) as starts_on,
           j.starts_on + interval (700 + draw_int(j.job_no, 'lag minutes', 9000)) minute
               + interval (if(draw(j.job_no, 'late') < 0.05, 10 + draw_int(j.job_no, 'late days', 90), 0)) day as created_at,
           j.next_starts_on, draw(j.job_no, 'job end') as u
    from life.job as j
    join life.crn as c on c.person_no = j.person_no and c.place = 1
    where draw(j.job_no, 'written') < 0.92
), before as (
    select 700000000 + o.release_no * 2 + which as circumstance_no, c.offender_no, o.person_no, if(which = 0, 'A', 'B') as kind, kinds.choice as code,
           o.in_on - 30 - draw_int(o.release_no * 2 + which, 'since before', 700) as starts_on, o.in_on - interval 28 day as created_at,
           if(draw(o.release_no * 2 + which, 'closed') < 0.3, o.in_on, null) as next_starts_on, 0.3 as u
    from life.outside as o cross join (select unnest([0, 1]) as which)
    join life.crn as c on c.person_no = o.person_no and c.place = 1
    join code.choice as kinds on kinds.pool = if(which = 0, 'home|before', 'work|later')
        and kinds.n = chosen(o.release_no, 'circumstance before')
    where o.stage = 1 and draw(o.release_no * 2 + which, 'circumstance before') < 0.15
)
select * from homes union all select * from jobs union all select * from before;

create table record.delius_circumstance as
with rows_ as (
    select *, if(next_starts_on is not null and u < 0.85, greatest(next_starts_on - 1, starts_on), null) as ends_on,
           created_at + interval (15 + draw_int(circumstance_no, 'confirmed after', 200)) day as confirmed_at
    from record.circumstance_row
), told as (
    select *, greatest(created_at + interval 1 hour, ends_on + interval (900 + draw_int(circumstance_no, 'end told', 9000)) minute) as end_told_at from rows_
), versions as (
    select circumstance_no, offender_no, person_no, kind, code, starts_on, cast(null as date) as ends_on, 0 as soft_deleted, created_at, created_at as updated_at from told
    union all
    select circumstance_no, offender_no, person_no, kind, code, starts_on, ends_on, 0, created_at, end_told_at from told where ends_on is not null
    union all
    select circumstance_no, offender_no, person_no, kind, code, starts_on, null, 0, created_at, confirmed_at
    from told where (ends_on is null or confirmed_at < end_told_at) and draw(circumstance_no, 'confirmed') < 0.12
    union all
    select circumstance_no, offender_no, person_no, kind, code, starts_on, ends_on, 1, created_at, greatest(coalesce(end_told_at, created_at), confirmed_at) + interval 7 day
    from told where draw(circumstance_no, 'deleted') < 0.006
)
select *, updated_at as _recorded_at from versions;
"""

_NOMIS = """
create table record.nomis_address as
with discharge as (
    select 90000000 + o.release_no * 2 as address_no, o.person_no, o.out_on, kinds.choice as usage,
           o.out_on - draw_int(o.release_no, 'address before', 20) as starts_on,
           if(draw(o.release_no, 'address ends') < 0.3, o.out_on + draw_int(o.release_no, 'address end', 200), null) as ends_on,
           draw(o.release_no, 'inactive usage') >= 0.05 as is_active
    from life.outside as o
    join code.choice as kinds on kinds.pool = 'discharge' and kinds.n = chosen(o.release_no, 'discharge')
    where draw(o.release_no, 'discharge address') < 0.7
), others as (
    select 90000001 + o.release_no * 2 as address_no, o.person_no, o.out_on, kinds.choice as usage, o.in_on as starts_on, cast(null as date) as ends_on, true as is_active
    from life.outside as o
    join code.choice as kinds on kinds.pool = 'other usage' and kinds.n = chosen(o.release_no, 'other usage')
    where draw(o.release_no, 'other address') < 0.4
)
select a.address_no, a.person_no, p.offender_id as owner_id, a.usage, a.is_active, if(a.usage = 'DNF' and draw(a.address_no, 'flag') < 0.7, 'Y', 'N') as no_fixed_address,
       if(a.usage = 'DNF', null, p.postcode) as postcode, a.starts_on, a.ends_on, a.starts_on + interval (30 + draw_int(a.address_no, 'told', 100)) hour as _recorded_at
from (select * from discharge union all select * from others) as a
join life.person as p using (person_no);

create table record.nomis_usage as
select address_no, usage, is_active, _recorded_at from record.nomis_address
union all
-- A few addresses have two discharge usages: the first by code counts.
select address_no, 'DAP', true, _recorded_at from record.nomis_address where usage = 'DPH' and draw(address_no, 'two usages') < 0.02;
"""
