with
current_row as (
    {{ current_rows('ndelius__offender') }}
)

select
    current_row.offender_id,
    current_row.crn,
    current_row.noms_number,
    current_row.pnc_number,
    current_row.cro_number,
    current_row.first_name,
    current_row.second_name,
    current_row.surname,
    current_row.previous_surname,
    current_row.date_of_birth_date,
    current_row.gender_id,
    current_row.ethnicity_id,
    current_row.deceased_date,
    current_row.current_restriction,
    current_row.current_exclusion,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
