select
    decision_id,
    topic,
    title,
    text,
    source
from {{ ref('definition') }}
