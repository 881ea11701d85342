with
known_row as (
    {{ known_rows('other__treatment') }}
)

select
    known_row.prison_end,
    known_row.community_start,
    known_row.noms_no,
    known_row.crn,
    known_row.pnc,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
