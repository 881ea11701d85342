with
release as (
    select
        person_case.person_id,
        release.release_id as delius_release_id,
        release.custody_id,
        cast(release.actual_release_date as date) as actual_release_date,
        upper(reference.code) as release_type_code,
        release._pointer
    from {{ ref('stg_ndelius__release') }} as release
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = release.offender_id
    left join {{ ref('int_reference') }} as reference
        on reference.kind = 'RELEASE_TYPE' and reference.id = release.release_type_id
)

-- Release on temporary licence is never a release.
select
    release.person_id,
    release.delius_release_id,
    release.custody_id,
    custody.disposal_id,
    release.actual_release_date,
    release._pointer
from release
left join {{ ref('stg_ndelius__custody') }} as custody
    on custody.custody_id = release.custody_id
left join {{ ref('delius_release_type') }} as release_type
    on upper(release_type.code) = release.release_type_code
where release.actual_release_date is not null
    and coalesce(release_type.is_release, true)
