select
    measure_id,
    official_code,
    from_month,
    to_month,
    published_on,
    source,
    verified
from {{ ref('official_series') }}
