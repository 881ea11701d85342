select
    break_id,
    date,
    label,
    description,
    domains,
    source,
    verified
from {{ ref('policy_break') }}
