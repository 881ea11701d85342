{{ config(materialized='view') }}
-- Recalls by type or reason: a recall is in the base once its type or any reason is known. Each category is a result row
-- (definition: rate_composition).
with
recalled as (
    select
        recall.measure_id,
        recall.release_id,
        recall.recall_date,
        recall.reason,
        case
            when recall.state = 'observed' and known.release_id is null then 'unknown'
            else recall.state
        end as state,
        recall.state = 'observed' and known.release_id is null as is_not_recorded
    from {{ ref('int_measure_recalled') }} as recall
    left join (select distinct split_by, release_id from {{ ref('int_measure_category') }}) as known
        on known.release_id = recall.release_id and known.split_by = recall.split_by
    where recall.kind = 'composition'
)

select
    measure_id,
    release_id,
    state = 'observed' as in_denominator,
    state = 'observed' as in_numerator,
    state,
    case
        when is_not_recorded then 'not_recorded'
        when state in ('out_of_scope', 'unknown') then reason
    end as reason,
    recall_date as evidence_date,
    false as is_stale,
    cast(null as double) as days
from recalled
