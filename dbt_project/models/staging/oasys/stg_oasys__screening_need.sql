with
known_row as (
    {{ known_rows('oasys__bcs_need', made='recorded_ts') }}
)

select
    known_row.screening_id,
    known_row.domain,
    known_row.need_flag,
    known_row.recorded_ts,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
