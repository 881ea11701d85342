with listed as (

    select * from {{ ref('region') }}

),

named as (

    select supervising_region as region from {{ ref('int_release') }}
    union
    select supervising_region as region from {{ ref('int_due_officer') }}

),

unlisted as (

    select region
    from named
    where region is not null and region not in (select region from listed)

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
