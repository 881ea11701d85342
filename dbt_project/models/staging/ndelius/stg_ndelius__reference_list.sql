with
current_row as (
    {{ current_rows('ndelius__reference_list', part=true) }}
)

select
    current_row.list,
    current_row.id,
    current_row.code,
    current_row.description,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
