with
known_row as (
    {{ known_rows('refer_and_monitor__crs_performance_report_v2_outcomes') }}
)

select
    known_row.referral_id,
    known_row.desired_outcome,
    known_row.achievement_level,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
