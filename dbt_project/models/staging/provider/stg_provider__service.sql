with
known_row as (
    {{ known_rows('provider__service') }}
)

select
    known_row.service_ref,
    known_row.person_ref,
    known_row.service,
    known_row.offered_on,
    known_row.started_on,
    known_row.withdrawn_on,
    known_row._source,
    {{ fingerprint(['known_row.person_ref', 'known_row.service', 'known_row.offered_on', 'known_row.started_on', 'known_row.withdrawn_on', 'known_row.withdrawn_reason']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
