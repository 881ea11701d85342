{{ config(materialized='view') }}
with
counts as (
    select * from {{ ref('int_measure_cell') }}
),

results as (
    {{ measure_rates('counts') }}
)

select
    measure_id,
    period_grain,
    period_start,
    geography_kind,
    geography_id,
    characteristic,
    characteristic_value,
    numerator,
    denominator,
    value,
    lower,
    upper,
    interval_method,
    value_all_in,
    unknown,
    not_yet_due,
    out_of_scope,
    stale,
    value_if_unknown_all_good,
    value_if_unknown_all_bad,
    status,
    vintage
from results
