{{ config(materialized='view') }}
-- The competing events beside a recall rate: licence over, death or removal by day k, with no recall by then (definition: recall_rate).
with
measure as (
    select measure_id, day
    from {{ ref('measures') }}
    where kind = 'exit_before_recall'
),

gone as (
    select release_id, day
    from {{ ref('int_release_day') }}
    where state_reason in ('died', 'removed')
),

exits as (
    select
        measure.measure_id,
        release.release_id,
        release.licence_end_date < {{ add_days('release.release_date', 'measure.day') }} as is_licence_over,
        gone.release_id is not null as is_gone,
        coalesce(release.days_to_recall between 0 and measure.day, false) as is_recalled_by_then,
        release.licence_end_date,
        {{ recall_state('release', 'measure.day', by_movements=true) }} as state,
        {{ recall_reason_unknown('release') }} as reason
    from measure
    cross join {{ ref('int_measure_recall') }} as release
    left join gone
        on gone.release_id = release.release_id and gone.day = measure.day
)

select
    measure_id,
    release_id,
    state = 'observed' as in_denominator,
    state = 'observed' and (is_licence_over or is_gone) and not is_recalled_by_then as in_numerator,
    state,
    case when state in ('out_of_scope', 'unknown') then reason end as reason,
    case when is_licence_over and not is_recalled_by_then then licence_end_date end as evidence_date,
    false as is_stale,
    cast(null as double) as days
from exits
