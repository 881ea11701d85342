with
current_row as (
    {{ current_rows('cas__bookingsreportrow') }}
)

select
    current_row.bookingid,
    current_row.crn,
    current_row.iscancelled,
    current_row.startdate,
    current_row.enddate,
    current_row.actualenddate,
    current_row.currentnightsstayed,
    current_row.actualnightsstayed,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
