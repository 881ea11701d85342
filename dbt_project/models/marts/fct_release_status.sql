{{ config(materialized='view') }}
select
    release_id,
    domain,
    day,
    status,
    official_class,
    state,
    state_reason,
    evidence_date,
    is_stale
from {{ ref('evt_status') }}
