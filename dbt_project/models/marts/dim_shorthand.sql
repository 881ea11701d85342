select
    shorthand,
    meaning,
    sort_order,
    source,
    verified
from {{ ref('shorthand') }}
