with claims as (

    select * from {{ ref('int_claim') }}

),

claim_releases as (

    select source, claim_id, release_id from {{ ref('int_claim_release') }}

),

release_dates as (

    select distinct release_date from {{ ref('int_release') }}

),

-- Each domain is held against what happened on its own day.
outcome_days as (

    select
        release_date,
        'accommodation' as domain,
        cast({{ threshold('claim_accommodation_day', 'release_date') }} as integer) as day
    from release_dates
    union all
    select
        release_date,
        'employment' as domain,
        cast({{ threshold('claim_employment_day', 'release_date') }} as integer) as day
    from release_dates

),

status_cells as (

    select
        statuses.release_id,
        statuses.domain,
        case
            when statuses.state <> 'observed' then statuses.state
            when statuses.official_class = 'not_available' then 'out_of_scope'
            when statuses.official_class in ('settled', 'temporary', 'employed', 'education') then 'achieved'
            when statuses.official_class in ('homeless_rough', 'homeless_other', 'unemployed') then 'not_achieved'
            else 'unknown'
        end as outcome_cell
    from {{ ref('fct_release_status') }} as statuses
    inner join {{ ref('int_release') }} as releases on statuses.release_id = releases.release_id
    inner join outcome_days
        on
            releases.release_date = outcome_days.release_date
            and statuses.domain = outcome_days.domain
            and statuses.day = outcome_days.day
    -- Said again by itself, so that the other days are left out before anything is joined.
    where statuses.day in (select outcome_days.day from outcome_days)

),

release_cells as (

    select release_id, domain, outcome_cell from status_cells
    union all
    select release_id, 'finance' as domain, outcome_cell from {{ ref('int_release_finance') }}

),

-- The first that applies (definition: claim_outcome).
outcomes as (

    select
        claims.*,
        claim_releases.release_id,
        case
            when claims.is_task_unread then 'unknown'
            when claims.domain is null or claims.domain not in ('accommodation', 'employment', 'finance')
                then 'no_outcome_defined'
            when claims.person_id is null then 'unknown'
            -- A task done neither in custody nor in the community belongs to no release, and never will.
            when claims.setting is null or claims.setting not in ('custody', 'community') then 'unknown'
            when claim_releases.release_id is null then 'not_yet_due'
            else coalesce(release_cells.outcome_cell, 'unknown')
        end as outcome_cell
    from claims
    left join claim_releases on claims.source = claim_releases.source and claims.claim_id = claim_releases.claim_id
    left join release_cells
        on claim_releases.release_id = release_cells.release_id and claims.domain = release_cells.domain

),

-- A reversal shows the person, release and cell of the claim that its chain begins with (definition: claim_reversal).
carried_outcomes as (

    select
        claims.source,
        claims.claim_id,
        outcomes.person_id,
        outcomes.release_id,
        outcomes.outcome_cell
    from claims
    inner join outcomes on claims.source = outcomes.source and claims.first_claim_id = outcomes.claim_id
    where claims.first_claim_id <> claims.claim_id

),

-- What the payment rules say of it; of a claim that is not tested, nothing.
audited as (

    select
        claims.source,
        claims.claim_id,
        case when claims.waterfall = 'reversal' then cast(0 as decimal(18, 2)) else claims.net end as net,
        claims.waterfall,
        results.s1_amount,
        results.s2_amount,
        results.s3_amount,
        results.primary_rule,
        results.cured_rules,
        results.rules_applied,
        results.rules_passed
    from {{ ref('payment_claim') }} as claims
    left join {{ ref('payment_claim_result') }} as results on claims.claim_no = results.claim_no

),

payments as (

    select
        source,
        claim_id,
        cast(sum(paid_amount) as decimal(38, 2)) as paid_amount
    from {{ ref('int_claim_payment') }}
    group by source, claim_id

)

-- Paid is what the payments come to, negative ones included; what was paid on a reversed claim and its reversals can be summed
-- (definition: claim_paid_net).
select
    outcomes.claim_id,
    outcomes.source,
    outcomes.contract_id,
    outcomes.provider,
    outcomes.prime_provider,
    outcomes.sub_provider,
    case when carried_outcomes.claim_id is null then outcomes.person_id else carried_outcomes.person_id end as person_id,
    case when carried_outcomes.claim_id is null then outcomes.release_id else carried_outcomes.release_id end as release_id,
    outcomes.booking_no,
    outcomes.prison,
    outcomes.task_code,
    outcomes.task_name,
    outcomes.domain,
    outcomes.setting,
    outcomes.task_ref,
    outcomes.task_date,
    outcomes.period,
    outcomes.qty,
    outcomes.rate,
    outcomes.band_used,
    outcomes.billed_level,
    outcomes.amount,
    outcomes.submitted_ts,
    outcomes.invoice_ref,
    outcomes.evidence_ref,
    outcomes.late_approval_ref,
    outcomes.claim_status,
    outcomes.reverses_claim_id,
    outcomes.is_reversal,
    outcomes.is_reversed,
    coalesce(payments.paid_amount > 0, false) as is_paid,
    payments.paid_amount,
    case when outcomes.is_of_reversed then payments.paid_amount end as paid_on_reversed,
    coalesce(carried_outcomes.outcome_cell, outcomes.outcome_cell) as outcome_cell,
    audited.net,
    audited.waterfall,
    audited.s1_amount,
    audited.s2_amount,
    audited.s3_amount,
    audited.primary_rule,
    audited.cured_rules,
    coalesce(audited.rules_applied, cast(0 as integer)) as rules_applied,
    coalesce(audited.rules_passed, cast(0 as integer)) as rules_passed
from outcomes
left join audited on outcomes.source = audited.source and outcomes.claim_id = audited.claim_id
left join carried_outcomes on outcomes.source = carried_outcomes.source and outcomes.claim_id = carried_outcomes.claim_id
left join payments on outcomes.source = payments.source and outcomes.claim_id = payments.claim_id
