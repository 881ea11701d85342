with claims as (

    select * from {{ ref('int_claim') }}

),

claim_releases as (

    select source, claim_id, release_id from {{ ref('int_claim_release') }}

),

-- Each domain is held against what happened on its own day.
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
    where
        (
            statuses.domain = 'accommodation'
            and statuses.day = {{ threshold('claim_accommodation_day', 'releases.release_date') }}
        )
        or (
            statuses.domain = 'employment'
            and statuses.day = {{ threshold('claim_employment_day', 'releases.release_date') }}
        )

),

release_cells as (

    select release_id, domain, outcome_cell from status_cells
    union all
    select release_id, 'finance' as domain, outcome_cell from {{ ref('int_release_finance') }}

),

-- The first that applies (decisions: Claims and outcomes).
own_outcomes as (

    select
        claims.source,
        claims.claim_id,
        claims.person_id,
        claim_releases.release_id,
        case
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

-- Whose person, release and cell a claim shows: its own, or for a reversal those of the claim it reverses (and where
-- that is a reversal too, of the claim behind it).
carriers as (

    select
        claims.source,
        claims.claim_id,
        coalesce(behind.claim_id, reversed.claim_id, claims.claim_id) as carried_claim_id
    from claims
    left join claims as reversed
        on claims.source = reversed.source and claims.reverses_claim_id = reversed.claim_id
    left join claims as behind
        on reversed.source = behind.source and reversed.reverses_claim_id = behind.claim_id

),

payments as (

    select
        source,
        claim_id,
        cast(sum(paid_amount) as decimal(38, 2)) as paid_amount
    from {{ ref('int_claim_payment') }}
    group by source, claim_id

)

select
    claims.claim_id,
    claims.source,
    claims.contract_id,
    claims.provider,
    claims.prime_provider,
    claims.sub_provider,
    own_outcomes.person_id,
    own_outcomes.release_id,
    claims.booking_no,
    claims.prison,
    claims.task_code,
    claims.task_name,
    claims.domain,
    claims.setting,
    claims.task_ref,
    claims.task_date,
    claims.period,
    claims.qty,
    claims.rate,
    claims.band_used,
    claims.billed_level,
    claims.amount,
    claims.submitted_ts,
    claims.invoice_ref,
    claims.evidence_ref,
    claims.late_approval_ref,
    claims.claim_status,
    claims.reverses_claim_id,
    claims.is_reversal,
    claims.is_reversed,
    payments.claim_id is not null as is_paid,
    payments.paid_amount,
    own_outcomes.outcome_cell,
    -- No payment rule exists yet: none was applied, so none was passed.
    cast(0 as integer) as rules_applied,
    cast(0 as integer) as rules_passed
from claims
inner join carriers on claims.source = carriers.source and claims.claim_id = carriers.claim_id
inner join own_outcomes
    on carriers.source = own_outcomes.source and carriers.carried_claim_id = own_outcomes.claim_id
left join payments on claims.source = payments.source and claims.claim_id = payments.claim_id
