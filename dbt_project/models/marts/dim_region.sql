with listed as (

    select * from {{ ref('region') }}

),

unlisted as (

    select distinct supervising_region as region
    from {{ ref('int_release') }}
    where supervising_region is not null and supervising_region not in (select region from listed)

)

select
    region,
    name,
    kind,
    valid_from,
    valid_to,
    current_region,
    source,
    verified
from listed
union all
select
    region,
    region as name,
    cast(null as {{ dbt.type_string() }}) as kind,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    cast(null as {{ dbt.type_string() }}) as current_region,
    'named by deliveries only' as source,
    false as verified
from unlisted
