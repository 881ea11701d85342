with
known_row as (
    {{ known_rows('provider__referral', made='recorded_ts') }}
)

select
    known_row.referral_ref,
    known_row.action_ref,
    known_row.sent_ts,
    known_row.response_ts,
    known_row.recorded_ts,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
