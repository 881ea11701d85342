with
known_row as (
    {{ known_rows('provider__plan_action_history') }}
)

select
    known_row.action_ref,
    known_row.change_ts,
    known_row.field,
    known_row.old_value,
    known_row.new_value,
    known_row.review_ref,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
