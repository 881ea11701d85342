with
current_row as (
    {{ current_rows('provider__person') }}
)

select
    current_row.person_ref,
    current_row.noms_no,
    current_row.crn,
    current_row.pnc,
    current_row.first_name,
    current_row.last_name,
    current_row.birth_date,
    current_row.postcode,
    current_row.recorded_ts,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
