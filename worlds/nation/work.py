"""What the providers did around each release: plans, reviews, tasks and commissioned services, on which day and in which prison.

Through the Gate ended on 25 June 2021; commissioned services followed. Shares follow the inspections of 2016, 2018 and 2023: most
people have a plan, most plans a review, few reviews change anything, and a prison without a contract gets nothing. Work is done as the
contract asks, on working days and under the contract of the prison where the person then is, but for the slips of an ordinary provider.
"""

from __future__ import annotations

from worlds.nation.contracts import CRS_FROM, TTG_TO
from worlds.nation.needs import find_needs
from worlds.nation.world import World

# Earliest day of a task that is still of interest.
WORK_FROM = "2019-04-01"
# kind: share of people referred, task, domain of the plan's action
SERVICES = {"ACC": (0.36, "C-ACC"), "ETE": (0.24, "C-ETE"), "FBD": (0.18, "C-FBD"), "PWB": (0.22, "C-PWB"), "DNR": (0.10, "C-DNR"),
            "WOS": (0.62, "C-WOS")}  # fmt: skip


def do_work(world: World) -> None:
    """Make buy.plan, buy.review, buy.referral (commissioned services) and buy.work: one row per task that could be claimed."""
    world.con.execute(_STAYS.format(ttg_to=TTG_TO))
    find_needs(world)
    world.con.execute(_PLANS.format(ttg_to=TTG_TO, since=WORK_FROM))
    kinds = ", ".join(f"({n}, '{kind}', {share}, '{task}')" for n, (kind, (share, task)) in enumerate(SERVICES.items(), start=1))
    world.con.execute(_REFERRALS.format(crs_from=CRS_FROM, last_day=world.last_day, kinds=kinds))
    world.con.execute(_WORK.format(ttg_to=TTG_TO, since=WORK_FROM, last_day=world.last_day))


# Stays that could be worked with: those that ended in a release, and those not over yet (stay_no negative, planned release). A person is
# `plain` whose records agree: one number everywhere, no merge, no movement written twice or put right, no way out that is no release.
_STAYS = """
create table buy.odd as
select person_no from life.person
where link not in ('noms_number', 'old_number', 'pnc') or crn is null or has_two_crns or twin_of is not null
union select twin_of from life.person where twin_of is not null
-- A number that stands in another's case as well.
union select person.person_no
from life.person as person inner join record.delius_offender as other on upper(trim(other.noms_number)) = person.noms_no and other.person_no <> person.person_no
union select person.person_no
from life.person as person inner join record.delius_offender as other on right(trim(other.pnc_number), 11) = right(person.pnc, 11) and other.person_no <> person.person_no
union select person_no from life.merge
union select person_no from life.mistaken_merge
union select stranger_no from life.mistaken_merge
union select person_no from record.nomis_offender where birth_date in (date '1970-01-01', date '1900-01-01')
union select main.person_no from truth.needs_linkage as needs inner join truth.person as main on main.offender_id = needs.offender_id
union select booking.person_no
from record.movement as movement inner join life.booking as booking on booking.book_no = movement.book_no
where movement.happened in ('same_day_duplicate', 'mistaken release', 'transfer on the day', 'escape', 'hospital', 'not_a_release', 'same_day_recall',
        'another_sentence', 'unclassified_reason', 'merge')
    or draw(movement.book_no, 'out of order') < rate('out_of_order')
union select booking.person_no
from record.movement as movement inner join life.booking as booking on booking.book_no = movement.book_no
group by booking.person_no, movement.movement_no having count(distinct movement.ts) > 1 or count(distinct movement.reason) > 1;

create table buy.stay as
select release.release_no as stay_no, release.person_no, release.book_id, release.booking_no, release.prison, release.region,
    release.admission_ts, release.release_date as out_date, release.release_ts as out_ts, true as is_released,
    release.in_custody_days as days, person.sex, person.crn is not null as has_case, odd.person_no is null as is_plain, person.died_on, person.birth_date
from life.release as release
inner join life.person as person on person.person_no = release.person_no
left join buy.odd as odd on odd.person_no = release.person_no
union all
select -due.person_no, due.person_no, due.book_id, due.booking_no, due.prison, null, due.admission_ts, due.planned_release,
    due.planned_release + interval 10 hours, false, date_diff('day', cast(due.admission_ts as date), due.planned_release), person.sex,
    person.crn is not null, odd.person_no is null, person.died_on, person.birth_date
from life.due as due
inner join life.person as person on person.person_no = due.person_no
left join buy.odd as odd on odd.person_no = due.person_no;

-- The contract of a prison on a day; of two contracts on one prison the area's that supervises, else by lot.
create table buy.ttg as
select stay.stay_no, held.prison_code, contract.contract_id, contract.provider_code, contract.from_date, contract.to_date,
    row_number() over (partition by stay.stay_no, held.prison_code, contract.from_date
        order by contract.area_code is distinct from stay.region, draw(stay.stay_no, contract.contract_id), contract.contract_id) as first
from buy.stay as stay
inner join (select distinct book_id, prison from life.movement_prison) as been on been.book_id = stay.book_id
inner join buy.contract_prison as held on held.prison_code = been.prison
inner join buy.contract as contract on contract.contract_id = held.contract_id
where stay.is_released and stay.out_date <= date '{ttg_to}' + 70 and (stay.is_plain or not honest());
delete from buy.ttg where first > 1;

-- Where each person is held from when; on the day of a transfer and the next nobody can say from outside. First of two at one moment.
create table buy.held as
select book_id, from_ts, any_value(prison) as prison, any_value(is_moved) as is_moved
from (
    select book_id, from_ts, prison, coalesce(lag(prison) over (partition by book_id order by from_ts) <> prison, false) as is_moved from life.movement_prison
)
group by book_id, from_ts;
"""

_PLANS = """
create table buy.plan as
with wanted as (
    select stay.*, screening.screening_id, screening.completed_ts as screened_ts,
        case when screening.completed_ts is not null and slip(stay.stay_no, 'plan first') then cast(screening.completed_ts as date) - 1
            when screening.completed_ts is not null and slip(stay.stay_no, 'late plan') then work_after(cast(screening.completed_ts as date), 6 + draw_int(stay.stay_no, 'plan late', 9))
            else work_after(cast(coalesce(screening.completed_ts, stay.admission_ts) as date), 1 + cast(floor(5 * pow(draw(stay.stay_no, 'plan day'), 1.4)) as int)) end as plan_day
    from buy.stay as stay
    left join buy.screening as screening on screening.stay_no = stay.stay_no
    where draw(stay.stay_no, 'planned') < 0.91 and stay.days >= 12 and stay.is_released
        and (screening.stay_no is not null or slip(stay.stay_no, 'screening missing'))
),
timed as (
    select *, cast(plan_day as timestamp) + to_minutes(540 + draw_int(stay_no, 'plan minute', 450)) as completed_ts
    from wanted
    where plan_day between date '{since}' and date '{ttg_to}' and plan_day < out_date and plan_day > cast(admission_ts as date)
),
placed as (
    select timed.*, held.prison as held_in, held.is_moved, held.from_ts
    from timed asof left join buy.held as held on held.book_id = timed.book_id and timed.completed_ts >= held.from_ts
),
-- Another's plan of the booking is not made again, as a rule.
contracted as (
    select placed.*, ttg.contract_id, ttg.provider_code, first_value(ttg.contract_id) over (partition by placed.book_id order by placed.completed_ts, placed.stay_no) as first_contract
    from placed
    inner join buy.ttg as ttg
        on ttg.stay_no = placed.stay_no and ttg.prison_code = placed.held_in and placed.plan_day between ttg.from_date and ttg.to_date
    where not honest() or not placed.is_moved or placed.plan_day > cast(placed.from_ts as date) + 1
)
select contracted.stay_no, person_no, book_id, booking_no, contract_id, contracted.provider_code, sender.sender, held_in,
    'PL' || lpad(cast(stay_no as varchar), 11, '0') as plan_ref, screening_id, completed_ts, plan_day, out_date, out_ts, days
from contracted
inner join buy.sender as sender on sender.provider_code = contracted.provider_code
where contract_id = first_contract or slip(stay_no, 'across contracts');

-- n 1: the review before release; 2: a further one; 3: on the day of the plan; 4: a second one of the day.
create table buy.review as
with first_day as (
    select plan.*,
        case when slip(stay_no, 'review after release') then work_on_or_after(out_date + 1 + draw_int(stay_no, 'after', 6))
            when slip(stay_no, 'review too early') then work_on_or_before(out_date - 86 - draw_int(stay_no, 'early', 30))
            when slip(stay_no, 'review in a batch') then work_on_or_before(last_day(out_date - 6 - draw_int(stay_no, 'review day', 50)))
            else work_on_or_before(out_date - 3 - draw_int(stay_no, 'review day', 76)) end as review_day
    from buy.plan as plan
    where draw(stay_no * 10 + 1, 'reviewed') < 0.89 and days >= 40
),
second_day as (
    select *, work_after(review_day, case when slip(stay_no, 'rapid review') then 1 + draw_int(stay_no, 'rapid', 4) else 5 + draw_int(stay_no, 'second review', 15) end) as second
    from first_day where draw(stay_no * 10 + 2, 'reviewed') < 0.12
),
days as (
    select * exclude (review_day), 1 as n, review_day from first_day where review_day > plan_day
    union all
    select * exclude (review_day, second), 2, second from second_day where review_day > plan_day and second < out_date
    union all
    select plan.*, 3, plan_day from buy.plan as plan where slip(stay_no, 'review of the same day')
    union all
    select * exclude (review_day), 4, review_day from first_day where review_day > plan_day and slip(stay_no, 'two reviews a day')
),
timed as (
    select *, case n when 3 then completed_ts + to_minutes(20 + draw_int(stay_no, 'same day', 60))
            else cast(review_day as timestamp) + to_minutes(550 + 2 * n + draw_int(stay_no, 'review minute', 400)) end as review_ts
    from days
),
placed as (
    select timed.*, held.prison as prison_then, held.is_moved, held.from_ts
    from timed asof left join buy.held as held on held.book_id = timed.book_id and timed.review_ts >= held.from_ts
)
select placed.stay_no, placed.person_no, placed.book_id, placed.booking_no, placed.contract_id, placed.provider_code, placed.sender, placed.plan_ref, placed.completed_ts,
    placed.out_date, placed.out_ts, placed.n, 'RV' || lpad(cast(placed.stay_no as varchar), 11, '0') || placed.n as review_ref, placed.review_ts,
    not slip(placed.stay_no * 10 + placed.n, 'nothing changed') as has_changed
from placed
inner join buy.ttg as ttg
    on ttg.stay_no = placed.stay_no and ttg.prison_code = placed.prison_then and ttg.contract_id = placed.contract_id and placed.review_day between ttg.from_date and ttg.to_date
where not honest() or not placed.is_moved or placed.review_day > cast(placed.from_ts as date) + 1;
delete from buy.review where review_ts < completed_ts or cast(review_ts as date) > date '{ttg_to}';
"""

# A service is bought from one of the contracts of the region or police area that take the person; where a person's police area lies
# within the region is drawn once for life.
_REFERRALS = """
create table buy.referral as
with wanted as (
    select stay.stay_no, stay.person_no, stay.book_id, stay.booking_no, stay.prison, stay.region, stay.sex, stay.out_date, stay.out_ts, stay.is_released, stay.is_plain, stay.died_on,
        kind.kind, kind.task, (stay.stay_no + 10000000) * 10 + kind.n as number,
        work_on_or_before(stay.out_date - cast(case when kind.kind = 'FBD' then 20 + draw_int(stay.stay_no, 'received FBD', 64)
            when draw(stay.stay_no, 'inside ' || kind.kind) < 0.62 then 6 + draw_int(stay.stay_no, 'received ' || kind.kind, 79)
            else -draw_int(stay.stay_no, 'received ' || kind.kind, 60) end as int)) as received_on
    from buy.stay as stay
    cross join (values {kinds}) as kind(n, kind, share, task)
    where stay.has_case and draw(stay.stay_no, 'referred ' || kind.kind) < kind.share and (stay.sex = 'F') = (kind.kind = 'WOS')
        and stay.out_date >= date '{crs_from}'
),
areas as (
    select region, pcc, row_number() over (partition by region order by pcc) - 1 as n, count(*) over (partition by region) as of_region from buy.pcc
),
-- Someone still inside has no region yet: the prison's commissioner is the one most of its people go to.
placed as (
    select wanted.* exclude (region), coalesce(wanted.region, usual.region) as region
    from wanted
    left join (
        select prison, region from (
            select prison, region, row_number() over (partition by prison order by count(*) desc, region) as first
            from life.release where region in (select region from buy.pcc) group by prison, region) where first = 1
    ) as usual on usual.prison = wanted.prison
),
offered as (
    select placed.*, crs.contract_id, crs.crs_type, crs.provider_code, crs.provider_name, crs.sub_codes, crs.title, crs.to_date as contract_to,
        row_number() over (partition by placed.number order by draw(placed.number, crs.contract_id), crs.contract_id) as first
    from placed
    inner join areas on areas.region = placed.region and areas.n = draw_int(placed.person_no, 'police area', areas.of_region)
    inner join buy.crs as crs
        on crs.kind = placed.kind and (crs.region = placed.region or crs.pcc = areas.pcc)
        and placed.received_on >= crs.from_date and (crs.to_date is null or placed.received_on <= crs.to_date)
    where placed.received_on between date '{crs_from}' and date '{last_day}'
),
dated as (
    select offered.* exclude (first), sender.sender,
        format('{{:08x}}-{{:04x}}-4000-8000-{{:012x}}', number, draw_int(number, 'id', 65536), number * 1000 + draw_int(number, 'more', 1000)) as referral_id,
        chr(cast(65 + draw_int(number, 'l1', 26) as int)) || chr(cast(65 + draw_int(number, 'l2', 26) as int)) || lpad(cast(number % 10000 as varchar), 4, '0')
            || substr(kind, 1, 2) as referral_ref,
        cast(received_on as timestamp) + to_minutes(500 + draw_int(number, 'received', 540)) as received_ts,
        work_on_or_after(received_on + cast(4 + draw_int(number, 'assessed', 14) as int)) as assessed_on,
        cast(3 + draw_int(number, 'expected', 8) as int) as expected, draw(number, 'fate') as fate,
        received_on + cast(60 + draw_int(number, 'length', 200) as int) as ends_by, cast(draw_int(number, 'level', 3) as int) as level
    from offered
    left join buy.sender as sender on sender.provider_code = offered.provider_code
    where first = 1
),
planned as (
    select *, work_after(assessed_on, 3) as planned_on,
        -- The plan of a service outside is agreed with the person once out.
        case when kind = 'FBD' then work_after(assessed_on, 4) else work_on_or_after(greatest(work_after(assessed_on, 4), out_date + cast(1 + draw_int(number, 'outside', 20) as int))) end as approved_on
    from dated
),
stepped as (
    select *, work_after(approved_on, 2 + draw_int(number, 'first', 10)) as first_session_on from planned
)
select * exclude (ends_by),
    cast(assessed_on as timestamp) + to_minutes(560 + draw_int(number, 'at', 400)) as assessed_ts,
    cast(planned_on as timestamp) + to_minutes(560 + draw_int(number, 'plan at', 400)) as planned_ts,
    cast(approved_on as timestamp) + to_minutes(560 + draw_int(number, 'approved at', 400)) as approved_ts,
    cast(first_session_on as timestamp) + to_minutes(560 + draw_int(number, 'time', 400)) as first_session_ts,
    work_on_or_after(first_session_on + 14) as second_session_on,
    greatest(work_on_or_after(first_session_on + 14) + 1, ends_by) as ended_on,
    row_number() over (partition by person_no, kind order by received_ts, referral_id) = 1 as is_first_of_kind
from stepped;
"""

_WORK = """
create table buy.task_of_stay as
with kinds as (
    -- slot, task, share of people, least and most days before the day out (negative: after it)
    select slot, task, share, near, span
    from (values (11, 'T-ACC', 0.48, 8, 70), (12, 'T-ETE', 0.36, 8, 70), (13, 'T-FBD', 0.38, 6, 60), (14, 'T-PRE', 0.62, 2, 22),
        (15, 'T-MEN', 0.12, -13, 12), (16, 'T-ACC', 0.03, 4, 3)) as listed(slot, task, share, near, span)
),
dated as (
    select stay.*, kinds.slot, kinds.task as task_code,
        case when slip(stay.stay_no * 100 + kinds.slot, 'work on a day off') then stay.out_date - cast(kinds.near + draw_int(stay.stay_no * 100 + kinds.slot, 'day', kinds.span) as int)
            else work_on_or_before(stay.out_date - cast(kinds.near + draw_int(stay.stay_no * 100 + kinds.slot, 'day', kinds.span) as int)) end as task_day
    from buy.stay as stay
    cross join kinds
    where draw(stay.stay_no * 100 + kinds.slot, 'done') < kinds.share and stay.is_released and (stay.is_plain or not honest())
),
timed as (
    select *, cast(task_day as timestamp) + to_minutes(540 + draw_int(stay_no * 100 + slot, 'minute', 470)) as task_ts from dated
    where task_day > cast(admission_ts as date) + 1 and (task_code <> 'T-MEN' or task_day > out_date)
),
placed as (
    select timed.*, case when task_code = 'T-MEN' or slip(stay_no * 100 + slot, 'prison of the release') then timed.prison else held.prison end as served_at
    from timed asof left join buy.held as held on held.book_id = timed.book_id and timed.task_ts >= held.from_ts
)
select placed.stay_no, person_no, book_id, booking_no, slot, task_code, ttg.contract_id, ttg.provider_code, cast(null as varchar) as task_ref, out_date, is_released, task_ts
from placed
inner join buy.ttg as ttg on ttg.stay_no = placed.stay_no and ttg.prison_code = placed.served_at and placed.task_day between ttg.from_date and ttg.to_date
union all
select stay_no, person_no, book_id, booking_no, 1, 'T-PLAN', contract_id, provider_code, plan_ref, out_date, true, completed_ts from buy.plan
union all
select stay_no, person_no, book_id, booking_no, 1 + n, 'T-REV', contract_id, provider_code, review_ref, out_date, true, review_ts
from buy.review where n = 1 or slip(stay_no * 10 + n, 'second review billed') or n > 2
union all
-- A commissioned service is paid for its assessment, and again once the plan is approved; one that begins inside, for its plan too.
select stay_no, person_no, book_id, booking_no, 20 + cast(number % 10 as int), 'C-ASM', contract_id, provider_code, referral_id, out_date, is_released, assessed_ts
from buy.referral where sender is not null and fate > 0.08
union all
select stay_no, person_no, book_id, booking_no, 30 + cast(number % 10 as int), task, contract_id, provider_code, referral_id, out_date, is_released, approved_ts
from buy.referral where sender is not null and (fate > 0.22 or slip(number, 'cancelled and billed')) and (is_released or kind = 'FBD')
    and (kind <> 'FBD' or approved_on < out_date or slip(number, 'billed out of custody'))
union all
select stay_no, person_no, book_id, booking_no, 40 + if(kind = 'ACC', 0, 1), if(kind = 'ACC', 'C-PRE', 'C-DPR'), contract_id, provider_code, referral_id, out_date, is_released, planned_ts
from buy.referral where sender is not null and kind in ('ACC', 'DNR') and received_on < out_date - 14 and fate > 0.3 and planned_on < out_date
    and (is_released or slip(number, 'no release'));

-- Who served people who have not been released is told from the plan; where the person was held, from the movements.
create table buy.work as
with placed as (
    select work.*, (work.stay_no + 10000000) * 100 + work.slot as work_no, task.domain, task.setting, sender.sender, held.prison as prison_code,
        cast(work.task_ts as date) as task_date, held.is_moved, held.from_ts, stay.is_plain, stay.died_on, stay.birth_date, stay.admission_ts, referral.is_first_of_kind
    from buy.task_of_stay as work
    inner join buy.sender as sender on sender.provider_code = work.provider_code
    inner join buy.stay as stay on stay.stay_no = work.stay_no
    left join buy.referral as referral on referral.referral_id = work.task_ref
    left join (select task_code, any_value(domain) as domain, any_value(setting) as setting from buy.task group by task_code) as task
        on task.task_code = work.task_code
    asof left join buy.held as held on held.book_id = work.book_id and work.task_ts >= held.from_ts
    where work.task_ts < date '{last_day}' + 1
        and (work.task_code not like 'T-%' or cast(work.task_ts as date) between date '{since}' and date '{ttg_to}')
),
-- Back inside, or gone: an ordinary mentor is met there all the same, or so it says.
inside as (
    select distinct placed.work_no
    from placed inner join life.stay as again on again.person_no = placed.person_no and cast(again.came_in as date) <= placed.task_date and cast(again.came_out as date) >= placed.task_date
    where placed.setting = 'community'
),
gone as (
    select person_no, min(cast(came_out as date)) as gone_on from life.stay where way_out in ('died', 'removal', 'immigration_detention') group by person_no
),
sentenced as (
    select book_id, min(starts_on) as sentenced_on from record.nomis_sentence group by book_id
),
-- The person's one manager on the day of release, of those that probation still holds.
managed as (
    select distinct stay.stay_no
    from buy.stay as stay
    inner join truth.manager as manager on manager.person_no = stay.person_no and manager.starts_on <= stay.out_date and (manager.ends_on is null or manager.ends_on >= stay.out_date)
)
select placed.* exclude (is_moved, from_ts, is_plain, died_on, birth_date, admission_ts, is_first_of_kind), inside.work_no is not null as is_inside
from placed
left join inside on inside.work_no = placed.work_no
left join gone on gone.person_no = placed.person_no
left join sentenced on sentenced.book_id = placed.book_id
left join managed on managed.stay_no = placed.stay_no
left join buy.contract as contract on contract.contract_id = placed.contract_id
where (not honest()
        or (placed.is_plain and placed.task_date <= coalesce(contract.to_date, date '9999-12-31')
            and (placed.setting <> 'custody' or not placed.is_moved or placed.task_date > cast(placed.from_ts as date) + 1)
            and (placed.setting <> 'custody' or placed.task_date < placed.out_date)
            and (placed.task_code <> 'T-PRE' or managed.stay_no is not null)
            and coalesce(placed.is_first_of_kind, true)
            and placed.task_date < least(coalesce(placed.died_on, date '9999-12-31'), coalesce(gone.gone_on, date '9999-12-31'))))
    -- Unsentenced people are taken by contracts that take all; outside, only after a release.
    and (placed.setting <> 'custody' or placed.task_ts > placed.admission_ts or slip(placed.work_no, 'billed out of custody'))
    and (placed.birth_date + interval 18 years <= placed.task_date or slip(placed.work_no, 'not eligible'))
    and (placed.setting = 'community' or sentenced.sentenced_on <= placed.task_date or contract.contract_id not in (select contract_id from buy.sentenced_only)
        or slip(placed.work_no, 'not eligible'))
    and (placed.setting = 'custody' or (placed.is_released and placed.out_date <= placed.task_date) or placed.task_code = 'C-ASM')
    and (inside.work_no is null or slip(placed.work_no, 'met inside'));
"""
