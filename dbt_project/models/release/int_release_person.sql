with
release as (
    select release_id, person_id, offender_book_id, release_date
    from {{ ref('int_release_movement') }}
),

-- The booking's own OFFENDERS row.
prison as (
    select
        release.release_id,
        offender.sex_code,
        offender.race_code,
        {{ usable_birth_date('offender.birth_date', 'placeholder.placeholder_date', 'release.release_date') }} as birth_date
    from release
    inner join {{ ref('int_booking') }} as booking
        on booking.offender_book_id = release.offender_book_id
    inner join {{ ref('stg_nomis__offender') }} as offender
        on offender.offender_id = booking.offender_id
    left join {{ ref('placeholder_date') }} as placeholder
        on placeholder.placeholder_date = offender.birth_date
),

probation_case as (
    select
        release.release_id,
        person_case.offender_id,
        person_case.gender_code,
        person_case.ethnicity_code,
        person_case.has_gender_id,
        person_case.has_ethnicity_id,
        {{ usable_birth_date('offender.date_of_birth_date', 'placeholder.placeholder_date', 'release.release_date') }} as birth_date
    from release
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = release.person_id
    inner join {{ ref('stg_ndelius__offender') }} as offender
        on offender.offender_id = person_case.offender_id
    left join {{ ref('placeholder_date') }} as placeholder
        on placeholder.placeholder_date = offender.date_of_birth_date
),

-- Of several CRNs: the lowest OFFENDER_ID with a usable value (definition: release_several_cases).
probation as (
    {% set characteristics = ['gender_code', 'ethnicity_code', 'birth_date'] %}
    select
        release_id,
        {% for name in characteristics %}
        max(case when {{ name }}_rank = 1 then {{ name }} end) as {{ name }},
        {% endfor %}
        max(case when has_gender_id then 1 else 0 end) = 1 as has_gender_id,
        max(case when has_ethnicity_id then 1 else 0 end) = 1 as has_ethnicity_id
    from (
        select
            *,
            {% for name in characteristics %}
            case when {{ name }} is not null then row_number() over (
                partition by release_id
                order by case when {{ name }} is null then 1 else 0 end, {{ key_order('offender_id') }}, offender_id
            ) end as {{ name }}_rank{{ ',' if not loop.last }}
            {% endfor %}
        from probation_case
    ) as ranked
    group by release_id
),

coded as (
    select
        release.release_id,
        release.release_date,
        prison.sex_code as nomis_sex_code,
        probation.gender_code,
        probation.has_gender_id,
        probation.has_ethnicity_id,
        coalesce(probation.ethnicity_code, prison.race_code) as ethnicity_code,
        coalesce(prison.birth_date, probation.birth_date) as birth_date
    from release
    left join prison
        on prison.release_id = release.release_id
    left join probation
        on probation.release_id = release.release_id
)

-- A delivered code with no meaning of its own, or an id that no list explains, is "Not recorded"; nothing delivered at all is null
-- (definition: release_sex, release_ethnicity).
select
    coded.release_id,
    case
        when coded.nomis_sex_code is not null then coalesce(nomis_sex.sex, 'Not recorded')
        when coded.gender_code is not null then coalesce(delius_sex.sex, 'Not recorded')
        when coded.has_gender_id then 'Not recorded'
    end as sex,
    case
        when coded.ethnicity_code is not null then coalesce(ethnicity_group.ethnicity, 'Not recorded')
        when coded.has_ethnicity_id then 'Not recorded'
    end as ethnicity,
    cast({{ age_in_years('coded.birth_date', 'coded.release_date') }} as integer) as age_at_release
from coded
left join {{ ref('sex_code') }} as nomis_sex
    on nomis_sex.system = 'nomis' and nomis_sex.code = upper(coded.nomis_sex_code)
left join {{ ref('sex_code') }} as delius_sex
    on delius_sex.system = 'ndelius' and delius_sex.code = upper(coded.gender_code)
left join {{ ref('ethnicity_group') }} as ethnicity_group
    on ethnicity_group.first_letter = substr(upper(coded.ethnicity_code), 1, 1)
    -- A word, such as MERGE, is no code.
    and (length(coded.ethnicity_code) = 1 or substr(coded.ethnicity_code, 2, 1) between '0' and '9')
