with
known_row as (
    {{ known_rows('provider__plan', made='recorded_ts') }}
)

select
    known_row.plan_ref,
    known_row.person_ref,
    known_row.noms_no,
    known_row.booking_no,
    known_row.prison_code,
    known_row.screening_id,
    known_row.completed_ts,
    known_row.author_ref,
    known_row.issued_date,
    known_row.recorded_ts,
    known_row.counted_in_sl,
    known_row._source,
    {{ fingerprint(['known_row.person_ref', 'known_row.noms_no', 'known_row.booking_no', 'known_row.prison_code', 'known_row.screening_id', 'known_row.completed_ts', 'known_row.author_ref', 'known_row.plan_text', 'known_row.counted_in_sl', 'known_row.alerts_seen']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
