with
known_row as (
    {{ known_rows('oasys__assessment_need') }}
)

select
    known_row.assessment_id,
    known_row.domain,
    known_row.need_flag,
    known_row.linked_to_reoffending,
    known_row.linked_to_harm,
    known_row.improved,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
