with
current_row as (
    {{ current_rows('ndelius__personal_circumstance') }}
)

select
    current_row.personal_circumstance_id,
    current_row.offender_id,
    current_row.circumstance_type_id,
    current_row.circumstance_sub_type_id,
    current_row.start_date,
    current_row.end_date,
    current_row.created_datetime,
    current_row.last_updated_datetime,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
