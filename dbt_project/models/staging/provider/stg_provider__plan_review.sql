with
known_row as (
    {{ known_rows('provider__plan_review', made='recorded_ts') }}
)

select
    known_row.review_ref,
    known_row.plan_ref,
    known_row.review_ts,
    known_row.author_ref,
    known_row.person_contacted,
    known_row.recorded_ts,
    known_row._source,
    {{ fingerprint(['known_row.plan_ref', 'known_row.review_ts', 'known_row.author_ref', 'known_row.review_text', 'known_row.person_contacted']) }} as content,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
