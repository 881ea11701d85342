-- Nor a complement that gives one away, nor a rate on fewer than ten, nor a small group that shares one outcome.
select measure_id, period_grain, period_start, geography_kind, geography_id, characteristic, characteristic_value
from {{ ref('fct_measure_result_protected') }}
where numerator between 1 and 4
    or denominator between 1 and 4
    or denominator - numerator between 1 and 4
    or unknown between 1 and 4
    or not_yet_due between 1 and 4
    or out_of_scope between 1 and 4
    or stale between 1 and 4
    or (value is not null and (denominator is null or denominator < 10))
    or (denominator between 1 and 9 and (numerator = 0 or numerator = denominator))
    or (numerator is null and (value_all_in is not null or lower is not null))
    or geography_kind not in ('nation', 'region', 'provider')
    or (value is null and suppression = '')
