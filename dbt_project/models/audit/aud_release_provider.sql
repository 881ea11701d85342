with referrals as (

    select referral_id, crs_contract_reference, _pointer from {{ ref('stg_refer_and_monitor__referral') }}

),

unclear_releases as (

    select relations.release_id, count(*) as contracts
    from {{ ref('int_release_prison_contract') }} as relations
    left join {{ ref('int_release_contract') }} as chosen on relations.release_id = chosen.release_id
    where chosen.release_id is null
    group by relations.release_id

)

select
    'referral_without_contract' as finding,
    'referral' as subject_kind,
    referral_id as subject_id,
    _pointer,
    cast(1 as bigint) as n
from referrals
where
    crs_contract_reference is null
    or {{ reference('crs_contract_reference') }} not in (
        select {{ reference('contract_id') }} from {{ ref('stg_contracts__contract') }} where contract_id is not null
    )
union all
select
    'release_under_several_contracts' as finding,
    'release' as subject_kind,
    release_id as subject_id,
    cast(null as bigint) as _pointer,
    cast(contracts as bigint) as n
from unclear_releases
