with
current_row as (
    {{ current_rows('cas__ap_placement') }}
)

select
    current_row.placement_id,
    current_row.crn,
    current_row.service,
    current_row.arrived_on,
    current_row.departed_on,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
