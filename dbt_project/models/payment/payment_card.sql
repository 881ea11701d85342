{{ config(materialized='view') }}
-- The bands of a price, counted from the lowest (definition: payment_card).
select
    {{ reference('contract_id') }} as contract_reference,
    {{ reference('task_code') }} as task_reference,
    lower(level) as level,
    cast(band_low as decimal(18, 4)) as band_low,
    cast(band_high as decimal(18, 4)) as band_high,
    rate,
    from_date,
    coalesce(to_date, cast('9999-12-31' as date)) as to_date
from {{ ref('stg_contracts__rate_card') }}
