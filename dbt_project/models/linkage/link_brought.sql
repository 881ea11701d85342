{{ config(materialized='view') }}
select
    source,
    delivery_id,
    table_name,
    kind = 'full' as takes_away,
    delivery_id || ' ' || sha256 as what
from {{ source('landing', 'delivery') }}
where is_accepted and sha256 is not null
union all
-- The keys its delivery.json deletes. Rows go by a full extract or a deletion only.
select
    source,
    source || '/' || cast(complete_to as {{ dbt.type_string() }}) as delivery_id,
    table_name,
    true as takes_away,
    source || '/' || cast(complete_to as {{ dbt.type_string() }}) || ' deletes ' || {{ number_of_texts('key') }} as what
from {{ source('landing', 'deleted_key') }}
group by source, complete_to, table_name
