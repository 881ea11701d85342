{{ config(materialized='view') }}
-- A share of recalls, not of releases: those that came by a day, were released again by day 28, or are still at large.
select
    measure_id,
    release_id,
    state = 'observed' as in_denominator,
    state = 'observed' and case numerator_classes
        when 'within_day' then days_to_recall <= day
        when 'rereleased_by_day_28' then rereleased_by_day_28
        when 'at_large' then returned_date is null
    end as in_numerator,
    state,
    case when state in ('out_of_scope', 'unknown') then reason end as reason,
    recall_date as evidence_date,
    false as is_stale,
    cast(null as double) as days
from {{ ref('int_measure_recalled') }}
where kind = 'share_of_recalls'
