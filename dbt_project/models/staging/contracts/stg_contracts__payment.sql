with
current_row as (
    {{ current_rows('contracts__payment') }}
)

select
    current_row.payment_ref,
    current_row.claim_id,
    current_row.invoice_ref,
    current_row.cohort,
    current_row.paid_on,
    current_row.amount,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
