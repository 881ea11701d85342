with relations as (

    select
        release_id,
        contract_id,
        provider,
        is_area_of_supervision,
        count(*) over (partition by release_id) as contracts,
        sum(case when is_area_of_supervision then 1 else 0 end) over (partition by release_id) as contracts_of_area
    from {{ ref('int_release_prison_contract') }}

)

-- One contract is the release's; of several, the one of the area that supervises. Two such, or none, leave it empty
-- (definition: geography_contract).
select
    release_id,
    contract_id,
    provider
from relations
where contracts = 1 or (is_area_of_supervision and contracts_of_area = 1)
