with
claim as (
    select
        claim._source as source,
        claim.claim_id,
        claim.task_date,
        link.person_id
    from {{ ref('stg_provider__claim') }} as claim
    inner join (
        select source, {{ reference('source_key') }} as person_reference, min(person_id) as person_id
        from {{ ref('person_link') }}
        group by source, {{ reference('source_key') }}
    ) as link
        on link.source = claim._source and link.person_reference = {{ reference('claim.person_ref') }}
),

-- The prison's own row first, then that of the lowest case (definition: release_age, release_sex).
described as (
    select
        link.person_id,
        0 as place,
        offender.offender_id as key,
        offender.birth_date,
        case when offender.sex_code is not null then coalesce(sex_code.sex, 'Not recorded') end as sex
    from {{ ref('person_link') }} as link
    inner join {{ ref('stg_nomis__offender') }} as offender on offender.offender_id = link.source_key
    left join {{ ref('sex_code') }} as sex_code on sex_code.system = 'nomis' and sex_code.code = upper(offender.sex_code)
    where link.source = 'nomis'
    union all
    select
        link.person_id,
        1 as place,
        offender.offender_id as key,
        offender.date_of_birth_date as birth_date,
        cast(null as {{ dbt.type_string() }}) as sex
    from {{ ref('person_link') }} as link
    inner join {{ ref('stg_ndelius__offender') }} as offender on offender.offender_id = link.source_key
    where link.source = 'ndelius'
),

aged as (
    select
        claim.source,
        claim.claim_id,
        described.sex,
        described.place,
        described.key,
        cast({{ age_in_years(usable_birth_date('described.birth_date', 'placeholder.placeholder_date', 'claim.task_date'), 'claim.task_date') }} as integer) as age
    from claim
    inner join described on described.person_id = claim.person_id
    left join {{ ref('placeholder_date') }} as placeholder on placeholder.placeholder_date = described.birth_date
),

placed as (
    select
        source,
        claim_id,
        place,
        age,
        sex,
        row_number() over (
            partition by source, claim_id, place order by case when age is null then 1 else 0 end, {{ key_order('key') }}, key
        ) as age_place,
        row_number() over (
            partition by source, claim_id, place order by case when sex is null then 1 else 0 end, {{ key_order('key') }}, key
        ) as sex_place
    from aged
)

select
    source,
    claim_id,
    max(case when place = 0 and age_place = 1 then age end) as age_by_prison,
    max(case when place = 1 and age_place = 1 then age end) as age_by_probation,
    max(case when place = 0 and sex_place = 1 then sex end) as sex_by_prison
from placed
group by source, claim_id
