-- No numerator above its denominator, no share outside 0 to 1, no interval that misses its share.
select result.measure_id, result.period_grain, result.period_start, result.geography_kind, result.geography_id
from {{ ref('fct_measure_result') }} as result
inner join {{ ref('dim_measure') }} as measure
    on measure.measure_id = result.measure_id
where result.numerator > result.denominator
    or result.stale > result.denominator
    or (measure.unit = 'share' and (
        result.value not between 0 and 1
        or result.value_all_in > result.value
        or result.lower > result.value
        or result.upper < result.value
    ))
    or (measure.unit = 'days' and (result.numerator is not null or result.lower is not null))
