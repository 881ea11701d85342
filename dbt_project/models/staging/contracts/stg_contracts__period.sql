with
current_row as (
    {{ current_rows('contracts__period') }}
)

select
    current_row.contract_id,
    current_row.period,
    current_row.start_date,
    current_row.end_date,
    current_row.closes_ts,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
