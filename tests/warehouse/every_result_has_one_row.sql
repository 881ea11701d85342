select measure_id, period_grain, period_start, geography_kind, geography_id, characteristic, characteristic_value, count(*) as n
from {{ ref('fct_measure_result') }}
group by measure_id, period_grain, period_start, geography_kind, geography_id, characteristic, characteristic_value
having count(*) > 1
