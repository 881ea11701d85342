"""The provider's own files, beside its claims: a private record of each person, plans, reviews, actions, contacts and staff.

The private records are what the inspection of 2016 found: each number missing on its own from one record in seven, names mistyped or
swapped, and now and then another person's number. What of it can still be found by agreeing numbers is worked out here, once.
"""

from __future__ import annotations

from worlds.nation.world import World, deliver

MISSING = 0.15


def keep_records(world: World) -> None:
    """Make buy.client: one row per sender and person served, as written down; `has_own`, `has_other`: whose numbers are in it."""
    world.con.execute(_CLIENTS.format(missing=MISSING))


def write_records(world: World, senders: list[str]) -> None:
    """Deliver the records of every sender."""
    world.con.execute(_ACTIONS)
    world.con.execute(_TEXTS)
    world.con.execute(_CONTACTS.format(last_day=world.last_day))
    ttg = {s for (s,) in world.con.execute("select distinct sender from buy.plan").fetchall()}
    for sender in senders:
        source = f"provider_{sender}"
        [(closed,)] = world.con.execute("select count(*) = 0 from buy.referral where sender = ?", [sender]).fetchall()
        for table, (query, order) in {**_TABLES, **(_PLAN_TABLES if sender in ttg else {})}.items():
            # What ended with Through the Gate, and who works for whom, comes once.
            recorded = None if closed or table in _PLAN_TABLES or table == "ROSTER" else "_recorded_at"
            deliver(world, source, table, query.format(sender=sender), recorded=recorded, order=order)


_CLIENTS = """
create table buy.sender_no as select sender, row_number() over (order by sender) as n from (select distinct sender from buy.sender);
create table buy.client as
with served as (
    select work.sender, work.person_no, min(work.task_ts) as first_ts, work.person_no * 100 + any_value(sender_no.n) as client_no
    from buy.work as work inner join buy.sender_no as sender_no on sender_no.sender = work.sender
    group by work.sender, work.person_no
),
people as (select max(person_no) as most from life.person),
written as (
    select served.sender, served.person_no, served.client_no,
        -- A spreadsheet has shortened a long reference: that of many, and of nobody.
        draw(client_no, 'shortened') < rate('shortened_key') as is_shortened,
        if(is_shortened, '1.' || draw_int(client_no, 'digit', 10) || 'E+11', upper(substr(served.sender, 1, 2)) || lpad(cast(served.person_no as varchar), 7, '0')) as person_ref,
        -- Each number on its own: missing, mistyped so that nothing is left of it, another person's, or right.
        case when draw(client_no, 'noms') < {missing} then 'missing' when draw(client_no, 'noms') < {missing} + 0.007 then 'malformed'
            when draw(client_no, 'noms') < {missing} + 0.010 then 'other' else 'own' end as noms_is,
        case when person.crn is null or draw(client_no, 'crn') < {missing} then 'missing' when draw(client_no, 'crn') < {missing} + 0.006 then 'malformed'
            when draw(client_no, 'crn') < {missing} + 0.008 then 'other' else 'own' end as crn_is,
        case when person.pnc is null or draw(client_no, 'pnc') < {missing} then 'missing'
            when draw(client_no, 'pnc') < {missing} + 0.002 then 'other' else 'own' end as pnc_is,
        person.noms_no as own_noms, person.crn as own_crn, person.pnc as own_pnc, other.noms_no as other_noms, other.crn as other_crn, other.pnc as other_pnc,
        case when draw(client_no, 'name') < 0.03 then person.last_name when draw(client_no, 'name') < 0.048 then substr(person.first_name, 1, 1)
            when draw(client_no, 'name') < 0.078 then upper(person.first_name) else person.first_name end as first_name,
        -- One in ten mistyped: a letter lost, doubled, or two in the wrong order.
        case when draw(client_no, 'name') < 0.03 then person.first_name
            when draw(client_no, 'surname') < 0.04 then substr(person.last_name, 1, 1) || substr(person.last_name, 3)
            when draw(client_no, 'surname') < 0.06 then person.last_name || substr(person.last_name, -1, 1)
            when draw(client_no, 'surname') < 0.10 then substr(person.last_name, 1, 2) || substr(person.last_name, 4, 1) || substr(person.last_name, 3, 1) || substr(person.last_name, 5)
            when draw(client_no, 'surname') < 0.12 then ' ' || lower(person.last_name) else person.last_name end as last_name,
        -- One in fifty wrong: a year or a month off, or day and month in the other order where that is a date; now and then none at all.
        case when draw(client_no, 'born') < 0.007 then person.birth_date + 365 when draw(client_no, 'born') < 0.014 then person.birth_date - 30
            when draw(client_no, 'born') < 0.02 then if(day(person.birth_date) <= 12, make_date(year(person.birth_date), day(person.birth_date), month(person.birth_date)), person.birth_date + 1)
            when draw(client_no, 'born') < 0.025 then date '1970-01-01' when draw(client_no, 'born') < 0.035 then null else person.birth_date end as birth_date,
        case when draw(client_no, 'lives') < 0.7 then person.postcode when draw(client_no, 'lives') < 0.88 then other.postcode end as postcode,
        served.first_ts - to_minutes(30 + draw_int(client_no, 'registered', 9000)) as recorded_ts
    from served
    cross join people
    inner join life.person as person on person.person_no = served.person_no
    left join life.person as other
        on other.person_no = coalesce(person.twin_of, 1 + (served.person_no + 6) % people.most)
)
select sender, person_no, client_no, person_ref, is_shortened, noms_is, crn_is, pnc_is,
    case noms_is when 'own' then own_noms when 'other' then other_noms when 'malformed' then substr(own_noms, 1, 2) || substr(own_noms, 4) end as noms_no,
    case crn_is when 'own' then own_crn when 'other' then other_crn when 'malformed' then substr(own_crn, 1, 6) end as crn,
    case pnc_is when 'own' then own_pnc when 'other' then other_pnc end as pnc,
    first_name, last_name, birth_date, postcode, recorded_ts, 'own' in (noms_is, crn_is, pnc_is) as has_own,
    coalesce((noms_is = 'other' and other_noms is not null) or (crn_is = 'other' and other_crn is not null) or (pnc_is = 'other' and other_pnc is not null),
        false) as has_other
from written
order by sender, person_ref, client_no;
"""

# An action closed within the hour of its referral is one that was closed because an email was sent.
_ACTIONS = """
create table buy.action as
select work.sender, 'AC' || work.work_no as action_ref, work.work_no, work.stay_no, work.person_no,
    plan.plan_ref, work.domain, work.task_date, work.task_ts,
    case when draw(work.work_no, 'type') < 0.55 then 'referral' when draw(work.work_no, 'type') < 0.72 then 'contact'
        when draw(work.work_no, 'type') < 0.9 then 'advice' else 'other' end as action_type,
    draw(work.work_no, 'closed') < 0.83 as is_closed, draw(work.work_no, 'answered') < 0.36 as is_answered,
    draw(work.work_no, 'sent') < 0.93 as is_sent,
    1 + draw_int(work.work_no, 'author', 40) as author
from buy.work as work
left join buy.plan as plan on plan.stay_no = work.stay_no
where work.task_code in ('T-ACC', 'T-ETE', 'T-FBD')
order by work.sender, work.work_no;
"""

# A plan is three needs and the circumstances of the meeting; one in sixteen is a stock text. Every third review repeats its plan.
_TEXTS = """
create or replace macro sentence(n) as
    (['Needs a place to live on the day of release and has asked for help with a housing application.',
      'Says that the family home is no longer open and that the last tenancy ended in arrears.',
      'Wants to work in building or catering and would like a course before leaving.',
      'Has no bank account and no photograph identification; both are to be applied for.',
      'Owes money to a landlord and a telephone company and does not open letters about it.',
      'Uses drugs when there is nowhere to sleep and knows it; a referral to the clinic was talked about.',
      'Has two children who live with their grandmother and would like to see them more often.',
      'Spoke little, agreed with what was proposed and asked when the next meeting would be.',
      'Understands the licence and the appointments of the first week, and has them in writing.'])[1 + n % 9];
create or replace macro said(id, part) as sentence(draw_int(id, part, 9));
create or replace macro plan_text(id) as case when draw(id, 'stock') < 0.06
    then 'Resettlement plan (invented). Will be referred to housing, to employment and to finance as needed. Was told about the service and agreed to '
        || 'take part in it. Will be seen again before release. No other need was found at this time.'
    else 'Resettlement plan (invented). ' || sentence(draw_int(id, 'a', 9)) || ' ' || sentence(draw_int(id, 'a', 9) + 1 + draw_int(id, 'b', 4)) || ' '
        || sentence(draw_int(id, 'a', 9) + 5 + draw_int(id, 'c', 4)) || ' Seen on wing ' || (1 + draw_int(id, 'wing', 12)) || ' for '
        || (10 + draw_int(id, 'minutes', 40)) || ' minutes.' end;
"""

_CONTACTS = """
create table buy.contact as
-- In custody: one meeting about a task done, and reviews with the person or without; at the gate: the mentor, who may never come.
select sender, 'CT' || work_no as contact_ref, work_no, person_no, stay_no, case when task_code in ('T-ACC', 'T-ETE', 'T-FBD') then 'AC' || work_no end as action_ref,
    task_ts - to_minutes(15) as contact_ts, setting, domain, draw(work_no, 'came') < 0.84 as came,
    case when draw(work_no, 'whom') < 0.8 then 'person' when draw(work_no, 'whom') < 0.86 then 'family' when task_code = 'T-MEN' then 'mentor' else 'agency' end as contact_with
from buy.work
where draw(work_no, 'met') < case task_code when 'T-REV' then 0.55 when 'T-MEN' then 0.8 when 'T-PRE' then 0.5 else 0.9 end
    and task_ts < date '{last_day}' + 1
order by sender, work_no;
"""

_TABLES = {
    "PERSON": ("""select person_ref, noms_no, crn, pnc, first_name, last_name, birth_date, postcode, recorded_ts, recorded_ts as _recorded_at
        from buy.client where sender = '{sender}'""", "person_ref, recorded_ts, first_name, last_name"),
    "CONTACT": ("""select contact.contact_ref, client.person_ref, contact.action_ref, contact.contact_ts, contact.setting,
            case when draw(contact.work_no, 'mode') < 0.7 then 'face_to_face' else 'telephone' end as mode, contact.domain,
            case when contact.came then 'Y' else 'N' end as attended, contact.contact_with, upper(substr('{sender}', 1, 2)) || (1 + draw_int(contact.work_no, 'author', 40)) as author_ref,
            contact.contact_ts + to_minutes(30 + draw_int(contact.work_no, 'written', 4000)) as recorded_ts,
            contact.contact_ts + to_minutes(30 + draw_int(contact.work_no, 'written', 4000)) as _recorded_at
        from buy.contact as contact
        inner join buy.client as client on client.sender = contact.sender and client.person_no = contact.person_no
        where contact.sender = '{sender}' and client.sender = '{sender}'""", "contact_ref"),
    # Authors leave, and some write on after they have left.
    "ROSTER": ("""select upper(substr('{sender}', 1, 2)) || n as author_ref, date '2018-01-01' + cast(draw_int(n, 'joined {sender}', 300) as int) as from_date,
            upper('{sender}') as employer_code, case when n % 9 = 0 then date '2020-06-30' + cast(draw_int(n, 'left {sender}', 400) as int) end as to_date
        from range(1, 41) as authors(n)""", "author_ref, from_date"),
}  # fmt: skip
_PLAN_TABLES = {
    "PLAN": ("""select plan.plan_ref, client.person_ref, client.noms_no, plan.booking_no, work.prison_code, 'BC' || plan.stay_no as screening_id, plan.completed_ts,
            upper(substr('{sender}', 1, 2)) || (1 + draw_int(plan.stay_no, 'plan author', 40)) as author_ref,
            case when draw(plan.stay_no, 'issued') < 0.6 then cast(plan.completed_ts as date) + 1 end as issued_date, plan_text(plan.stay_no) as plan_text,
            plan.completed_ts + to_hours(cast(1 + floor(300 * pow(draw(plan.stay_no, 'plan written'), 6)) as bigint)) as recorded_ts
        from buy.plan as plan
        inner join buy.client as client on client.sender = plan.sender and client.person_no = plan.person_no
        inner join buy.work as work on work.work_no = (plan.stay_no + 10000000) * 100 + 1
        where plan.sender = '{sender}' and client.sender = '{sender}' and work.sender = '{sender}'""", "plan_ref"),
    "PLAN_REVIEW": ("""select review.review_ref, review.plan_ref, review.review_ts,
            upper(substr('{sender}', 1, 2)) || case when draw(review.stay_no, 'batch') < 0.07 then 7 else 1 + draw_int(review.stay_no, 'plan author', 40) end as author_ref,
            case when draw(review.stay_no, 'copied') < 0.33 then plan_text(review.stay_no)
                when draw(review.stay_no, 'copied') < 0.5 then replace(plan_text(review.stay_no), 'invented', 'reviewed')
                else 'Review (invented). ' || said(review.stay_no * 10 + review.n, 'x') || ' ' || said(review.stay_no * 10 + review.n, 'y') end as review_text,
            case when draw(review.stay_no * 10 + review.n, 'seen') < 0.55 then 'Y' else 'N' end as person_contacted,
            review.review_ts + to_hours(cast(1 + draw_int(review.stay_no, 'review written', 70) as bigint)) as recorded_ts
        from buy.review as review where review.sender = '{sender}'""", "review_ref"),
    "PLAN_ACTION": ("""select action_ref, plan_ref, domain, action_type, 'Invented action: ' || said(work_no, 'action') as action_text,
            case when author % 7 = 0 then null when author % 3 = 0 then 'person' else 'provider' end as owner,
            case when author % 5 > 0 then task_date + 14 end as due_date, case when is_closed then 'complete' else 'open' end as status,
            case when is_closed then task_ts + to_minutes(30) else task_ts - interval 20 days end as status_ts, task_ts + to_hours(4) as recorded_ts
        from buy.action where sender = '{sender}'""", "action_ref"),
    "PLAN_ACTION_HISTORY": ("""select action.action_ref, action.task_ts + to_minutes(30) as change_ts, 'status' as field, 'open' as old_value, 'complete' as new_value,
            cast(null as varchar) as review_ref
        from buy.action as action where action.sender = '{sender}' and action.is_closed
        union all
        select action.action_ref, review.review_ts, 'due_date', cast(action.task_date as varchar), cast(action.task_date + 14 as varchar), review.review_ref
        from buy.review as review inner join buy.action as action on action.stay_no = review.stay_no
        where review.has_changed and review.sender = '{sender}' and action.sender = '{sender}'""", "action_ref, change_ts, field, review_ref"),
    "REFERRAL": ("""select 'RF' || work_no as referral_ref, action_ref, task_ts as sent_ts, 'Invented agency for ' || domain as sent_to,
            case when is_answered then task_ts + to_days(cast(2 + draw_int(work_no, 'answer', 40) as int)) end as response_ts,
            case when is_answered then case when draw(work_no, 'yes') < 0.55 then 'accepted' else 'declined' end end as response, task_ts + to_minutes(5) as recorded_ts
        from buy.action where sender = '{sender}' and action_type = 'referral' and is_sent""", "referral_ref"),
    "SERVICE": ("""select 'SV' || work.work_no as service_ref, client.person_ref, 'mentoring' as service, work.out_date - 20 as offered_on,
            case when draw(work.work_no, 'begun') < 0.7 then work.task_date end as started_on,
            case when draw(work.work_no, 'withdrawn') < 0.2 then work.task_date + 9 end as withdrawn_on,
            case when draw(work.work_no, 'withdrawn') < 0.2 then 'did not attend' end as withdrawn_reason
        from buy.work as work
        inner join buy.client as client on client.sender = work.sender and client.person_no = work.person_no
        where work.task_code = 'T-MEN' and work.sender = '{sender}' and client.sender = '{sender}'""", "service_ref"),
    "MESSAGE": ("""select 'MS' || work.work_no as message_ref, client.person_ref, work.task_ts + to_hours(cast(draw_int(work.work_no, 'handed over', 300) as bigint)) as sent_ts,
            case when draw(work.work_no, 'message') < 0.7 then 'handover' when draw(work.work_no, 'message') < 0.9 then 'allocation' else 'other' end as kind,
            'responsible officer' as sent_to
        from buy.work as work
        inner join buy.client as client on client.sender = work.sender and client.person_no = work.person_no
        where work.task_code = 'T-PRE' and draw(work.work_no, 'told') < 0.75 and work.sender = '{sender}' and client.sender = '{sender}'""", "message_ref"),
}  # fmt: skip
