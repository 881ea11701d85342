select
    decision_id,
    topic,
    title,
    text,
    source,
    is_built
from {{ ref('definition') }}
