{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__address_usages') }}
)

select
    current_row.address_id,
    upper(current_row.address_usage) as address_usage,
    current_row.active_flag,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.address_id', 'stg_nomis__address', 'address_id', 'nomis__addresses') }}
