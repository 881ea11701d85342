with
current_row as (
    {{ current_rows('contracts__late_approval') }}
)

select
    current_row.late_approval_ref,
    current_row.contract_id,
    current_row.approved_on,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
