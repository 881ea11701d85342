select
    item,
    value,
    source,
    verified
from {{ ref('publication') }}
