with
current_row as (
    {{ current_rows('contracts__service_level') }}
)

select
    current_row.contract_id,
    current_row.code,
    current_row.from_date,
    current_row.threshold,
    current_row.credit_per_point,
    current_row.credit_cap,
    current_row.to_date,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
