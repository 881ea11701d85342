with
due as (
    select
        due.booking_id,
        due.person_id,
        due.planned_date,
        due.as_of,
        due.releasing_prison,
        officer.supervising_region
    from {{ ref('int_due_release') }} as due
    left join {{ ref('int_due_officer') }} as officer
        on officer.booking_id = due.booking_id
),

contract as (
    select contract_id, provider_code, lower(contract_type) as contract_type, upper(area_code) as area_code, from_date, to_date
    from {{ ref('stg_contracts__contract') }}
),

-- Prison contracts ended with the unification of probation.
unification as (
    select date as first_day_without from {{ ref('policy_break') }} where break_id = 'unification'
),

of_prison as (
    select
        due.booking_id,
        contract.provider_code as provider,
        coalesce(contract.area_code = due.supervising_region, false) as is_area_of_supervision,
        count(*) over (partition by due.booking_id) as contracts,
        sum(case when contract.area_code = due.supervising_region then 1 else 0 end) over (partition by due.booking_id) as contracts_of_area
    from due
    inner join {{ ref('stg_contracts__contract_prison') }} as contract_prison
        on upper(contract_prison.prison_code) = due.releasing_prison
        and due.planned_date >= contract_prison.from_date
        and due.planned_date <= coalesce(contract_prison.to_date, due.planned_date)
    inner join contract
        on {{ reference('contract.contract_id') }} = {{ reference('contract_prison.contract_id') }}
        and contract.contract_type = 'ttg'
        and due.planned_date >= coalesce(contract.from_date, due.planned_date)
        and due.planned_date <= coalesce(contract.to_date, due.planned_date)
    inner join unification
        on due.planned_date < unification.first_day_without
),

-- Referred for this release: received in the weeks before it, and already known.
of_referral as (
    select
        due.booking_id,
        contract.provider_code as provider,
        row_number() over (
            partition by due.booking_id order by referral.date_referral_received desc, referral.referral_id desc
        ) as latest_first
    from due
    inner join {{ ref('person_link') }} as person
        on person.person_id = due.person_id and person.source = 'crn'
    inner join {{ ref('stg_refer_and_monitor__referral') }} as referral
        on {{ reference('referral.service_user_crn') }} = {{ reference('person.source_key') }}
        and cast(referral.date_referral_received as date) <= due.as_of
        and {{ days_between('cast(referral.date_referral_received as date)', 'due.planned_date') }}
            <= {{ threshold('crs_before_days', 'due.planned_date') }}
    inner join contract
        on {{ reference('contract.contract_id') }} = {{ reference('referral.crs_contract_reference') }}
),

relation as (
    select booking_id, provider, 'prison_contract' as provider_basis, 1 as rank_of_basis
    from of_prison
    where contracts = 1 or (is_area_of_supervision and contracts_of_area = 1)
    union all
    select booking_id, provider, 'crs_referral' as provider_basis, 2 as rank_of_basis
    from of_referral
    where latest_first = 1
)

select booking_id, provider, provider_basis
from (
    select
        relation.*,
        row_number() over (partition by booking_id order by rank_of_basis, provider) as first_basis
    from relation
) as ranked
where first_basis = 1
