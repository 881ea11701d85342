with
known_row as (
    {{ known_rows('oasys__bcs_screening') }}
)

select
    known_row.screening_id,
    known_row.noms_no,
    known_row.booking_no,
    known_row.reception_ts,
    known_row.completed_ts,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
