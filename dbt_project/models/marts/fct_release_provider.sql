-- Three ways of being tied to a provider, kept apart (definition: geography_provider).
with prison_contracts as (

    select release_id, provider, contract_id from {{ ref('int_release_prison_contract') }}

),

referrals as (

    select release_id, provider, contract_id, domain from {{ ref('int_release_referral') }}

),

paid_claims as (

    select release_id, provider, contract_id, domain
    from {{ ref('fct_claim') }}
    where
        release_id is not null
        and contract_id is not null
        and is_paid
        and not is_reversal
        and not is_reversed

)

select
    release_id,
    provider,
    contract_id,
    'prison_contract' as basis,
    cast(null as {{ dbt.type_string() }}) as domain
from prison_contracts
union all
select distinct
    release_id,
    provider,
    contract_id,
    'crs_referral' as basis,
    domain
from referrals
union all
select distinct
    release_id,
    provider,
    contract_id,
    'paid_task' as basis,
    domain
from paid_claims
