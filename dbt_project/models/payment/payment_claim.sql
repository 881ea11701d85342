with
-- The claims that a chain begins with. Most claims are no chain.
chained as (
    select distinct source, first_claim_id from {{ ref('int_claim') }} where first_claim_id <> claim_id
),

-- What is left of a claim after its reversals, chains as a whole (definition: claim_reversal_net).
net as (
    select claim.source, claim.first_claim_id, sum(claim.amount) as net, max(case when claim.is_reversal then 1 else 0 end) = 1 as has_reversal
    from {{ ref('int_claim') }} as claim
    inner join chained on chained.source = claim.source and chained.first_claim_id = claim.first_claim_id
    group by claim.source, claim.first_claim_id
),

paid as (
    select
        source,
        claim_id,
        sum(paid_amount) as paid_amount,
        min(paid_on) as first_paid_on
    from {{ ref('int_claim_payment') }}
    group by source, claim_id
),

contract as (
    select
        {{ reference('contract_id') }} as contract_reference,
        lower(trim(contract_type)) as contract_type,
        {{ reference('provider_code') }} as provider_code,
        from_date,
        to_date
    from {{ ref('stg_contracts__contract') }}
),

task as (
    select * from {{ ref('stg_contracts__task') }}
),

-- The terms in force on the day of the task, the newest of overlapping ones (definition: claim_task).
terms as (
    select
        asked.task_reference,
        asked.task_date,
        upper(task.evidence_table) as evidence_table,
        case
            when upper(task.evidence_table) like '%REFERRALS' then 'CRS_REFERRALS'
            when upper(task.evidence_table) like '%APPOINTMENTS' then 'CRS_APPOINTMENTS'
            else upper(task.evidence_table)
        end as evidence_kind,
        coalesce(task.is_release_linked, 'N') = 'Y' as is_release_linked,
        coalesce(task.timeliness_pays, 'N') = 'Y' as timeliness_pays,
        task.max_per_booking,
        task.window_from_days,
        task.window_to_days,
        task.standard_minutes,
        upper(replace(replace(task.paid_for_rules, ',', ';'), ' ', '')) as paid_for_rules,
        lower(task.milestone) as milestone,
        row_number() over (partition by asked.task_reference, asked.task_date order by task.from_date desc) as newest_first
    from (select distinct {{ reference('task_code') }} as task_reference, task_date from {{ ref('int_claim') }}) as asked
    inner join task
        on asked.task_reference = {{ reference('task.task_code') }}
        and asked.task_date >= task.from_date
        and (task.to_date is null or asked.task_date <= task.to_date)
),

booking as (
    select person_id, {{ reference('booking_no') }} as booking_reference, min(offender_book_id) as offender_book_id
    from {{ ref('int_booking') }}
    where booking_no is not null
    group by person_id, {{ reference('booking_no') }}
),

-- The delivery that first held the claim says to which day it could be known.
first_held as (
    select _source as source, _key, min(_complete_to) as complete_to
    from {{ source('landing', 'provider__claim') }}
    where _quarantine_reason is null
    group by _source, _key
),

submitted as (
    select
        submitted_on,
        sum(claims) over (order by case when submitted_on is null then 1 else 0 end, submitted_on) - claims as so_far
    from (select cast(submitted_ts as date) as submitted_on, count(*) as claims from {{ ref('int_claim') }} group by cast(submitted_ts as date)) as counted
),

-- First and later is by moment of submission, then id, then source: claim_no is in that order (definition: payment_first_and_later).
-- Each day is put in order by itself, so that millions of claims are never sorted in one piece.
numbered as (
    select
        claim.source,
        claim.claim_id,
        cast(submitted.so_far + row_number() over (
            partition by cast(claim.submitted_ts as date) order by claim.submitted_ts, claim.claim_id, claim.source
        ) as bigint) as claim_no
    from {{ ref('int_claim') }} as claim
    inner join submitted on submitted.submitted_on is not distinct from cast(claim.submitted_ts as date)
)

select
    numbered.claim_no,
    claim.source,
    claim.claim_id,
    {{ reference('claim.contract_id') }} as contract_reference,
    claim.contract_id,
    claim.provider,
    contract.contract_reference is not null as has_contract,
    contract.contract_type,
    contract.provider_code as contract_provider,
    contract.from_date as contract_from,
    contract.to_date as contract_to,
    {{ reference('claim.prime_provider') }} as prime,
    {{ reference('claim.sub_provider') }} as sub,
    claim.person_id,
    {{ reference('claim.person_ref') }} as person_reference,
    booking.offender_book_id as claimed_book_id,
    {{ reference('claim.prison') }} as prison,
    {{ reference('claim.task_code') }} as task_reference,
    terms.task_reference is not null as has_task,
    claim.domain,
    claim.setting,
    terms.evidence_kind,
    coalesce(terms.is_release_linked, false) as is_release_linked,
    coalesce(terms.timeliness_pays, false) as timeliness_pays,
    terms.max_per_booking,
    coalesce(terms.window_from_days, 0) as window_from_days,
    coalesce(terms.window_to_days, 0) as window_to_days,
    terms.window_from_days as review_from_days,
    terms.standard_minutes,
    -- Whoever sends the claim sends the table of the work behind it; commissioned services are told by Refer and Monitor.
    case terms.evidence_table
        when 'PLAN' then sender.plan_to
        when 'PLAN_REVIEW' then sender.plan_review_to
        when 'PLAN_ACTION' then sender.plan_action_to
        when 'CONTACT' then sender.contact_to
        when 'SERVICE' then sender.service_to
        when 'MESSAGE' then sender.message_to
    end as work_to,
    terms.paid_for_rules,
    terms.milestone,
    {{ reference('claim.task_ref') }} as task_ref,
    claim.task_date,
    {{ reference('claim.period') }} as period,
    cast(claim.qty as decimal(18, 4)) as qty,
    claim.rate,
    claim.band_used,
    lower(claim.billed_level) as billed_level,
    claim.amount,
    cast(coalesce(net.net, case when claim.first_claim_id = claim.claim_id then claim.amount end) as decimal(18, 2)) as net,
    claim.submitted_ts,
    cast(claim.submitted_ts as date) as submitted_on,
    {{ reference('claim.evidence_ref') }} as evidence_ref,
    {{ reference('claim.late_approval_ref') }} as late_approval_ref,
    first_held.complete_to as first_complete_to,
    paid.first_paid_on,
    coalesce(paid.paid_amount > 0, false) as is_paid,
    case
        when claim.is_reversal then 'reversal'
        when claim.is_reversed or (net.has_reversal and net.net <= 0) then 'fully_reversed'
        when lower(trim(claim.claim_status)) = 'rejected' and paid.claim_id is null then 'refused'
        else 'tested'
    end as waterfall
from {{ ref('int_claim') }} as claim
inner join numbered on numbered.source = claim.source and numbered.claim_id = claim.claim_id
left join net on net.source = claim.source and net.first_claim_id = claim.claim_id
left join paid on paid.source = claim.source and paid.claim_id = claim.claim_id
left join contract on contract.contract_reference = {{ reference('claim.contract_id') }}
left join terms
    on terms.task_reference = {{ reference('claim.task_code') }} and terms.task_date = claim.task_date and terms.newest_first = 1
left join booking on booking.person_id = claim.person_id and booking.booking_reference = {{ reference('claim.booking_no') }}
left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
left join first_held on first_held.source = claim.source and first_held._key = {{ reference('claim.claim_id') }}
