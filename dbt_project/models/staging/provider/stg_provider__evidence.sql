with
known_row as (
    {{ known_rows('provider__evidence') }}
)

select
    known_row.evidence_ref,
    known_row.received_ts,
    known_row.kind,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
