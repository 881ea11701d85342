select
    finding,
    meaning,
    figures,
    how_to_resolve,
    source
from {{ ref('finding') }}
