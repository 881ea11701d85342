-- The counts in words: measure, period, place and value in place of their numbers. A view, because what reads it needs few of
-- its columns or all of its rows once.
{{ config(materialized='view') }}
-- Provisional until six weeks after the last day fell due (definition: result_final, status_late_records).
with
period as (
    select distinct period_no, period_grain, period_start, period_end
    from {{ ref('int_measure_period') }}
)

select
    measure.measure_id,
    period.period_grain,
    period.period_start,
    measure_group.geography_kind,
    measure_group.geography_id,
    measure_group.characteristic,
    coalesce(listed.category, measure_group.characteristic_value) as characteristic_value,
    measure.unit,
    measure.direction,
    case when measure.unit = 'share' then cast(counts.numerator as bigint) end as numerator,
    cast(counts.denominator as bigint) as denominator,
    cast(counts.unknown as bigint) as unknown,
    cast(counts.not_yet_due as bigint) as not_yet_due,
    cast(counts.out_of_scope as bigint) as out_of_scope,
    cast(counts.stale as bigint) as stale,
    counts.median_days,
    cast(counts.pairs as double) as pairs,
    cast(counts.numerators_in_pairs as double) as numerators_in_pairs,
    cast(counts.pairs_of_numerators as double) as pairs_of_numerators,
    case
        when {{ add_days('period.period_end', "measure.mature_day + cast(" ~ threshold('final_after_days', as_of()) ~ " as integer)") }}
            <= measure.mature_through then 'final'
        else 'provisional'
    end as status,
    {{ as_of() }} as vintage
from {{ ref('int_measure_count') }} as counts
inner join {{ ref('int_measure_registered') }} as measure
    on measure.measure_no = counts.measure_no
inner join period
    on period.period_no = counts.period_no
inner join {{ ref('int_measure_group') }} as measure_group
    on measure_group.group_id = counts.group_id
left join {{ ref('int_measure_listed') }} as listed
    on listed.category_no = counts.category_no
