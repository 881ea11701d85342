with
known_row as (
    {{ known_rows('contracts__pbr_cohort') }}
)

select
    known_row.cohort,
    known_row.person_ref,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
