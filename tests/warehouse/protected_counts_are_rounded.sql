-- Nor a rate on fewer than thirty, nor a numerator above its base, nor a place or period that is not on the grid, nor a gap without a mark.
select result.measure_id, result.period_grain, result.period_start, result.geography_kind, result.geography_id, result.characteristic, result.characteristic_value
from {{ ref('fct_measure_result_protected') }} as result
left join {{ ref('published_grid') }} as grid
    on grid.characteristic = result.characteristic
    and grid.geography_kind = result.geography_kind
    and grid.period_grain = result.period_grain
where result.numerator % 5 <> 0
    or result.denominator % 5 <> 0
    or result.unknown % 5 <> 0
    or result.not_yet_due % 5 <> 0
    or result.out_of_scope % 5 <> 0
    or result.stale % 5 <> 0
    or result.numerator > result.denominator
    or result.stale > result.denominator
    or (result.value is not null and (result.denominator is null or result.denominator < 30))
    or (result.lower is not null and not (result.lower <= result.value and result.value <= result.upper))
    or (result.value is null and result.marks not like '[c]%' and result.marks not like '%[x]')
    or grid.characteristic is null
