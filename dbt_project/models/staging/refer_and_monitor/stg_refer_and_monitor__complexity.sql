with
known_row as (
    {{ known_rows('refer_and_monitor__crs_performance_report_v2_complexity', made='set_at') }}
)

select
    known_row.referral_id,
    known_row.service_category_id,
    known_row.service_category_name,
    known_row.complexity_level_title,
    known_row.set_at,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
