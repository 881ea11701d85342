with
known_row as (
    {{ known_rows('contracts__pbr_result') }}
)

select
    known_row.cohort,
    known_row.measure,
    known_row.result,
    known_row.baseline,
    known_row.lower,
    known_row.upper,
    known_row.is_final,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
