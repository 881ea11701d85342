select
    characteristic,
    label as name,
    sort_order,
    source,
    verified
from {{ ref('breakdowns') }}
