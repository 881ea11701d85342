-- Paid means that payments of the claim come to more than 0; a reversed claim and its reversal are out
-- (definition: claim_paid, claim_paid_net, claim_reversal).
with
paid_claim as (
    select release_id, provider, contract_id, domain, setting
    from {{ ref('fct_claim') }}
    where release_id is not null
        and is_paid
        and not is_reversal
        and not coalesce(is_reversed, false)
),

member as (
    select 'releases' as cohort, release_id, provider, contract_id
    from {{ ref('fct_release_provider') }}
    union all
    select 'paid_accommodation' as cohort, release_id, provider, contract_id
    from paid_claim
    where domain = 'accommodation'
    union all
    select 'paid_employment' as cohort, release_id, provider, contract_id
    from paid_claim
    where domain = 'employment'
    union all
    select 'paid_custody' as cohort, release_id, provider, contract_id
    from paid_claim
    where setting = 'custody'
),

-- Every release is one of 'releases', with or without a provider.
membership as (
    select 'releases' as cohort, release_id
    from {{ ref('fct_release') }}
    union
    select cohort, release_id
    from member
)

select
    membership.cohort,
    membership.release_id,
    'nation' as geography_kind,
    'EW' as geography_id
from membership
union all
select
    membership.cohort,
    membership.release_id,
    place.geography_kind,
    place.geography_id
from membership
inner join (
    select release_id, 'region' as geography_kind, supervising_region as geography_id from {{ ref('fct_release') }}
    union all
    select release_id, 'pdu' as geography_kind, pdu as geography_id from {{ ref('fct_release') }}
    union all
    select release_id, 'prison' as geography_kind, releasing_prison as geography_id from {{ ref('fct_release') }}
) as place
    on place.release_id = membership.release_id
where place.geography_id is not null
union
select cohort, release_id, 'provider' as geography_kind, provider as geography_id
from member
where provider is not null
union
select cohort, release_id, 'contract' as geography_kind, contract_id as geography_id
from member
where contract_id is not null
