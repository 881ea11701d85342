with referrals as (

    select
        referral_id,
        crs_contract_reference,
        crs_contract_type,
        service_user_crn,
        cast(date_referral_received as date) as received_on,
        _pointer
    from {{ ref('stg_refer_and_monitor__referral') }}

),

-- A referral carries a CRN and nothing else (definition: person_ids_only).
persons as (

    select source_key as crn, person_id from {{ ref('person_link') }} where source = 'crn'

),

releases as (

    select release_id, person_id, release_date from {{ ref('int_release') }}

),

contracts as (

    select contract_id, provider_code from {{ ref('stg_contracts__contract') }}

),

domains as (

    select upper(crs_contract_type) as crs_contract_type, domain from {{ ref('crs_contract_domain') }}

),

-- A referral serves one release: the nearest in time, the earlier of two equally near
-- (definition: geography_provider, geography_referral_domain).
candidates as (

    select
        referrals.referral_id,
        referrals.crs_contract_reference,
        referrals.crs_contract_type,
        referrals._pointer,
        releases.release_id,
        row_number() over (
            partition by referrals.referral_id
            order by
                abs({{ days_between('releases.release_date', 'referrals.received_on') }}),
                releases.release_date,
                releases.release_id
        ) as nearest_first
    from referrals
    inner join persons on {{ reference('referrals.service_user_crn') }} = {{ reference('persons.crn') }}
    inner join releases on persons.person_id = releases.person_id
    where
        {{ days_between('releases.release_date', 'referrals.received_on') }} >= -{{ threshold('crs_before_days', 'releases.release_date') }}
        and {{ days_between('releases.release_date', 'referrals.received_on') }} <= {{ threshold('crs_after_days', 'releases.release_date') }}

)

select
    candidates.referral_id,
    candidates.release_id,
    contracts.contract_id,
    contracts.provider_code as provider,
    coalesce(domains.domain, candidates.crs_contract_type) as domain,
    candidates._pointer
from candidates
inner join contracts on {{ reference('candidates.crs_contract_reference') }} = {{ reference('contracts.contract_id') }}
left join domains on upper(candidates.crs_contract_type) = domains.crs_contract_type
where candidates.nearest_first = 1
