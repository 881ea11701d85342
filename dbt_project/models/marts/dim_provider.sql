with contracts as (

    select
        provider_code,
        provider_name,
        from_date,
        to_date,
        row_number() over (
            partition by provider_code
            order by case when provider_name is null then 1 else 0 end, from_date desc, contract_id desc
        ) as newest_first
    from {{ ref('stg_contracts__contract') }}
    where provider_code is not null

),

delivered as (

    select
        provider_code as provider,
        max(case when newest_first = 1 then provider_name end) as name,
        min(from_date) as valid_from,
        case when count(*) = count(to_date) then max(to_date) end as valid_to
    from contracts
    group by provider_code

),

listed as (

    select provider, name, kind, valid_from, valid_to, source, verified from {{ ref('provider') }}

),

-- Codes that claims and registers use, whether or not anybody explains them.
named as (

    select provider from delivered
    union
    select provider from listed
    union
    select prime_provider as provider from {{ ref('int_claim') }} where prime_provider is not null
    union
    select sub_provider as provider from {{ ref('int_claim') }} where sub_provider is not null

)

-- The register of contracts knows best; then our list; a code nobody explains is its own name.
select
    named.provider,
    coalesce(delivered.name, listed.name, named.provider) as name,
    listed.kind,
    case when delivered.provider is not null then delivered.valid_from else listed.valid_from end as valid_from,
    case when delivered.provider is not null then delivered.valid_to else listed.valid_to end as valid_to,
    case
        when delivered.provider is not null then 'delivered contract register'
        else coalesce(listed.source, 'named by claims only')
    end as source,
    coalesce(delivered.name is not null or listed.verified, false) as verified
from named
left join delivered on named.provider = delivered.provider
left join listed on named.provider = listed.provider
