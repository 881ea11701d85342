with
known_row as (
    {{ known_rows('provider__message') }}
)

select
    known_row.message_ref,
    known_row.person_ref,
    known_row.sent_ts,
    known_row.kind,
    known_row._source,
    {{ fingerprint(['known_row.person_ref', 'known_row.sent_ts', 'known_row.kind', 'known_row.sent_to']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
