-- The value a figure first came out with, as far as one earlier edition knows: run for each of the chain, the newest first.
update first_published set value = earlier.value, vintage = earlier.vintage
from earlier.fct_measure_result as earlier
where earlier.characteristic = 'all' and earlier.value is not null
    and earlier.measure_id = first_published.measure_id
    and earlier.period_grain = first_published.period_grain
    and earlier.period_start = first_published.period_start
    and earlier.geography_kind = first_published.geography_kind
    and earlier.geography_id = first_published.geography_id
