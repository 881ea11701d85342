"""Life outside: where people lived and worked after each release, and who supervised them."""

from __future__ import annotations

from worlds.nation.world import World

# On this day probation was unified: the contract package areas ended and the twelve regions took over.
UNIFICATION = "date '2021-06-26'"


def simulate_community(world: World) -> None:
    """Fill `life.outside` (one row a release), `life.home`, `life.job` and `life.allocation` (supervision, one row a spell).

    A person has one to four homes and one to three states of work after a release, until the next stay in prison, death or the
    last day. What nobody wrote down is a home or a job all the same: writing down comes later.
    """
    world.con.execute(_OUTSIDE.format(last_day=world.last_day))
    world.con.execute(_HOMES)
    world.con.execute(_JOBS)
    world.con.execute(_ALLOCATIONS.format(last_day=world.last_day))


_OUTSIDE = """
create table life.outside as
with ordered as (
    select s.*, cast(s.came_out as date) as out_on, cast(s.came_in as date) as in_on,
           cast(lead(s.came_in) over (partition by s.person_no order by s.came_in) as date) as back_on
    from life.stay as s
)
select o.stay_no as release_no, o.person_no, o.sentence_no, o.stage, o.out_on, o.in_on, o.came_out, o.out_recorded_at, o.revoked_on, o.licence_end, o.is_indeterminate,
       o.length_in_days, o.sentenced_on, o.released_on as first_out_on, o.is_hdc, o.back_on,
       if(o.length_in_days < 730 and not o.is_remand, o.released_on + 365, null) as pss_end,
       least(coalesce(o.back_on, date '2999-12-31'), coalesce(p.died_on, date '2999-12-31'), date '{last_day}' + 1) as until
from ordered as o
join life.person as p using (person_no)
where o.way_out = 'release' and o.out_on <= date '{last_day}';
"""

_HOMES = """
create table life.home as
with slots as (
    select o.*, n, o.release_no * 4 + n as home_no
    from life.outside as o, (select unnest(range(4)) as n)
    where n = 0 or draw(o.release_no, 'moves') < (case n when 1 then 0.6 when 2 then 0.3 else 0.12 end)
), starts as (
    select release_no, person_no, out_on, in_on, until, n, home_no,
           cast(case n when 0 then 0 when 1 then 1 + 60 * draw(home_no, 'start') when 2 then 62 + 90 * draw(home_no, 'start')
                else 155 + 120 * draw(home_no, 'start') end as integer) as offset_days
    from slots
), live as (
    select *, out_on + offset_days as starts_on from starts where n = 0 or out_on + offset_days < until
)
select h.home_no, h.release_no, h.person_no, h.n, h.out_on, h.in_on, h.starts_on,
       lead(h.starts_on) over (partition by h.release_no order by h.n) as next_starts_on, h.until, kinds.choice as code
from live as h
join code.choice as kinds on kinds.pool = if(h.n = 0, 'home|first', 'home|later')
    and kinds.n = chosen(h.home_no, 'home');
"""

_JOBS = """
create table life.job as
with slots as (
    select o.*, n, o.release_no * 4 + n as job_no
    from life.outside as o, (select unnest(range(3)) as n)
    where n = 0 or draw(o.release_no, 'jobs') < (case n when 1 then 0.55 else 0.25 end)
), starts as (
    select release_no, person_no, out_on, in_on, until, n, job_no,
           cast(case n when 0 then 0 when 1 then 3 + 110 * pow(draw(job_no, 'start'), 1.2) else 115 + 120 * draw(job_no, 'start') end as integer) as offset_days
    from slots
), live as (
    select *, out_on + offset_days as starts_on from starts where n = 0 or out_on + offset_days < until
)
select j.job_no, j.release_no, j.person_no, j.n, j.out_on, j.in_on, j.starts_on,
       lead(j.starts_on) over (partition by j.release_no order by j.n) as next_starts_on, j.until, kinds.choice as code
from live as j
join code.choice as kinds on kinds.pool = if(j.n = 0, 'work|first', 'work|later')
    and kinds.n = chosen(j.job_no, 'work');
"""

_ALLOCATIONS = f"""
create table life.allocation as
with sentenced as (
    select sentence_no, any_value(person_no) as person_no, min(cast(came_in as date)) as begins, max(cast(came_out as date)) as released, bool_and(is_remand) as is_remand
    from life.stay group by sentence_no
), points as (
    select sentence_no, person_no, 0 as n, begins + draw_int(sentence_no, 'allocated after', 30) as starts_on from sentenced where not is_remand
    union all
    select sentence_no, person_no, 1, released - draw_int(sentence_no, 'handed over before', 120) from sentenced
    where not is_remand and draw(sentence_no, 'handover') < 0.7
    union all
    select sentence_no, person_no, 2, released + 10 + draw_int(sentence_no, 'changed after', 150) from sentenced
    where not is_remand and draw(sentence_no, 'changed') < 0.35
    union all
    select sentence_no, person_no, 3, {UNIFICATION} from sentenced
    where not is_remand and begins + draw_int(sentence_no, 'allocated after', 30) < {UNIFICATION}
), spaced as (
    -- One allocation a day; what is still ahead has not happened.
    select person_no, starts_on, min(sentence_no * 10 + n) as allocation_no, min(n) as n from points where starts_on <= date '{{last_day}}'
    group by person_no, starts_on
), placed as (
    select s.*, p.area as home_area, p.unit as home_unit, draw(p.person_no, 'crc') < 0.65 and s.starts_on < {UNIFICATION} as is_crc,
           draw(s.allocation_no, 'moved away') < 0.04 as is_elsewhere, draw(s.allocation_no, 'odd area') as u_odd
    from spaced as s join life.person as p using (person_no) where p.crn is not null
), regions as (
    select placed.*, coalesce(other.choice, home_area) as region
    from placed left join code.choice as other on other.pool = if(is_elsewhere, 'area', null) and other.n = chosen(allocation_no, 'other area')
), teams as (
    select r.*, if(region = home_area, home_unit, units.choice) as unit, crc.choice as crc, ext.external_area
    from regions as r
    join code.choice as units on units.pool = 'unit|' || region and units.n = chosen(allocation_no, 'other unit')
    left join code.choice as crc on crc.pool = if(is_crc, 'crc|' || region, null) and crc.n = chosen(person_no, 'crc')
    left join (select area as external_area, region as of_region from code.area where kind = 'external') as ext on ext.of_region = r.region
)
select allocation_no, person_no, n, starts_on, unit, region,
       case when u_odd < 0.002 then 'T01' when u_odd < 0.003 then 'XXX' when u_odd > 1 - rate('external_area') then external_area
            when u_odd > 1 - rate('external_area') - rate('old_external_area') then 'N' || (22 + draw_int(allocation_no, 'old division', 5)) when crc is not null then crc
            when region = 'N50' and starts_on < {UNIFICATION} and draw(allocation_no, 'old code') < 0.5 then 'MCG' else region end as area,
       lead(starts_on) over (partition by person_no order by starts_on) as next_starts_on
from teams;
"""
