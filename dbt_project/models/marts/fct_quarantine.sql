select
    delivery_id as delivery,
    file,
    row_number,
    table_name as "table",
    reason
from {{ source('landing', 'quarantined_row') }}
