with releases as (

    select release_id, release_date, releasing_prison, supervising_region from {{ ref('int_release') }}

),

contracts as (

    select contract_id, provider_code, upper(area_code) as area_code, from_date, to_date
    from {{ ref('stg_contracts__contract') }}
    where lower(contract_type) = 'ttg'

),

contract_prisons as (

    select contract_id, upper(prison_code) as prison_code, from_date, to_date from {{ ref('stg_contracts__contract_prison') }}

),

-- Prison contracts ended with the unification of probation: the day before it is their last (definition: geography_contract).
unification as (

    select date as first_day_without from {{ ref('policy_break') }} where break_id = 'unification'

)

select distinct
    releases.release_id,
    contracts.contract_id,
    contracts.provider_code as provider,
    coalesce(contracts.area_code = releases.supervising_region, false) as is_area_of_supervision
from releases
inner join contract_prisons
    on
        releases.releasing_prison = contract_prisons.prison_code
        and releases.release_date >= contract_prisons.from_date
        and (contract_prisons.to_date is null or releases.release_date <= contract_prisons.to_date)
inner join contracts
    on
        {{ reference('contract_prisons.contract_id') }} = {{ reference('contracts.contract_id') }}
        and (contracts.from_date is null or releases.release_date >= contracts.from_date)
        and (contracts.to_date is null or releases.release_date <= contracts.to_date)
inner join unification on releases.release_date < unification.first_day_without
