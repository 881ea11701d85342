"""What the providers did around each release: plans, reviews, tasks and commissioned services, on which day and in which prison.

Through the Gate ended on 25 June 2021; commissioned services followed. Shares follow the inspections of 2016, 2018 and 2023: most
people have a plan, most plans a review, few reviews change anything, and a prison without a contract gets nothing.
"""

from __future__ import annotations

from worlds.nation.contracts import CRS_FROM, TTG_TO
from worlds.nation.world import World

# Earliest day of a task that is still of interest.
WORK_FROM = "2019-04-01"
# kind: share of people referred, task, domain of the plan's action
SERVICES = {"ACC": (0.36, "C-ACC"), "ETE": (0.24, "C-ETE"), "FBD": (0.18, "C-FBD"), "PWB": (0.22, "C-PWB"), "DNR": (0.10, "C-DNR"),
            "WOS": (0.62, "C-WOS")}  # fmt: skip


def do_work(world: World) -> None:
    """Make buy.plan, buy.review, buy.referral (commissioned services) and buy.work: one row per task that could be claimed."""
    world.con.execute(_STAYS.format(ttg_to=TTG_TO))
    world.con.execute(_PLANS.format(ttg_to=TTG_TO, since=WORK_FROM))
    kinds = ", ".join(f"({n}, '{kind}', {share}, '{task}')" for n, (kind, (share, task)) in enumerate(SERVICES.items(), start=1))
    world.con.execute(_REFERRALS.format(crs_from=CRS_FROM, last_day=world.last_day, kinds=kinds))
    world.con.execute(_WORK.format(ttg_to=TTG_TO, since=WORK_FROM, last_day=world.last_day))


# Stays that could be worked with: those that ended in a release, and those not over yet (stay_no negative, planned release).
_STAYS = """
create table buy.stay as
select release.release_no as stay_no, release.person_no, release.book_id, release.booking_no, release.prison, release.region,
    release.admission_ts, release.release_date as out_date, release.release_ts as out_ts, true as is_released,
    release.in_custody_days as days, person.sex, person.crn is not null as has_case
from life.release as release
inner join life.person as person on person.person_no = release.person_no
union all
select -due.person_no, due.person_no, due.book_id, due.booking_no, due.prison, null, cast(booking.admission_ts as timestamp), due.planned_release,
    due.planned_release + interval 10 hours, false, date_diff('day', cast(booking.admission_ts as date), due.planned_release), person.sex,
    person.crn is not null
from life.due as due
inner join life.person as person on person.person_no = due.person_no
inner join life.booking as booking on booking.book_id = due.book_id;

-- Of two contracts on one prison: the area's that supervises, else by lot.
create table buy.ttg as
select stay_no, person_no, contract_id, provider_code
from (
    select stay.stay_no, stay.person_no, contract.contract_id, contract.provider_code,
        row_number() over (partition by stay.stay_no order by contract.area_code is distinct from stay.region, draw(stay.stay_no, contract.contract_id),
            contract.contract_id) as first
    from buy.stay as stay
    inner join buy.contract_prison as held on held.prison_code = stay.prison and least(stay.out_date, date '{ttg_to}') between held.from_date and held.to_date
    inner join buy.contract as contract on contract.contract_id = held.contract_id
    where stay.is_released and stay.out_date <= date '{ttg_to}' + 70
)
where first = 1;
"""

_PLANS = """
create table buy.plan as
select stay.stay_no, stay.person_no, stay.book_id, stay.booking_no, ttg.contract_id, ttg.provider_code, sender.sender,
    'PL' || lpad(cast(stay.stay_no as varchar), 11, '0') as plan_ref,
    cast(cast(stay.admission_ts as date) + cast(2 + floor(9 * pow(draw(stay.stay_no, 'plan day'), 1.6)) as int) as timestamp)
        + to_minutes(540 + draw_int(stay.stay_no, 'plan minute', 450)) as completed_ts,
    stay.out_date, stay.out_ts, stay.days
from buy.ttg as ttg
inner join buy.stay as stay on stay.stay_no = ttg.stay_no
inner join buy.sender as sender on sender.provider_code = ttg.provider_code
where draw(stay.stay_no, 'planned') < 0.91 and stay.days >= 12
    and cast(stay.admission_ts as date) + 11 between date '{since}' and date '{ttg_to}';

-- n 1: the review before release; 2: a further one; 3: on the day of the plan.
create table buy.review as
select plan.*, kind.n, 'RV' || lpad(cast(plan.stay_no as varchar), 11, '0') || kind.n as review_ref,
    case kind.n
        when 3 then plan.completed_ts + to_minutes(20 + draw_int(plan.stay_no, 'same day', 60))
        when 2 then cast(plan.out_date - cast(2 + draw_int(plan.stay_no, 'second review', 20) as int) as timestamp)
            + to_minutes(560 + draw_int(plan.stay_no, 'second minute', 400))
        -- A few are dated after the release, or before the last twelve weeks.
        else cast(plan.out_date - cast(case when draw(plan.stay_no, 'late') < 0.015 then -1 - draw_int(plan.stay_no, 'after', 6)
                when draw(plan.stay_no, 'late') < 0.05 then 85 + draw_int(plan.stay_no, 'early', 30)
                else 4 + draw_int(plan.stay_no, 'review day', 78) end as int) as timestamp)
            + to_minutes(550 + draw_int(plan.stay_no, 'review minute', 430)) end as review_ts,
    draw(plan.stay_no * 10 + kind.n, 'changes') < 0.28 as has_changed
from buy.plan as plan
cross join (values (1, 0.89), (2, 0.12), (3, 0.07)) as kind(n, share)
where draw(plan.stay_no * 10 + kind.n, 'reviewed') < kind.share and (kind.n = 3 or plan.days >= 40);
-- Some wait for the last day of the month and are then written in one go by one author.
update buy.review set review_ts = cast(last_day(review_ts) as timestamp) + to_minutes(560 + draw_int(stay_no, 'batch minute', 300))
where n = 1 and draw(stay_no, 'batch') < 0.07 and last_day(review_ts) < out_date;
delete from buy.review where review_ts < completed_ts or cast(review_ts as date) > date '{ttg_to}';
"""

# A service is bought from one of the contracts of the region or police area that take the person; where a person's police area lies
# within the region is drawn once for life.
_REFERRALS = """
create table buy.referral as
with wanted as (
    select stay.stay_no, stay.person_no, stay.book_id, stay.booking_no, stay.prison, stay.region, stay.sex, stay.out_date, stay.out_ts, stay.is_released,
        kind.kind, kind.task, (stay.stay_no + 10000000) * 10 + kind.n as number,
        stay.out_date - cast(case when kind.kind = 'FBD' then 20 + draw_int(stay.stay_no, 'received FBD', 64)
            when draw(stay.stay_no, 'inside ' || kind.kind) < 0.62 then 6 + draw_int(stay.stay_no, 'received ' || kind.kind, 79)
            else -draw_int(stay.stay_no, 'received ' || kind.kind, 60) end as int) as received_on
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
    select placed.*, crs.contract_id, crs.crs_type, crs.provider_code, crs.provider_name, crs.sub_codes, crs.title,
        row_number() over (partition by placed.number order by draw(placed.number, crs.contract_id), crs.contract_id) as first
    from placed
    inner join areas on areas.region = placed.region and areas.n = draw_int(placed.person_no, 'police area', areas.of_region)
    inner join buy.crs as crs
        on crs.kind = placed.kind and (crs.region = placed.region or crs.pcc = areas.pcc)
        and placed.received_on >= crs.from_date and (crs.to_date is null or placed.received_on <= crs.to_date)
    where placed.received_on between date '{crs_from}' and date '{last_day}'
)
select offered.* exclude (first), sender.sender,
    format('{{:08x}}-{{:04x}}-4000-8000-{{:012x}}', number, draw_int(number, 'id', 65536), number * 1000 + draw_int(number, 'more', 1000)) as referral_id,
    chr(cast(65 + draw_int(number, 'l1', 26) as int)) || chr(cast(65 + draw_int(number, 'l2', 26) as int)) || lpad(cast(number % 10000 as varchar), 4, '0')
        || substr(kind, 1, 2) as referral_ref,
    cast(received_on as timestamp) + to_minutes(500 + draw_int(number, 'received', 540)) as received_ts,
    cast(received_on + cast(4 + draw_int(number, 'assessed', 14) as int) as timestamp) + to_minutes(560 + draw_int(number, 'at', 400)) as assessed_ts,
    cast(received_on + cast(14 + draw_int(number, 'first', 30) as int) as timestamp) + to_minutes(560 + draw_int(number, 'time', 400)) as first_session_ts,
    cast(3 + draw_int(number, 'expected', 8) as int) as expected,
    draw(number, 'fate') as fate,
    received_on + cast(60 + draw_int(number, 'length', 200) as int) as ended_on,
    cast(draw_int(number, 'level', 3) as int) as level
from offered
left join buy.sender as sender on sender.provider_code = offered.provider_code
where first = 1;
"""

_WORK = """
create table buy.task_of_stay as
with stays as (
    select stay.*, ttg.contract_id as ttg_contract, ttg.provider_code as ttg_provider
    from buy.ttg as ttg inner join buy.stay as stay on stay.stay_no = ttg.stay_no
),
-- slot, task, share of people, least and most days before the day out (negative: after it)
kinds as (
    select slot, task, share, near, span
    from (values (11, 'T-ACC', 0.48, 8, 70), (12, 'T-ETE', 0.36, 8, 70), (13, 'T-FBD', 0.38, 6, 60), (14, 'T-PRE', 0.62, 2, 22),
        (15, 'T-MEN', 0.12, -14, 14), (16, 'T-ACC', 0.03, 2, 10)) as listed(slot, task, share, near, span)
)
select stays.stay_no, stays.person_no, stays.book_id, stays.booking_no, kinds.slot, kinds.task as task_code, stays.ttg_contract as contract_id,
    stays.ttg_provider as provider_code, cast(null as varchar) as task_ref, stays.out_date, stays.is_released,
    cast(stays.out_date - cast(kinds.near + draw_int(stays.stay_no * 100 + kinds.slot, 'day', kinds.span) as int) as timestamp)
        + to_minutes(540 + draw_int(stays.stay_no * 100 + kinds.slot, 'minute', 470)) as task_ts
from stays
cross join kinds
where draw(stays.stay_no * 100 + kinds.slot, 'done') < kinds.share
union all
select stay_no, person_no, book_id, booking_no, 1, 'T-PLAN', contract_id, provider_code, plan_ref, out_date, true, completed_ts from buy.plan
union all
select stay_no, person_no, book_id, booking_no, 1 + n, 'T-REV', contract_id, provider_code, review_ref, out_date, true, review_ts from buy.review
union all
-- A commissioned service is paid for its assessment, and again once the plan is approved.
select stay_no, person_no, book_id, booking_no, 20 + cast(number % 10 as int), 'C-ASM', contract_id, provider_code, referral_id, out_date, is_released, assessed_ts
from buy.referral where sender is not null and fate > 0.08
union all
select stay_no, person_no, book_id, booking_no, 30 + cast(number % 10 as int), task, contract_id, provider_code, referral_id, out_date, is_released,
    case when kind = 'FBD' then least(first_session_ts, out_ts - interval 2 days)
        else greatest(first_session_ts, out_ts + to_days(cast(1 + draw_int(number, 'outside', 20) as int))) end
from buy.referral where sender is not null and fate > 0.22
union all
select stay_no, person_no, book_id, booking_no, 40, 'C-PRE', contract_id, provider_code, referral_id, out_date, is_released,
    least(first_session_ts, out_ts - to_days(cast(2 + draw_int(number, 'before', 9) as int)))
from buy.referral where sender is not null and kind = 'ACC' and received_on < out_date - 14 and fate > 0.3;

-- Who served people who have not been released is told from the plan; where the person was held, from the movements.
create table buy.work as
select work.*, (work.stay_no + 10000000) * 100 + work.slot as work_no, task.domain, task.setting, sender.sender, held.prison as prison_code,
    cast(work.task_ts as date) as task_date
from buy.task_of_stay as work
inner join buy.sender as sender on sender.provider_code = work.provider_code
left join (select task_code, any_value(domain) as domain, any_value(setting) as setting from buy.task group by task_code) as task
    on task.task_code = work.task_code
asof left join life.movement_prison as held on held.book_id = work.book_id and work.task_ts >= held.from_ts
where work.task_ts < date '{last_day}' + 1
    and (work.task_code not like 'T-%' or cast(work.task_ts as date) between date '{since}' and date '{ttg_to}');
"""
