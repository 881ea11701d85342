with
current_row as (
    {{ current_rows('nomis__agency_locations') }}
)

select
    current_row.agy_loc_id,
    current_row.description,
    current_row.agency_location_type,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
