with
current_row as (
    {{ current_rows('nomis__offenders') }}
)

select
    current_row.offender_id,
    -- A row without a root is its own.
    coalesce(current_row.root_offender_id, current_row.offender_id) as root_offender_id,
    current_row.offender_id_display,
    current_row.last_name,
    current_row.first_name,
    current_row.middle_name,
    current_row.birth_date,
    current_row.sex_code,
    current_row.race_code,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
