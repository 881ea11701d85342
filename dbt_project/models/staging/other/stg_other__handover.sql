with
current_row as (
    {{ current_rows('other__handover') }}
)

select
    current_row.noms_no,
    current_row.booking_no,
    current_row.due_on,
    current_row.done_on,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
