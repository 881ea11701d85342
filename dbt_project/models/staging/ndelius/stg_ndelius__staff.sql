with
current_row as (
    {{ current_rows('ndelius__staff') }}
)

select
    current_row.staff_id,
    current_row.officer_code,
    current_row.staff_grade_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
