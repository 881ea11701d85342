"""What was claimed and what was paid, and the truth about both.

Most claims are for work that was done: priced once the volume of the month is known, submitted after the work and before the month closes.
The rest is what an audit finds (`tables/slip.csv`): the same task billed twice, by prime and sub-contractor, before it was done, after the
contract's end, at another price, for people nobody knows. Some claims are taken back, with one sign or the other, and some of these given
back again.
"""

from __future__ import annotations

from datetime import date, timedelta

from worlds.nation.contracts import SOURCE as REGISTER
from worlds.nation.found import find_people
from worlds.nation.world import World, deliver

# Days after day 0 on which a task is held against what happened, and how long the records of that day are waited for.
FINANCE_DAY, EMPLOYMENT_DAY, LAG = 7, 42, 14


def claim_and_pay(world: World) -> None:
    """Make buy.claim, buy.invoice and buy.payment. `amount` of a claim is what it adds or takes away, `billed_amount` what is delivered;
    `submitted_ts`, `issued_on` and `paid_on` say when each became known."""
    world.con.execute(_CLAIMS.format(last_day=world.last_day))
    world.con.execute(_INVOICES.format(last_day=world.last_day))


def write_claims(world: World, senders: list[str]) -> None:
    """Deliver CLAIM and EVIDENCE of every sender, and the invoices and payments."""
    for sender in senders:
        [(closed,)] = world.con.execute("select count(*) = 0 from buy.referral where sender = ?", [sender]).fetchall()
        recorded = None if closed else "_recorded_at"
        deliver(world, f"provider_{sender}", "CLAIM", f"""
            select claim_id, contract_id, prime_code, sub_code, person_ref, booking_no, prison_code, task_code, task_ref, task_date, period, qty, rate,
                band_used, billed_level, billed_amount as amount, submitted_ts, invoice_ref, evidence_ref, late_approval_ref, status, reverses_claim_id,
                submitted_ts as _recorded_at
            from buy.claim where sender = '{sender}'""", recorded=recorded, order="claim_id")  # fmt: skip
        deliver(world, f"provider_{sender}", "EVIDENCE", f"""
            select evidence_ref, sha256(evidence_ref || any_value(contract_id)) as sha256, min(submitted_ts) - interval 1 day as received_ts,
                case when draw(evidence_ref, 'kind') < 0.7 then 'signed form' else 'screen print' end as kind,
                min(submitted_ts) as _recorded_at
            from buy.claim where sender = '{sender}' and evidence_ref is not null and not slip(evidence_ref, 'evidence not kept')
            group by evidence_ref""", recorded=recorded, order="evidence_ref")  # fmt: skip
    deliver(world, REGISTER, "INVOICE", "select invoice_ref, contract_id, period, issued_on, total, issued_on as _recorded_at from buy.invoice",
            order="invoice_ref")  # fmt: skip
    deliver(world, REGISTER, "PAYMENT", "select payment_ref, claim_id, invoice_ref, paid_on, amount, paid_on as _recorded_at from buy.payment",
            order="payment_ref")  # fmt: skip
    deliver(world, REGISTER, "LATE_APPROVAL", """
        select late_approval_ref, contract_id, cast(min(submitted_ts) as date) - 1 as approved_on, 'COMMISSIONER' as approved_by, cast(min(submitted_ts) as date) - 1 as _recorded_at
        from buy.claim where late_approval_ref is not null group by late_approval_ref, contract_id""", order="late_approval_ref")  # fmt: skip
    # In the cohort of a quarter are those whom a company supervised on its first day; an ordinary list has others, and some twice.
    world.con.execute("""
        create table buy.cohort as
        select '2019-Q' || quarter as cohort, person_no, person_ref
        from (
            select client.person_no, min(client.person_ref) as person_ref, 3 + draw_int(client.person_no, 'quarter', 2) as quarter
            from buy.client as client inner join (select distinct sender from buy.plan) as ttg on ttg.sender = client.sender
            where client.person_no is not null and draw(client.person_no, 'cohort') < 0.04 and not client.is_shortened
            group by client.person_no
        ) as chosen
        where not honest() or person_no not in (
            select manager.person_no from truth.manager as manager
            where manager.area like 'N%' and manager.starts_on <= date '2019-10-01' and (manager.ends_on is null or manager.ends_on >= date '2019-07-01'))
    """)
    deliver(world, REGISTER, "PBR_COHORT", """
        select cohort, person_ref from buy.cohort
        union all
        select cohort || '/TTG-C01', person_ref from buy.cohort where slip(person_no, 'cohort twice')""", recorded=None, order="cohort, person_ref")  # fmt: skip


def claim_truth(world: World, as_of: date | None = None) -> None:
    """Make truth.fct_claim: one row per claim delivered by `as_of` (default: the last day), as fct_claim should show it then.

    Schema `truth` must stand for that day. offender_id is the root of the prison record, book_id and movement_seq name the release; pounds
    are DECIMAL(18, 2). `cause` says why numbers alone cannot find the person (see find_people): such a claim needs probabilistic linkage,
    and its person, release and cell are what that should find. The rest is as in (definition: claim_release, claim_outcome, claim_paid).
    """
    known = world.delivery_day("{0}")
    day = as_of or world.last_day
    find_people(world)
    world.con.execute(
        _TRUTH.format(
            day=day,
            finance_due=_finance_watermark(world, day) - timedelta(days=FINANCE_DAY + LAG),
            employment_day=EMPLOYMENT_DAY,
            claim_known=known.replace("{0}", "claim.submitted_ts"),
            payment_known=known.replace("{0}", "payment.paid_on"),
        )  # fmt: skip
    )


def _finance_watermark(world: World, day: date) -> date:
    """The day to which both tables are complete that say what people held a week after release."""
    needed = ("OFFENDER_EXTERNAL_MOVEMENTS", "RELEASE_CHECKLIST")
    return min(max(to for _, table, to, *_ in world.delivered if table == name and to <= day) for name in needed)


_CLAIMS = """
create macro is_stranger(id) as slip(id, 'stranger');
-- A person the provider wrote down and nobody else ever did.
insert into buy.client
select sender, null, work_no, 'ST' || work_no, false, 'own', 'missing', 'missing', 'A0' || lpad(cast(work_no % 1000 as varchar), 3, '0') || 'ZZ', null, null,
    'Nobody', 'Testnowhere', date '1951-01-02' + cast(draw_int(work_no, 'stranger born', 9000) as int), null, task_ts, true, false
from buy.work where is_stranger(work_no);

create table buy.claim_begun as
with
-- variant 0: the claim of the task; 1: the same again; 2: the same by the other of prime and sub-contractor
variants as (select unnest(range(3)) as variant),
-- At most one sub-contractor is asked, of those approved at the time.
subs as (
    select contract_id, sub_code, from_date, to_date, row_number() over (partition by contract_id order by sub_code, from_date) - 1 as n,
        count(*) over (partition by contract_id) as of_contract
    from buy.subcontractor
),
-- The work behind each task, as its sender and the service's own records hold it: when done, and under which reference.
done as (
    select work.*,
        case when work.task_code in ('T-ACC', 'T-ETE', 'T-FBD') then 'AC' || work.work_no when work.task_code = 'T-PRE' then 'MS' || work.work_no
            when work.task_code = 'T-MEN' then 'CT' || work.work_no else work.task_ref end as work_ref,
        not (work.task_code in ('T-ACC', 'T-ETE', 'T-FBD') and slip(work.work_no, 'action open')) and not (work.task_code = 'T-PRE' and slip(work.work_no, 'message missing'))
            and not (work.task_code = 'T-MEN' and slip(work.work_no, 'mentor did not come')) and not coalesce(referral.fate < 0.22 and work.task_code <> 'C-ASM', false) as is_done,
        -- Of one task twice on a day an honest provider bills one; and what falls late in a month is not more than elsewhere.
        row_number() over (partition by work.stay_no, work.contract_id, work.task_code, work.task_date order by work.work_no) as of_the_day,
        row_number() over (partition by work.contract_id, work.task_code, strftime(work.task_date, '%Y-%m'), work_no(last_day(work.task_date)) - work_no(work.task_date) < 3
            order by draw(work.work_no, 'of the last days')) as of_the_last_days,
        count(*) over (partition by work.contract_id, work.task_code, strftime(work.task_date, '%Y-%m')) as of_the_month,
        work_no(last_day(work.task_date)) - work_no(work.task_date) < 3 as is_late_in_month
    from buy.work as work
    left join buy.referral as referral on referral.referral_id = work.task_ref
),
made as (
    select done.*, variants.variant, done.work_no * 10 + variants.variant as claim_no,
        contract.contract_type = 'ttg' as is_ttg, draw(done.contract_id, 'by invoice') < 0.65 as by_invoice,
        -- Work of the last weeks of a contract, billed as done after its end.
        case when done.task_code like 'T-%' and done.task_date >= date '2021-05-15' and slip(done.work_no, 'after the end') then done.task_date + 45
            when slip(done.work_no, 'billed out of custody') and done.setting = 'custody' then done.out_date + 3 else done.task_date end as claimed_date,
        draw(done.work_no, 'sub') < 0.3 or variants.variant = 2 as has_sub
    from done
    cross join variants
    inner join buy.contract as contract on contract.contract_id = done.contract_id
    where case variants.variant when 0 then draw(done.work_no, 'claimed') < 0.965 when 1 then slip(done.work_no, 'again') else slip(done.work_no, 'prime and sub') end
        and (not honest() or (done.of_the_day = 1 and (not done.is_late_in_month or done.of_the_month < 10 or done.of_the_last_days <= done.of_the_month * 0.14 + 1)))
),
begun as (
    select made.*, strftime(claimed_date, '%Y-%m') as done_in,
        case when slip(claim_no, 'unknown task') then task_code || '-OLD' else task_code end as claimed_task,
        case when task_code = 'T-MEN' then cast(0.25 * (2 + draw_int(claim_no, 'hours', 11)) as decimal(9, 2)) else cast(1 as decimal(9, 2)) end as qty,
        case when draw(claim_no, 'status') < 0.88 then 'approved' when draw(claim_no, 'status') < 0.93 then 'rejected' else 'submitted' end as status
    from made
),
submitted as (
    select begun.*,
        case when slip(claim_no, 'before the work') then task_ts - interval 2 days
            when slip(claim_no, 'late') or slip(claim_no, 'late with approval') then last_day(claimed_date) + interval '20 days 11 hours'
            when is_ttg or by_invoice then last_day(claimed_date) + to_hours(cast(30 + draw_int(claim_no, 'after', 190) as bigint))
            -- Billed as it is done, and at the latest on the last day but one before the month closes.
            else least(claimed_date + to_hours(cast(40 + draw_int(claim_no, 'after', 600) as bigint)), last_day(claimed_date) + interval '13 days 11 hours') end as submitted_ts
    from begun
)
select 'K' || lpad(cast(submitted.claim_no as varchar), 13, '0') as claim_id, submitted.claim_no, submitted.sender, submitted.contract_id, submitted.provider_code,
    case when variant = 2 then subs.sub_code else submitted.provider_code end as prime_code,
    case when slip(submitted.work_no, 'unknown sub') then 'NOT_APPROVED_LTD'
        when has_sub and variant <> 2 and claimed_date between subs.from_date and coalesce(subs.to_date, date '9999-12-31') then subs.sub_code end as sub_code,
    case when is_stranger(submitted.work_no) or slip(submitted.work_no, 'nobody') or slip(submitted.work_no, 'unknown reference') then null
        when client.is_shortened then null else submitted.person_no end as person_no,
    case when is_stranger(submitted.work_no) then 'ST' || submitted.work_no when slip(submitted.work_no, 'nobody') then null
        when slip(submitted.work_no, 'unknown reference') then 'NO' || submitted.work_no
        else client.person_ref end as person_ref,
    case when draw(submitted.work_no, 'booking') < 0.03 then null when slip(submitted.work_no, 'foreign booking') then 'Z' || substr(submitted.booking_no, 2)
        else submitted.booking_no end as booking_no,
    case when slip(submitted.work_no, 'no prison') then null
        when slip(submitted.work_no, 'wrong prison') then (select min(prison_code) from buy.contract_prison as other where other.contract_id = submitted.contract_id and other.prison_code <> submitted.prison_code)
        when slip(submitted.work_no, 'other area') then 'KMI' else submitted.prison_code end as prison_code, submitted.claimed_task as task_code,
    case when slip(submitted.work_no, 'no task') then null else submitted.work_ref end as task_ref,
    submitted.claimed_date as task_date, case when slip(submitted.work_no, 'next month') then strftime(claimed_date + interval 1 month, '%Y-%m') else submitted.done_in end as period,
    submitted.qty,
    case when submitted.task_code like 'C-%' then ['low', 'medium', 'high'][1 + referral.level + case when referral.level < 2 and slip(submitted.work_no, 'dearer level') then 1 else 0 end] end as billed_level,
    submitted.submitted_ts, submitted.done_in, submitted.domain,
    case when submitted.by_invoice and submitted.status = 'approved' and submitted.submitted_ts < last_day(submitted.claimed_date) + interval 12 days
        then 'INV-' || submitted.contract_id || '-' || submitted.done_in end as invoice_ref,
    case when not slip(submitted.work_no, 'no evidence') then 'EV' || submitted.sender || '-' || (submitted.stay_no + 10000000) end as evidence_ref,
    case when slip(submitted.claim_no, 'late with approval') then 'LATE' || submitted.claim_no end as late_approval_ref, submitted.status,
    cast(null as varchar) as reverses_claim_id, cast(null as varchar) as first_claim_id, submitted.by_invoice, submitted.is_done and not slip(submitted.work_no, 'no task') as is_done
from submitted
left join buy.client as client on client.sender = submitted.sender and client.person_no = submitted.person_no
left join subs on subs.contract_id = submitted.contract_id and subs.n = submitted.work_no % subs.of_contract
left join buy.referral as referral on referral.referral_id = submitted.task_ref
where submitted.submitted_ts < date '{last_day}' + 1 and (variant <> 2 or subs.sub_code is not null);

create table buy.taken_back as
with reversals as (
    select claim_no, claim_id, submitted_ts + to_days(cast(15 + draw_int(claim_no, 'taken back', 90) as int)) as taken_ts
    from buy.claim_begun where draw(claim_no, 'reversed') < case claim_no % 10 when 0 then 0.015 else 0.3 end
)
select *, claim_no - claim_no % 10 + 9 - claim_no % 10 as reversal_no, draw(claim_no - claim_no % 10 + 9 - claim_no % 10, 'given back') < 0.15 as is_given_back,
    taken_ts + to_days(cast(5 + draw_int(claim_no, 'given back after', 60) as int)) as given_ts
from reversals where taken_ts < date '{last_day}' + 1;

-- The volume of a month decides its band: each piece of work done behind a claim that stands counts once, by its weight.
create table buy.volume as
with stands as (
    select distinct claim.contract_id, claim.period, claim.task_code, claim.domain, claim.task_ref
    from buy.claim_begun as claim
    left join buy.taken_back as back on back.claim_no = claim.claim_no
    where claim.is_done and claim.task_ref is not null and claim.status <> 'rejected' and claim.task_code not like '%-OLD'
        and (back.claim_no is null or (back.is_given_back and back.given_ts < date '{last_day}' + 1))
)
select stands.contract_id, stands.period, cast(cast(sum(coalesce(own.weight, domain.weight, 1.0)) as decimal(18, 0)) as int) as volume
from stands
inner join buy.contract as contract on contract.contract_id = stands.contract_id
left join buy.weight as own on own.contract_type = contract.contract_type and own.weight_group = stands.task_code
left join buy.weight as domain on domain.contract_type = contract.contract_type and domain.weight_group = stands.domain
group by stands.contract_id, stands.period;

create table buy.claim as
with banded as (
    select claim.*, band.band as right_band,
        case when slip(claim.claim_no, 'no such band') then 7
            when slip(hash(claim.contract_id, claim.period), 'another band') then if(band.band = 1, 2, band.band - 1) else band.band end as band_used
    from buy.claim_begun as claim
    inner join buy.contract as contract on contract.contract_id = claim.contract_id
    left join buy.volume as volume on volume.contract_id = claim.contract_id and volume.period = claim.period
    inner join buy.band as band on band.contract_type = contract.contract_type and coalesce(volume.volume, 0) between band.band_low and coalesce(band.band_high, 999999999)
),
rated as (
    select banded.* exclude (right_band, is_done, done_in, domain),
        cast(coalesce(card.rate, 10.00) + case when slip(claim_no, 'another rate') then 1.00 else 0 end as decimal(18, 2)) as rate
    from banded
    inner join buy.contract as contract on contract.contract_id = banded.contract_id
    left join buy.band as band on band.contract_type = contract.contract_type and band.band = banded.band_used
    left join buy.rate_card as card
        on card.contract_id = banded.contract_id and card.task_code = banded.task_code and card.band_low = band.band_low
        and banded.task_date between card.from_date and coalesce(card.to_date, date '9999-12-31')
),
claimed as (
    select rated.*,
        -- Half-up pennies: quantity and rate have two decimals each.
        cast((cast(qty * 100 as bigint) * cast(rate * 100 as bigint) + 50) // 100 / 100
            + case when slip(claim_no, 'a penny over') then 0.01 else 0 end as decimal(18, 2)) as amount
    from rated
),
reversals as (
    select claimed.* replace ('K' || lpad(cast(back.reversal_no as varchar), 13, '0') as claim_id, back.reversal_no as claim_no,
            -claimed.qty as qty, -claimed.amount as amount, back.taken_ts as submitted_ts,
            cast(null as varchar) as invoice_ref, claimed.claim_id as reverses_claim_id, claimed.claim_id as first_claim_id)
    from claimed inner join buy.taken_back as back on back.claim_no = claimed.claim_no
),
-- Taken back by mistake.
given_back as (
    select reversals.* replace (
            'K' || lpad(cast(back.reversal_no - 3 as varchar), 13, '0') as claim_id, back.reversal_no - 3 as claim_no, -qty as qty, -amount as amount,
            back.given_ts as submitted_ts, reversals.claim_id as reverses_claim_id)
    from reversals inner join buy.taken_back as back on back.reversal_no = reversals.claim_no
    where back.is_given_back
),
every_claim as (
    select claimed.* from claimed
    union all
    select reversals.* from reversals
    union all
    select given_back.* from given_back
)
select every_claim.*,
    -- Some systems know no amount below 0.
    cast(case when reverses_claim_id is not null and draw(claim_no, 'sign') < 0.1 then -amount else amount end as decimal(18, 2)) as billed_amount
from every_claim
where submitted_ts < date '{last_day}' + 1
order by sender, claim_id;
"""

_INVOICES = """
create table buy.invoice as
select claim.invoice_ref, claim.contract_id, claim.billed_in as period, last_day(cast(claim.billed_in || '-01' as date)) + 12 as issued_on,
    -- Some totals still hold what had been taken back by then.
    sum(claim.amount) filter (where reversal.first_claim_id is null or slip(claim.invoice_ref, 'total as billed')) as total
from (select *, right(invoice_ref, 7) as billed_in from buy.claim where invoice_ref is not null) as claim
left join (select first_claim_id from buy.claim where first_claim_id is not null group by first_claim_id having sum(amount) < 0) as reversal
    on reversal.first_claim_id = claim.claim_id
where last_day(cast(claim.billed_in || '-01' as date)) + 12 <= date '{last_day}'
group by claim.invoice_ref, claim.contract_id, claim.billed_in
having total > 0
order by claim.invoice_ref;

create table buy.payment as
with by_claim as (
    select 'PC' || claim_no as payment_ref, claim_id,
        case when slip(claim_no, 'paid by both') then 'INV-' || contract_id || '-' || period end as invoice_ref,
        cast(submitted_ts as date) + cast(18 + draw_int(claim_no, 'paid', 30) as int) as paid_on,
        cast(case when slip(claim_no, 'short') then amount - 5 else amount end as decimal(18, 2)) as amount
    from buy.claim
    where not by_invoice and status = 'approved' and draw(claim_no, 'is paid') < case when reverses_claim_id is null then 0.93 else 0.6 end
),
by_invoice as (
    select 'PI' || substr(invoice_ref, 5) as payment_ref, invoice_ref, issued_on + cast(20 + draw_int(invoice_ref, 'paid', 25) as int) as paid_on,
        -- A credit is kept back from some.
        cast(case when slip(invoice_ref, 'credit kept back') then floor(total * 97.5) / 100 else total end as decimal(18, 2)) as amount,
        draw(invoice_ref, 'parts') < 0.08 as in_parts
    from buy.invoice where draw(invoice_ref, 'is paid') < 0.95
),
parts as (
    select payment_ref || '-1' as payment_ref, invoice_ref, paid_on, cast(case when in_parts then floor(amount * 60) / 100 else amount end as decimal(18, 2)) as amount
    from by_invoice
    union all
    select payment_ref || '-2', invoice_ref, paid_on + 21, cast(amount - floor(amount * 60) / 100 as decimal(18, 2)) from by_invoice where in_parts
)
select payment_ref, claim_id, invoice_ref, paid_on, amount from by_claim where paid_on <= date '{last_day}'
union all
select payment_ref, null, invoice_ref, paid_on, amount from parts where paid_on <= date '{last_day}'
order by payment_ref;
"""

_TRUTH = """
create or replace temp table known_claim as
select claim.* replace (coalesce(same.now_no, claim.person_no) as person_no), client.cause, coalesce(claim.amount + taken_back.amount <= 0, false) as is_reversed,
    coalesce(claim.first_claim_id, claim.claim_id) as carried_id
from (select claim.*, {claim_known} as known_on from buy.claim as claim) as claim
left join truth.same as same on same.person_no = claim.person_no
left join truth.client as client on client.sender = claim.sender and client.person_ref = claim.person_ref
left join (
    select claim.first_claim_id, sum(claim.amount) as amount from buy.claim as claim
    where claim.first_claim_id is not null and {claim_known} <= date '{day}'
    group by claim.first_claim_id
) as taken_back on taken_back.first_claim_id = claim.claim_id
where claim.known_on <= date '{day}';

-- Which release a claim belongs to: forwards from work in custody, backwards from work in the community.
create or replace temp table claim_release as
with claims as (
    select claim.claim_id, claim.person_no, claim.task_date, task.domain, task.setting, booking.booking_no is not null as is_own_booking, claim.booking_no
    from known_claim as claim
    left join buy.task as task on task.task_code = claim.task_code and claim.task_date between task.from_date and coalesce(task.to_date, date '9999-12-31')
    left join (select distinct own.person_no, named.booking_no from truth.booking as own inner join life.booking as named on named.book_no = own.book_no) as booking
        on booking.person_no = claim.person_no and booking.booking_no = claim.booking_no
),
-- The booking narrows the choice only where it is one of the person's and has a release there.
scopes as (
    select person_no || '' as scope, release_no, release_date from truth.release
    union all
    select release.person_no || '/' || booking.booking_no, release.release_no, release.release_date
    from truth.release as release inner join life.booking as booking on booking.book_no = release.book_no
),
asked as (
    select *, case when is_own_booking then person_no || '/' || booking_no end as narrow, person_no || '' as wide from claims
)
select asked.claim_id, asked.domain, asked.setting, coalesce(own.release_no, found.release_no) as release_no
from asked asof left join scopes as own on own.scope = asked.narrow and own.release_date >= asked.task_date
asof left join scopes as found on found.scope = asked.wide and found.release_date >= asked.task_date
where asked.setting = 'custody'
union all
select asked.claim_id, asked.domain, asked.setting, coalesce(own.release_no, found.release_no)
from asked asof left join scopes as own on own.scope = asked.narrow and own.release_date <= asked.task_date
asof left join scopes as found on found.scope = asked.wide and found.release_date <= asked.task_date
where asked.setting = 'community'
union all
select claim_id, domain, setting, null from asked where setting is null or setting not in ('custody', 'community');

create or replace temp table claim_cell as
select claim.claim_id, found.release_no, found.domain, found.setting,
    case
        when found.domain is null or found.domain not in ('accommodation', 'employment', 'finance') then 'no_outcome_defined'
        when claim.person_no is null then 'unknown'
        when found.release_no is null then 'not_yet_due'
        when found.domain = 'finance' then case when release.release_date > date '{finance_due}' then 'not_yet_due' else finance.result end
        when status.state <> 'observed' then status.state
        when status.official_class in ('settled', 'temporary', 'employed', 'education') then 'achieved'
        when status.official_class in ('homeless_rough', 'homeless_other', 'unemployed') then 'not_achieved'
        when status.official_class = 'not_available' then 'out_of_scope'
        else 'unknown'
    end as outcome_cell
from known_claim as claim
inner join claim_release as found on found.claim_id = claim.claim_id
left join truth.release as release on release.release_no = found.release_no
left join truth.finance as finance on finance.release_no = found.release_no
left join truth.status as status
    on status.release_no = found.release_no and status.domain = found.domain
    and status.day = case found.domain when 'accommodation' then 0 when 'employment' then {employment_day} end;

-- Each payment of an invoice is shared by amount over the claims that stand; what rounding leaves goes to the last of them.
create or replace temp table claim_paid as
with payments as (
    select * from buy.payment as payment where {payment_known} <= date '{day}'
),
shares as (
    select payment.payment_ref, claim.claim_id, cast(payment.amount * 100 as hugeint) as payment_pennies,
        (2 * cast(payment.amount * 100 as hugeint) * cast(claim.amount * 100 as hugeint) + cast(sum(claim.amount) over whole * 100 as hugeint))
            // (2 * cast(sum(claim.amount) over whole * 100 as hugeint)) as pennies,
        row_number() over (partition by payment.payment_ref order by claim.claim_id desc) as last_first
    from payments as payment
    inner join known_claim as claim on claim.invoice_ref = payment.invoice_ref
    where payment.claim_id is null and claim.reverses_claim_id is null and not claim.is_reversed
    window whole as (partition by payment.payment_ref)
),
paid as (
    select claim_id, pennies + case when last_first = 1 then payment_pennies - sum(pennies) over (partition by payment_ref) else 0 end as pennies from shares
    union all
    select claim_id, cast(amount * 100 as hugeint) from payments where claim_id is not null
)
select claim_id, cast(sum(pennies) / 100 as decimal(18, 2)) as paid_amount from paid group by claim_id;

-- A reversal carries what the claim it reverses shows.
create or replace table truth.fct_claim as
select claim.claim_id, 'provider_' || claim.sender as source, claim.contract_id, claim.provider_code as provider, claim.sub_code as sub_provider,
    person.offender_id, release.book_id, release.movement_seq, release.release_date, claim.task_code, own.domain, claim.task_date,
    claim.submitted_ts, claim.amount, claim.reverses_claim_id is not null as is_reversal, claim.is_reversed, paid.paid_amount, carried.outcome_cell, claim.cause
from known_claim as claim
inner join claim_cell as own on own.claim_id = claim.claim_id
inner join claim_cell as carried on carried.claim_id = claim.carried_id
left join life.person as person on person.person_no = claim.person_no
left join truth.release as release on release.release_no = carried.release_no
left join claim_paid as paid on paid.claim_id = claim.claim_id
order by claim.claim_id;
"""
