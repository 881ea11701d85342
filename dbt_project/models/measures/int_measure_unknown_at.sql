{{ config(materialized='view') }}
-- How much is not known: the unknown are counted, in a base of everyone in scope whose day has come
-- (definition: rate_unknown_share).
with
measure as (
    select measure_id, domain, day
    from {{ ref('measures') }}
    where kind = 'unknown_at'
),

status as (
    select
        release_id,
        domain,
        day,
        state,
        state_reason,
        evidence_date,
        is_stale,
        state = 'unknown' or (state = 'observed' and coalesce(official_class, 'unknown') = 'unknown') as is_unknown
    from {{ ref('fct_release_status') }}
)

select
    measure.measure_id,
    status.release_id,
    status.state in ('observed', 'unknown') as in_denominator,
    status.is_unknown as in_numerator,
    case when status.is_unknown then 'unknown' else status.state end as state,
    status.state_reason as reason,
    status.evidence_date,
    coalesce(status.is_stale, false) as is_stale,
    cast(null as double) as days
from measure
inner join status
    on status.domain = measure.domain
    and status.day = measure.day
