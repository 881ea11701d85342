with
current_row as (
    {{ current_rows('contracts__task') }}
)

select
    current_row.task_code,
    current_row.from_date,
    current_row.task_name,
    current_row.domain,
    current_row.setting,
    current_row.evidence_table,
    current_row.is_release_linked,
    current_row.timeliness_pays,
    current_row.max_per_booking,
    current_row.window_anchor,
    current_row.window_from_days,
    current_row.window_to_days,
    current_row.standard_minutes,
    current_row.paid_for_rules,
    current_row.milestone,
    current_row.to_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
