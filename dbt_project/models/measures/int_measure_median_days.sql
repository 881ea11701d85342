{{ config(materialized='view') }}
-- Days whose median is the figure. A recall with no return yet has no days at large: not yet due, never nought
-- (definition: rate_median).
with
measured as (
    select
        measure_id,
        release_id,
        recall_date,
        returned_date,
        numerator_classes,
        reason,
        case numerator_classes
            when 'days_to_recall' then days_to_recall
            when 'days_at_large' then days_at_large
        end as days,
        state
    from {{ ref('int_measure_recalled') }}
    where kind = 'median_days'
)

select
    measure_id,
    release_id,
    state = 'observed' and days is not null as in_denominator,
    false as in_numerator,
    case when state = 'observed' and days is null then 'not_yet_due' else state end as state,
    case
        when state = 'observed' and days is null then 'not_returned'
        when state in ('out_of_scope', 'unknown') then reason
    end as reason,
    case numerator_classes when 'days_at_large' then returned_date else recall_date end as evidence_date,
    false as is_stale,
    case when state = 'observed' then cast(days as double) end as days
from measured
