{{ config(materialized='view') }}
-- Recall within so many days of release, by the day of revocation or of return. A licence that ends early stays in the base
-- (definition: recall_rate, recall_clock, status_day_count).
with
measure as (
    select measure_id, day, clock
    from {{ ref('measures') }}
    where kind = 'recall_within'
),

clocked as (
    select
        measure.measure_id,
        measure.day,
        release.release_id,
        case measure.clock when 'return' then release.days_to_return else release.days_to_recall end as days,
        case measure.clock when 'return' then release.returned_date else release.recall_date end as evidence_date,
        case measure.clock
            when 'return' then {{ recall_state('release', 'measure.day', 'days_to_return', by_movements=true) }}
            else {{ recall_state('release', 'measure.day') }}
        end as state,
        {{ recall_reason_unknown('release') }} as reason
    from measure
    cross join {{ ref('int_measure_recall') }} as release
)

select
    measure_id,
    release_id,
    state = 'observed' as in_denominator,
    state = 'observed' and coalesce(days between 0 and day, false) as in_numerator,
    state,
    case when state in ('out_of_scope', 'unknown') then reason end as reason,
    evidence_date,
    false as is_stale,
    cast(null as double) as days
from clocked
