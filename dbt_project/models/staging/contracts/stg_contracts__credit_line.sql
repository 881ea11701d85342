with
current_row as (
    {{ current_rows('contracts__credit_line') }}
)

select
    current_row.contract_id,
    current_row.period,
    current_row.code,
    current_row.amount,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
