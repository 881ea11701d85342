with
current_row as (
    {{ current_rows('contracts__invoice') }}
)

select
    current_row.invoice_ref,
    current_row.contract_id,
    current_row.period,
    current_row.issued_on,
    current_row.total,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
