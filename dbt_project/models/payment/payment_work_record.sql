-- Of nobody else is it asked what they worked.
with
claimed as (
    select distinct person_case.offender_id
    from {{ ref('payment_claim') }} as claim
    inner join {{ ref('int_person_case') }} as person_case on person_case.person_id = claim.person_id
    where claim.domain = 'employment'
),

version as (
    select version.*
    from {{ ref('stg_ndelius__personal_circumstance_version') }} as version
    inner join claimed on claimed.offender_id = version.offender_id
),

{{ work_record('version', ['_known_from', '_maybe_from', '_known_to']) }}
