with listed as (

    select * from {{ ref('prison') }}

),

agencies as (

    select agy_loc_id, description from {{ ref('stg_nomis__agency_location') }}

),

-- Places that people left or will leave, or that providers name, whether or not they are on the list of prisons.
named as (

    select releasing_prison as prison from {{ ref('int_release') }}
    union
    select prison from {{ ref('fct_release_excluded') }}
    union
    select releasing_prison as prison from {{ ref('int_due_release') }}
    union
    select prison_code as prison from {{ ref('stg_contracts__contract_prison') }}
    union
    select prison from {{ ref('int_claim') }}

),

unlisted as (

    select prison
    from named
    where prison is not null and prison not in (select prison from listed)

)

select
    prison,
    name,
    types,
    gender,
    country,
    is_open,
    valid_from,
    valid_to,
    source,
    verified
from listed
union all
select
    unlisted.prison,
    coalesce(agencies.description, unlisted.prison) as name,
    cast(null as {{ dbt.type_string() }}) as types,
    cast(null as {{ dbt.type_string() }}) as gender,
    cast(null as {{ dbt.type_string() }}) as country,
    cast(null as boolean) as is_open,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    case
        when agencies.description is not null then 'delivered AGENCY_LOCATIONS'
        else 'named by deliveries only'
    end as source,
    false as verified
from unlisted
left join agencies on unlisted.prison = agencies.agy_loc_id
