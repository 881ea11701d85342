with contracts as (

    select * from {{ ref('stg_contracts__contract') }}

),

-- Names of the areas that contracts are let for; the newest where a code was used twice.
area_names as (

    select area_code, name from (
        select
            area_code,
            name,
            row_number() over (partition by area_code order by valid_from desc nulls last, name) as newest_first
        from (
            select region as area_code, name, valid_from from {{ ref('region') }}
            union all
            select pcc_code as area_code, name, valid_from from {{ ref('pcc_area') }}
        ) as areas
    ) as ranked
    where newest_first = 1

),

delivered as (

    select
        contracts.contract_id,
        concat(
            coalesce(contracts.provider_name, contracts.provider_code, 'Provider not known'),
            case
                when coalesce(area_names.name, contracts.area_code) is null then ''
                else concat(', ', coalesce(area_names.name, contracts.area_code))
            end
        ) as name,
        lower(contracts.contract_type) as contract_type,
        contracts.provider_code as provider,
        contracts.area_kind,
        contracts.area_code,
        area_names.name as area_name,
        contracts.from_date as valid_from,
        contracts.to_date as valid_to,
        'delivered contract register' as source,
        true as verified
    from contracts
    left join area_names on upper(contracts.area_code) = upper(area_names.area_code)

),

-- Named by a claim, listed nowhere.
unlisted as (

    select distinct contract_id
    from {{ ref('int_claim') }}
    where
        contract_id is not null
        and contract_id not in (select contract_id from delivered)

)

select
    contract_id,
    name,
    contract_type,
    provider,
    area_kind,
    area_code,
    area_name,
    valid_from,
    valid_to,
    source,
    verified
from delivered
union all
select
    contract_id,
    contract_id as name,
    cast(null as {{ dbt.type_string() }}) as contract_type,
    cast(null as {{ dbt.type_string() }}) as provider,
    cast(null as {{ dbt.type_string() }}) as area_kind,
    cast(null as {{ dbt.type_string() }}) as area_code,
    cast(null as {{ dbt.type_string() }}) as area_name,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    'named by claims only' as source,
    false as verified
from unlisted
