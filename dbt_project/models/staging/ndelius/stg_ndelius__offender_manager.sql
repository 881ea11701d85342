with
current_row as (
    {{ current_rows('ndelius__offender_manager') }}
)

select
    current_row.offender_manager_id,
    current_row.offender_id,
    current_row.allocation_date,
    current_row.end_date,
    current_row.team_id,
    current_row.probation_area_id,
    current_row.allocation_staff_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
