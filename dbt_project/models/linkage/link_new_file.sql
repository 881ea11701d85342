{{ config(materialized='view') }}
with
ever as (
    select what from {{ source('landing', 'earlier_brought') }}
)

select distinct delivery_id, sha256 as file
from {{ source('landing', 'delivery') }}
where sha256 is not null and delivery_id || ' ' || sha256 not in (select what from ever)
union
select delivery_id, 'delivery.json' as file
from {{ ref('link_brought') }}
where what like '% deletes %' and what not in (select what from ever)
