select
    characteristic,
    geography_kind,
    period_grain
from {{ ref('published_grid') }}
