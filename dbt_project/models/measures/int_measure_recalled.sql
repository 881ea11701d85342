{%- set state = recall_state('release', 'coalesce(measure.cohort_day, release.days_to_recall)') -%}
-- The recalls a measure of recalls looks at: those within its window of days, or all of them up to the day recall is known to; and, as
-- unknown, the releases of which it cannot be read whether they are among them (definition: delivery_unreadable_event).
with
measure as (
    select measure_id, kind, day, cohort_day, numerator_classes, split_by
    from {{ ref('measures') }}
    where cohort = 'recalls'
)

select
    measure.measure_id,
    measure.kind,
    measure.day,
    measure.numerator_classes,
    measure.split_by,
    release.release_id,
    release.recall_date,
    release.returned_date,
    release.days_to_recall,
    release.days_at_large,
    release.recall_type,
    release.rereleased_by_day_28,
    case
        -- What became of a recall is told by movements.
        when release.is_place_unreadable and {{ state }} = 'observed' then 'unknown'
        else {{ state }}
    end as state,
    {{ recall_reason_unknown('release') }} as reason
from measure
inner join {{ ref('int_measure_recall') }} as release
    on (release.is_recalled and release.days_to_recall <= coalesce(measure.cohort_day, release.days_to_recall))
    or release.is_recall_unreadable
