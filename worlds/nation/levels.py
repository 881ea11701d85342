"""Service levels as the records of prison and provider give them, what was reported of them, and the credit given.

An honest provider reports what the records say and gives the credit that follows; an ordinary one now and then does neither.
"""

from __future__ import annotations

from worlds.nation.world import World


def report_levels(world: World) -> None:
    """Make buy.level_report: contract_id, code, period, reported_value (per cent, one decimal), credit (pounds), `_recorded_at`; a row a
    level and period of which something was counted (definition: payment_level). Needs plans, reviews and periods."""
    world.con.execute(_SPELLS)
    world.con.execute(_LEVELS)


# One stay in one prison, until arrival in the next or the way out.
_SPELLS = """
create table buy.spell as
with stops as (
    select distinct booking.person_no, movement.ts, movement.direction, movement.to_agency as prison
    from record.movement as movement
    inner join life.booking as booking on booking.book_no = movement.book_no
    where (movement.direction = 'IN' and movement.happened in ('admission', 'transfer', 'transfer on the day'))
        or movement.happened in ('release', 'died', 'removal', 'immigration_detention', 'unsentenced', 'unclassified_reason')
)
select person_no, prison, ts as in_at, out_at
from (select *, lead(ts) over (partition by person_no order by ts, direction desc) as out_at from stops)
where direction = 'IN';
"""

_LEVELS = """
create table buy.level_count as
with planned as (
    select booking_no, cast(min(completed_ts) as date) as planned_on from buy.plan group by booking_no
),
due as (
    select screening_id, person_no, booking_no, work_after(cast(completed_ts as date), 5) as due_on from buy.screening
),
held as (
    select due.screening_id, due.due_on, due.booking_no, min(held.contract_id) as contract_id
    from due
    inner join buy.spell as spell
        on spell.person_no = due.person_no and cast(spell.in_at as date) <= due.due_on and (spell.out_at is null or cast(spell.out_at as date) >= due.due_on)
    inner join buy.contract_prison as held on held.prison_code = spell.prison and due.due_on between held.from_date and held.to_date
    group by due.screening_id, due.due_on, due.booking_no
    having count(distinct held.contract_id) = 1
),
-- The one contract that covers the prison of the release; of several, the one whose area supervises.
covering as (
    select release.release_no, release.booking_no, release.book_id, release.release_date, release.in_custody_days, contract.contract_id,
        count(*) over (partition by release.release_no) as n, contract.area_code is not distinct from release.region as is_area
    from life.release as release
    inner join buy.contract_prison as held on held.prison_code = release.prison and release.release_date between held.from_date and held.to_date
    inner join buy.contract as contract on contract.contract_id = held.contract_id and contract.contract_type = 'ttg'
),
released as (
    select covering.release_no, covering.booking_no, covering.book_id, covering.release_date, any_value(covering.contract_id) as contract_id
    from covering inner join planned on planned.booking_no = covering.booking_no and planned.planned_on <= covering.release_date
    where (n = 1 or is_area) and covering.in_custody_days >= 84
    group by covering.release_no, covering.booking_no, covering.book_id, covering.release_date having count(*) = 1
),
-- The planned date as it stood at the time of the review.
reviewed as (
    select released.release_no, review.review_ts, released.release_date,
        arg_max(history.planned_on, history.modified_at) as planned_on
    from released
    inner join buy.review as review
        on review.booking_no = released.booking_no and cast(review.review_ts as date) <= released.release_date and cast(review.completed_ts as date) <= released.release_date
    left join record.nomis_plan_history as history
        on history.book_id = released.book_id
        and if(history.modified_at = date_trunc('day', history.modified_at), cast(history.modified_at as date) <= cast(review.review_ts as date), history.modified_at <= review.review_ts)
    group by released.release_no, review.review_ts, released.release_date
),
in_window as (
    select distinct release_no from reviewed where cast(review_ts as date) >= coalesce(planned_on, release_date) - 84
)
select held.contract_id, 'PLAN5' as code, strftime(held.due_on, '%Y-%m') as period, count(*) as n,
    count(*) filter (where planned.planned_on <= held.due_on) as met
from held left join planned on planned.booking_no = held.booking_no
group by held.contract_id, strftime(held.due_on, '%Y-%m')
union all
select released.contract_id, 'REVIEW12W', strftime(released.release_date, '%Y-%m'), count(*), count(in_window.release_no)
from released left join in_window on in_window.release_no = released.release_no
group by released.contract_id, strftime(released.release_date, '%Y-%m');

create table buy.level_report as
with worked_out as (
    select counted.contract_id, counted.code, counted.period, cast(cast(counted.met * 100 as decimal(18, 6)) / counted.n as decimal(9, 1)) as level_value, level.threshold,
        level.credit_per_point, level.credit_cap, period.last + 12 as _recorded_at, counted.contract_id || counted.period || counted.code as id
    from buy.level_count as counted
    inner join buy.level as level on level.contract_id = counted.contract_id and level.code = counted.code
    inner join buy.period as period on period.contract_id = counted.contract_id and period.period = counted.period
    where period.last >= level.from_date and period.last <= coalesce(level.to_date, date '9999-12-31')
)
select contract_id, code, period, _recorded_at,
    case when slip(id, 'level misreported') then least(100.0, level_value + 2 + draw_int(id, 'points', 14)) else level_value end as reported_value,
    case when slip(id, 'credit omitted') then cast(0 as decimal(18, 2))
        else cast(least(credit_cap, ceil(greatest(threshold - level_value, 0)) * credit_per_point) as decimal(18, 2)) end as credit
from worked_out;
"""
