"""The provider's own files, beside its claims: a private record of each person, plans, reviews, actions, contacts and staff.

The private records are what the inspection of 2016 found: each number missing on its own from one record in seven, names mistyped or
swapped, and now and then another person's number. What of it can still be found by agreeing numbers is worked out here, once.
"""

from __future__ import annotations

from worlds.nation.world import World, deliver

MISSING = 0.15
# A sender's authors at least; large nations have more, so that nobody writes more than a person can.
AUTHORS = 40


def keep_records(world: World) -> None:
    """Make buy.client: one row per sender and person served, as written down; `has_own`, `has_other`: whose numbers are in it. And
    buy.action, buy.contact and buy.told: what was written down of the work, with when it was done and whether."""
    world.con.execute(_CLIENTS.format(missing=MISSING))
    world.con.execute(_AUTHORS.format(authors=AUTHORS + world.releases // 400))
    world.con.execute(_ACTIONS)
    world.con.execute(_TEXTS)
    world.con.execute(_CONTACTS.format(last_day=world.last_day))


def write_records(world: World, senders: list[str]) -> None:
    """Deliver the records of every sender."""
    ttg = {s for (s,) in world.con.execute("select distinct sender from buy.plan").fetchall()}
    for sender in senders:
        source = f"provider_{sender}"
        [(closed,)] = world.con.execute("select count(*) = 0 from buy.referral where sender = ?", [sender]).fetchall()
        for table, (query, order) in {**_TABLES, **(_PLAN_TABLES if sender in ttg else {})}.items():
            # What ended with Through the Gate, and who works for whom, comes once; plans again where they were changed.
            recorded = None if table != "PLAN" and (closed or table in _PLAN_TABLES or table == "ROSTER") else "_recorded_at"
            deliver(world, source, table, query.format(sender=sender), recorded=recorded, order=order)


_CLIENTS = """
create table buy.sender_no as select sender, row_number() over (order by sender) as n from (select distinct sender from buy.sender);
create table buy.client as
with served as (
    select work.sender, work.person_no, min(work.task_ts) as first_ts, work.person_no * 100 + any_value(sender_no.n) as client_no
    from (select sender, person_no, task_ts from buy.work union all select sender, person_no, completed_ts from buy.plan) as work inner join buy.sender_no as sender_no on sender_no.sender = work.sender
    group by work.sender, work.person_no
),
people as (select max(person_no) as most from life.person),
written as (
    select served.sender, served.person_no, served.client_no,
        -- A spreadsheet has shortened a long reference: that of many, and of nobody.
        not honest() and draw(client_no, 'shortened') < rate('shortened_key') as is_shortened,
        if(is_shortened, '1.' || draw_int(client_no, 'digit', 10) || 'E+11', upper(substr(served.sender, 1, 2)) || lpad(cast(served.person_no as varchar), 7, '0')) as person_ref,
        -- Each number on its own: missing, mistyped so that nothing is left of it, another person's, or right.
        case when draw(client_no, 'noms') < {missing} then if(honest(), 'own', 'missing') when honest() then 'own' when draw(client_no, 'noms') < {missing} + 0.007 then 'malformed'
            when draw(client_no, 'noms') < {missing} + 0.010 then 'other' else 'own' end as noms_is,
        case when person.crn is null or draw(client_no, 'crn') < {missing} then 'missing' when honest() then 'own' when draw(client_no, 'crn') < {missing} + 0.006 then 'malformed'
            when draw(client_no, 'crn') < {missing} + 0.008 then 'other' else 'own' end as crn_is,
        case when person.pnc is null or draw(client_no, 'pnc') < {missing} then 'missing'
            when honest() then 'own' when draw(client_no, 'pnc') < {missing} + 0.002 then 'other' else 'own' end as pnc_is,
        person.noms_no as own_noms, person.crn as own_crn, person.pnc as own_pnc, other.noms_no as other_noms, other.crn as other_crn, other.pnc as other_pnc,
        case when honest() then person.first_name when draw(client_no, 'name') < 0.03 then person.last_name when draw(client_no, 'name') < 0.048 then substr(person.first_name, 1, 1)
            when draw(client_no, 'name') < 0.078 then upper(person.first_name) else person.first_name end as first_name,
        -- One in ten mistyped: a letter lost, doubled, or two in the wrong order.
        case when honest() then person.last_name when draw(client_no, 'name') < 0.03 then person.first_name
            when draw(client_no, 'surname') < 0.04 then substr(person.last_name, 1, 1) || substr(person.last_name, 3)
            when draw(client_no, 'surname') < 0.06 then person.last_name || substr(person.last_name, -1, 1)
            when draw(client_no, 'surname') < 0.10 then substr(person.last_name, 1, 2) || substr(person.last_name, 4, 1) || substr(person.last_name, 3, 1) || substr(person.last_name, 5)
            when draw(client_no, 'surname') < 0.12 then ' ' || lower(person.last_name) else person.last_name end as last_name,
        -- One in fifty wrong: a year or a month off, or day and month in the other order where that is a date; now and then none at all.
        case when honest() then person.birth_date when draw(client_no, 'born') < 0.007 then person.birth_date + 365 when draw(client_no, 'born') < 0.014 then person.birth_date - 30
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

# Every ninth author leaves one day; records are written by those who stay, and by some whom no roster names.
_AUTHORS = """
create macro authors() as {authors};
create macro author_no(id) as case when slip(id, 'author not theirs') then authors() + 1 + draw_int(id, 'stranger', 3)
    when (1 + draw_int(id, 'author', authors())) % 9 = 0 then draw_int(id, 'author', authors()) else 1 + draw_int(id, 'author', authors()) end;
create macro author_of(sender, n) as upper(substr(sender, 1, 2)) || n;
-- When work was written down: within two days, or weeks later.
create macro written_after(id) as case when slip(id, 'written late') then interval 9 days + to_days(draw_int(id, 'late by', 40)) else to_minutes(30 + draw_int(id, 'written', 2500)) end;
"""

# An action closed within the hour of its referral is one that was closed because an email was sent.
_ACTIONS = """
create table buy.action as
with billed as (
    select work.sender, 'AC' || work.work_no as action_ref, work.work_no as id, work.stay_no, work.person_no, work.domain, work.out_date, work.task_ts,
        not slip(work.work_no, 'action open') as is_closed, true as is_billed
    from buy.work as work
    where work.task_code in ('T-ACC', 'T-ETE', 'T-FBD')
),
-- What else the plan says: an action for each need, where none is billed.
planned as (
    select plan.sender, 'AN' || plan.stay_no || substr(flagged.domain, 1, 3) as action_ref, hash(plan.stay_no, flagged.domain) % 1000000000000 as id, plan.stay_no, plan.person_no,
        flagged.domain, plan.out_date, cast(work_on_or_before(greatest(plan.plan_day, plan.out_date - 2 - draw_int(plan.stay_no, 'done ' || flagged.domain, 20))) as timestamp)
            + interval 900 minutes as task_ts,
        flagged.domain = 'accommodation' and not slip(plan.stay_no, 'stale need') or draw(plan.stay_no, 'closes ' || flagged.domain) < 0.6 as is_closed, false as is_billed
    from buy.plan as plan
    inner join buy.flagged as flagged on flagged.stay_no = plan.stay_no
    left join billed on billed.stay_no = plan.stay_no and billed.domain = flagged.domain and billed.sender = plan.sender and billed.task_ts > plan.completed_ts
    where billed.stay_no is null and not slip(plan.stay_no, 'empty plan') and not slip(hash(plan.stay_no, flagged.domain), 'need without action')
),
every_action as (
    select * from billed union all select * from planned
),
typed as (
    select every_action.*, plan.plan_ref, plan.completed_ts as planned_ts,
        case when draw(id, 'type') < 0.55 then 'referral' when draw(id, 'type') < 0.72 then 'contact' when draw(id, 'type') < 0.9 then 'advice' else 'other' end as action_type,
        is_closed and draw(id, 'type') < 0.55 and slip(id, 'closed by sending') as is_by_sending,
        cast(work_on_or_before(greatest(cast(task_ts as date) - 3 - draw_int(id, 'sent', 10), cast(coalesce(plan.completed_ts, task_ts - interval 14 days) as date))) as timestamp) + interval 620 minutes as usual_sent_ts
    from every_action
    -- An action is of the plan that its sender made before it.
    left join buy.plan as plan on plan.stay_no = every_action.stay_no and plan.sender = every_action.sender and (not every_action.is_billed or plan.completed_ts < every_action.task_ts)
        and not (every_action.is_billed and slip(plan.stay_no, 'empty plan'))
),
sent as (
    select *, case when slip(id, 'begun after release') then out_date + interval 2 days + interval 600 minutes
            when is_by_sending then task_ts - interval 5 minutes else least(usual_sent_ts, task_ts - interval 1 hour) end as sent_ts
    from typed
)
select *, case when domain = 'accommodation' and is_closed then 'ZZ' || (1 + draw_int(id, 'led to', 90)) || ' 7' || chr(cast(65 + draw_int(id, 'street', 26) as int)) || 'A' end as led_to,
    action_type = 'referral' and not slip(id, 'no referral') as is_sent,
    not slip(id, 'never answered') and not is_by_sending as is_answered,
    least(cast(sent_ts as date) + 28, if(out_date >= cast(sent_ts as date), out_date, cast(sent_ts as date) + 28)) as answer_due,
    not slip(id, 'not met') and not is_by_sending and not slip(id, 'begun after release') as is_met
from sent
order by sender, action_ref;
"""

# A plan is the person's needs and the circumstances of the meeting; a few are a stock text. Of an ordinary sender's reviews some repeat
# their plan, or all but a few words of it.
_TEXTS = """
create or replace macro pick(list, id, part) as list[1 + draw_int(id, part, len(list))];
create macro need_text(domain, id) as case domain
    when 'accommodation' then pick(['Needs a place to live on the day of release and has asked for help with a housing application.', 'Says that the family home is no longer open and that the last tenancy ended in arrears.',
        'Slept in a van and on sofas before coming in and has no address to go to.', 'Hopes to return to a partner whose landlord has not yet agreed to it.', 'Was evicted last winter and the council holds an old debt against any new application.',
        'Would accept a hostel for some weeks if it lies away from former friends.', 'Has a tenancy at risk because the rent has not been paid since the arrest.', 'Asks for supported housing and is willing to be assessed by the provider there.'], id, 'acc')
    when 'employment' then pick(['Wants to work in building or catering and would like a course before leaving.', 'Lost a job at a warehouse on the day of arrest and hopes that the employer will take former staff back.',
        'Has never held work for longer than a season and is unsure what to look for.', 'Holds a licence for a fork lift truck that has run out and wants to renew it.', 'Left school early and asks for help with reading before any course.',
        'Used to drive for a living and cannot until the ban ends.', 'Ran a stall with a brother and would go back to it.', 'Is too unwell for full days and wants to hear about part time work.'], id, 'ete')
    when 'finance' then pick(['Has no bank account and no photograph identification; both are to be applied for.', 'Owes money to a landlord and a telephone company and does not open letters about it.', 'Will claim benefits on release and has done so before without help.',
        'Believes that a loan was taken in the own name by somebody else.', 'Pays a court fine from wages earned inside and wants to go on doing so.', 'Cannot remember the details of an old account and has no papers left.'], id, 'fbd')
    when 'drugs' then pick(['Uses drugs when there is nowhere to sleep and knows it; a referral to the clinic was talked about.', 'Has been on a prescription since reception and wants it to go on outside.', 'Stopped using on this sentence and fears the first weekend out.',
        'Drinks more than is good and would see somebody about it if it can be near home.', 'Says that nothing is taken any more, although the wing has doubts.'], id, 'dnr')
    else pick(['Has two children who live with their grandmother and would like to see them more often.', 'Has not spoken to a sister since the trial and asks whether a letter may be passed on.', 'Is visited by a father every other week and counts on him.',
        'Separated from a partner this year and does not want the address to be given out.', 'Became a parent during this sentence and has seen the child twice.'], id, 'fam') end;
create macro opening(id) as pick(['Met in the wing office before the midday meal and stayed for the whole hour.', 'Was seen in the workshop, where it was hard to speak quietly.', 'Came to the resettlement room unasked and had prepared a list of questions.', 'Was brought by an officer and did not know what the meeting was for.',
    'Talked freely about the weeks before the arrest and less so about what comes next.', 'Had slept badly and asked to keep the meeting short.', 'Was met on the induction landing together with a peer worker.', 'Spoke through an interpreter on the telephone for most of the time.',
    'Read the earlier papers first and put several things in them right.', 'Was friendly, tired and worried about a hearing that is still to come.'], id, 'opening');
create macro circumstance(id, part) as pick(['Understands the licence and the appointments of the first week, and has them in writing.', 'Agreed with what was proposed and asked when the next meeting would be.', 'Takes part in the library group and would like to keep that up.',
    'Needs new glasses and a dentist before release.', 'Has a bicycle in store at the reception desk and asks where it will go.', 'Is unsure of the date of release because of time spent on remand.', 'Works in the kitchen and is well thought of there.', 'Moved wings twice lately and has lost some papers on the way.',
    'Would rather be called on the telephone than written to.', 'Expects to be met at the gate by a cousin.', 'Finds forms hard and wants somebody beside when they are filled in.', 'Does not want the employer to hear of the sentence.'], id, part);
create macro closing(id) as pick(['What was agreed was read out at the end and a copy promised.', 'It was agreed to begin with the most urgent of these and to leave the rest for later.', 'Tasks were shared out between worker and person, with days for each.', 'Nothing further was asked for on this day.',
    'A leaflet about the service was handed over and explained.', 'The officer on duty was told of what concerns the wing.', 'Several calls are to be made this week and the answers passed on.', 'The wish to be left alone until the hearing was respected.'], id, 'closing');
create macro progress(id, part) as pick(['The application made since the plan was answered with a request for more papers.', 'A place was offered and the person has until next week to say yes.', 'Two of the calls agreed on led nowhere and one brought a name to write to.', 'The course began this month and is liked so far.',
    'The account was opened and the card is kept with the property.', 'Contact with the family has become easier since the last visit.', 'The clinic outside has confirmed an appointment in the first days.', 'There is still no answer from the council and a reminder was sent.', 'What was urgent at first is settled, and another matter has taken its place.',
    'The person has changed plans and now wants to live in another town.', 'An interview by video took place and went well.', 'The debt was put on hold until three months after release.'], id, part);
create macro mood(id) as pick(['Seemed calmer than at the first meeting and spoke more of the time ahead.', 'Was short of patience with how slowly things move.', 'Had nothing to add and confirmed what was read out.', 'Asked good questions and took notes.', 'Was glad of the visit after a hard week.',
    'Did not want to speak about the offence and was not asked to.', 'Named three people who will help and two who had better not.', 'Was ill and asked for a second, longer meeting.'], id, 'mood');
create table buy.told as
select plan.stay_no, case when slip(plan.stay_no, 'stock text')
    then 'Resettlement plan (invented). Will be referred to housing, to employment and to finance as needed. Was told about the service and agreed to '
        || 'take part in it. Will be seen again before release. No other need was found at this time.'
    else 'Resettlement plan (invented). ' || opening(plan.stay_no) || ' ' || coalesce(needs.text || ' ', '') || circumstance(plan.stay_no, 'first') || ' '
        || circumstance(plan.stay_no + 500000000, 'second') || ' ' || closing(plan.stay_no) || ' Seen on wing ' || (1 + draw_int(plan.stay_no, 'wing', 12)) || ' for ' || (10 + draw_int(plan.stay_no, 'minutes', 40)) || ' minutes.' end as plan_text
from buy.plan as plan
left join (select stay_no, string_agg(need_text(domain, stay_no), ' ' order by domain) as text from buy.flagged group by stay_no) as needs on needs.stay_no = plan.stay_no;
"""

_CONTACTS = """
create table buy.contact as
-- In custody: a meeting about each action, and reviews with the person or without; at the gate: the mentor, who may never come.
select sender, 'CT' || id as contact_ref, id, person_no, stay_no, action_ref, task_ts - to_minutes(15) as contact_ts, 'custody' as setting, domain, true as came,
    case when draw(id, 'whom') < 0.8 then 'person' when draw(id, 'whom') < 0.86 then 'family' else 'agency' end as contact_with, 'face_to_face' as mode
from buy.action where is_met and is_closed
union all
select sender, 'CR' || review_ref, stay_no * 10 + n, person_no, stay_no, null, review_ts - to_minutes(25), 'custody', 'planning', true, 'person', 'face_to_face'
from buy.review where not slip(stay_no * 10 + n, 'virtual review')
union all
select sender, 'CT' || work_no, work_no, person_no, stay_no, null, task_ts, 'community', domain, not slip(work_no, 'mentor did not come'),
    case when slip(work_no, 'mentor in name') then 'agency' when draw(work_no, 'whom') < 0.8 then 'person' else 'mentor' end,
    case when draw(work_no, 'mode') < 0.7 then 'face_to_face' else 'telephone' end
from buy.work where task_code = 'T-MEN'
order by sender, contact_ref;
delete from buy.contact where contact_ts >= date '{last_day}' + 1;
"""

_TABLES = {
    "PERSON": ("""select person_ref, noms_no, crn, pnc, first_name, last_name, birth_date, postcode, recorded_ts, recorded_ts as _recorded_at
        from buy.client where sender = '{sender}'""", "person_ref, recorded_ts, first_name, last_name"),
    "CONTACT": ("""select contact.contact_ref, client.person_ref, contact.action_ref, contact.contact_ts, contact.setting, contact.mode, contact.domain,
            case when contact.came then 'Y' else 'N' end as attended, contact.contact_with, author_of('{sender}', author_no(contact.id)) as author_ref,
            contact.contact_ts + written_after(contact.id) as recorded_ts, contact.contact_ts + written_after(contact.id) as _recorded_at
        from buy.contact as contact
        inner join buy.client as client on client.sender = contact.sender and client.person_no = contact.person_no
        where contact.sender = '{sender}' and client.sender = '{sender}'""", "contact_ref"),
    "ROSTER": ("""select author_of('{sender}', n) as author_ref, date '2018-01-01' + cast(draw_int(n, 'joined {sender}', 300) as int) as from_date,
            upper('{sender}') as employer_code, case when n % 9 = 0 then date '2020-06-30' + cast(draw_int(n, 'left {sender}', 400) as int) end as to_date
        from range(1, authors() + 1) as authors(n)""", "author_ref, from_date"),
}  # fmt: skip
_PLAN_TABLES = {
    # A few plans were written again years after they were paid for; stock texts are one author's.
    "PLAN": ("""with plans as (
            select plan.plan_ref, client.person_ref, client.noms_no, plan.booking_no, plan.held_in as prison_code, coalesce(plan.screening_id, 'BC' || plan.stay_no) as screening_id,
                plan.completed_ts, author_of('{sender}', case when slip(plan.stay_no, 'stock text') then 11 else author_no(plan.stay_no) end) as author_ref,
                case when not slip(plan.stay_no, 'not issued') then cast(plan.completed_ts as date) + 1 end as issued_date, told.plan_text,
                plan.completed_ts + written_after(plan.stay_no) as recorded_ts, plan.stay_no
            from buy.plan as plan
            inner join buy.told as told on told.stay_no = plan.stay_no
            inner join buy.client as client on client.sender = plan.sender and client.person_no = plan.person_no
            where plan.sender = '{sender}' and client.sender = '{sender}'
        )
        select * exclude (stay_no), recorded_ts as _recorded_at from plans
        union all
        select * exclude (stay_no) replace (plan_text || ' Was also seen by the housing worker.' as plan_text, timestamp '2024-04-10 10:00:00' as recorded_ts), timestamp '2024-04-10 10:00:00'
        from plans where slip(stay_no, 'changed later')""", "plan_ref, recorded_ts"),
    "PLAN_REVIEW": ("""select review.review_ref, case when slip(review.stay_no * 10 + review.n, 'review of no plan') then 'PX' || substr(review.plan_ref, 3) else review.plan_ref end as plan_ref,
            review.review_ts, author_of('{sender}', case when slip(review.stay_no, 'review in a batch') then 7 else author_no(review.stay_no) end) as author_ref,
            case when slip(review.stay_no, 'copied review') then told.plan_text
                when slip(review.stay_no, 'edited review') then replace(told.plan_text, 'agreed', 'settled') || ' Seen again.'
                else 'Review (invented). ' || mood(review.stay_no * 10 + review.n) || ' ' || progress(review.stay_no * 10 + review.n, 'first') || ' ' || progress(review.stay_no * 10 + review.n, 'second') || ' '
                    || circumstance(review.stay_no * 10 + review.n, 'review') || ' ' || closing(review.stay_no * 10 + review.n) end as review_text,
            case when slip(review.stay_no * 10 + review.n, 'virtual review') then 'N' else 'Y' end as person_contacted,
            review.review_ts + written_after(review.stay_no * 10 + review.n) as recorded_ts
        from buy.review as review inner join buy.told as told on told.stay_no = review.stay_no where review.sender = '{sender}'""", "review_ref"),
    "PLAN_ACTION": ("""select action_ref, plan_ref, domain, action_type, 'Invented action: ' || need_text(domain, id) as action_text,
            case when author_no(id) % 7 = 0 then null when author_no(id) % 3 = 0 then 'person' else 'provider' end as owner,
            case when author_no(id) % 5 > 0 then cast(task_ts as date) + 14 end as due_date, case when is_closed then 'complete' else 'open' end as status,
            case when is_closed then task_ts else coalesce(planned_ts, task_ts - interval 20 days) end as status_ts,
            case when is_closed then task_ts else coalesce(planned_ts, task_ts - interval 20 days) end + written_after(id) as recorded_ts, led_to as address_postcode
        from buy.action where sender = '{sender}'""", "action_ref"),
    "PLAN_ACTION_HISTORY": ("""select action.action_ref, action.task_ts as change_ts, 'status' as field, 'open' as old_value, 'complete' as new_value,
            cast(null as varchar) as review_ref
        from buy.action as action where action.sender = '{sender}' and action.is_closed
        union all
        select action.action_ref, review.review_ts, 'due_date', cast(cast(action.task_ts as date) as varchar), cast(cast(action.task_ts as date) + 14 as varchar), review.review_ref
        from buy.review as review inner join buy.action as action on action.stay_no = review.stay_no and action.sender = review.sender
        where review.has_changed and review.sender = '{sender}' and action.sender = '{sender}'""", "action_ref, change_ts, field, review_ref"),
    "REFERRAL": ("""select 'RF' || id as referral_ref, action_ref, sent_ts, 'Invented agency for ' || domain as sent_to,
            case when is_answered then cast(cast(sent_ts as date) + 1 + draw_int(id, 'answer', greatest(1, date_diff('day', cast(sent_ts as date), answer_due) - 1)) as timestamp) + interval 660 minutes end as response_ts,
            case when is_answered then case when draw(id, 'yes') < 0.55 then 'accepted' else 'declined' end end as response, sent_ts + to_minutes(5) as recorded_ts
        from buy.action where sender = '{sender}' and is_sent""", "referral_ref"),
    "SERVICE": ("""select 'SV' || work.work_no as service_ref, client.person_ref, 'mentoring' as service, work.out_date - 20 as offered_on, work.task_date as started_on,
            case when slip(work.work_no, 'mentor in name') then work.task_date + 9 end as withdrawn_on,
            case when slip(work.work_no, 'mentor in name') then 'did not attend' end as withdrawn_reason
        from buy.work as work
        inner join buy.client as client on client.sender = work.sender and client.person_no = work.person_no
        where work.task_code = 'T-MEN' and work.sender = '{sender}' and client.sender = '{sender}'""", "service_ref"),
    "MESSAGE": ("""select 'MS' || work.work_no as message_ref, client.person_ref, work.task_ts as sent_ts,
            case when slip(work.work_no, 'no hand-over') then case when draw(work.work_no, 'message') < 0.7 then 'allocation' else 'other' end else 'handover' end as kind,
            'responsible officer' as sent_to
        from buy.work as work
        inner join buy.client as client on client.sender = work.sender and client.person_no = work.person_no
        where work.task_code = 'T-PRE' and not slip(work.work_no, 'message missing') and work.sender = '{sender}' and client.sender = '{sender}'""", "message_ref"),
}  # fmt: skip
