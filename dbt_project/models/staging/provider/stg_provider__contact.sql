with
known_row as (
    {{ known_rows('provider__contact', made='recorded_ts') }}
)

select
    known_row.contact_ref,
    known_row.person_ref,
    known_row.action_ref,
    known_row.contact_ts,
    known_row.setting,
    known_row.mode,
    known_row.domain,
    known_row.attended,
    known_row.contact_with,
    known_row.author_ref,
    known_row.recorded_ts,
    known_row._source,
    {{ fingerprint(['known_row.person_ref', 'known_row.action_ref', 'known_row.contact_ts', 'known_row.setting', 'known_row.mode', 'known_row.domain', 'known_row.attended', 'known_row.contact_with', 'known_row.author_ref']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
