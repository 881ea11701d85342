with
current_row as (
    {{ current_rows('contracts__rate_card') }}
)

select
    current_row.contract_id,
    current_row.task_code,
    current_row.band_low,
    current_row.from_date,
    current_row.band_high,
    current_row.rate,
    current_row.to_date,
    current_row.level,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
