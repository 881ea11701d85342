{{ config(materialized='view') }}
-- A status on a day: the state was decided with the status; here only who is available, and whose status counts.
with
measure as (
    select measure_id, domain, day, numerator_classes
    from {{ ref('measures') }}
    where kind = 'status_at'
),

status as (
    select
        release_id,
        domain,
        day,
        status,
        official_class,
        evidence_date,
        is_stale,
        case
            when state <> 'observed' then state
            when official_class = 'not_available' then 'out_of_scope'
            when official_class = 'unknown' or official_class is null then 'unknown'
            else 'observed'
        end as state,
        case
            when state <> 'observed' then state_reason
            when official_class = 'not_available' then 'not_available'
            when official_class = 'unknown' or official_class is null then coalesce(state_reason, 'unknown_code')
        end as reason
    from {{ ref('fct_release_status') }}
)

select
    measure.measure_id,
    status.release_id,
    status.state = 'observed' as in_denominator,
    status.state = 'observed' and (
        {{ in_list('status.official_class', 'measure.numerator_classes') }}
        or {{ in_list('status.status', 'measure.numerator_classes') }}
    ) as in_numerator,
    status.state,
    status.reason,
    status.evidence_date,
    coalesce(status.is_stale, false) as is_stale,
    cast(null as double) as days
from measure
inner join status
    on status.domain = measure.domain
    and status.day = measure.day
