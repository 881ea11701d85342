with
current_row as (
    {{ current_rows('ndelius__local_delivery_unit') }}
)

select
    current_row.local_delivery_unit_id,
    current_row.code,
    current_row.description,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
