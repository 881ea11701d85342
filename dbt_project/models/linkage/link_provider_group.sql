select record_id, least(record_id, min(other_id)) as group_id
from {{ ref('link_decided') }}
where is_same and source not in ('nomis', 'ndelius') and other_source not in ('nomis', 'ndelius')
group by record_id
