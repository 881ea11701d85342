select
    delivery_id as delivery,
    file,
    rows_read,
    rows_loaded,
    rows_rejected,
    rows_quarantined,
    rows_refused
from {{ source('landing', 'delivery') }}
