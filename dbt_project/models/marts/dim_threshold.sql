select
    threshold,
    value,
    unit,
    description,
    valid_from,
    valid_to,
    source,
    verified
from {{ ref('threshold') }}
