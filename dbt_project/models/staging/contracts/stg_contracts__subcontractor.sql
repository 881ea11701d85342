with
current_row as (
    {{ current_rows('contracts__subcontractor') }}
)

select
    current_row.contract_id,
    current_row.sub_code,
    current_row.from_date,
    current_row.to_date,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
