with
current_row as (
    {{ current_rows('contracts__service_level_report') }}
)

select
    current_row.contract_id,
    current_row.code,
    current_row.period,
    current_row.reported_value,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
