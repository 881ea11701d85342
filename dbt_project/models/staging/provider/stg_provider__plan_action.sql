with
known_row as (
    {{ known_rows('provider__plan_action', made='recorded_ts') }}
)

select
    known_row.action_ref,
    known_row.plan_ref,
    known_row.domain,
    known_row.action_type,
    known_row.owner,
    known_row.due_date,
    known_row.status,
    known_row.status_ts,
    known_row.recorded_ts,
    known_row._source,
    {{ fingerprint(['known_row.plan_ref', 'known_row.domain', 'known_row.action_type', 'known_row.action_text', 'known_row.status', 'known_row.status_ts', 'known_row.address_postcode']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
