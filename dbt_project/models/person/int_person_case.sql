with
link as (
    select source_key as offender_id, person_id
    from {{ ref('person_link') }}
    where source = 'ndelius'
)

select
    link.person_id,
    link.offender_id,
    gender.code as gender_code,
    ethnicity.code as ethnicity_code,
    offender.gender_id is not null as has_gender_id,
    offender.ethnicity_id is not null as has_ethnicity_id,
    offender.deceased_date,
    coalesce(offender.current_restriction, 'N') = 'Y' as is_under_restriction,
    coalesce(offender.current_exclusion, 'N') = 'Y' as is_under_exclusion
from link
inner join {{ ref('stg_ndelius__offender') }} as offender
    on offender.offender_id = link.offender_id
left join {{ ref('int_reference') }} as gender
    on gender.kind = 'GENDER' and gender.id = offender.gender_id
left join {{ ref('int_reference') }} as ethnicity
    on ethnicity.kind = 'ETHNICITY' and ethnicity.id = offender.ethnicity_id
