-- A release in a cohort, under a number: what is counted and where it is counted meet on numbers, which is much faster than on
-- long ids. The number of a release goes up with its id, so that what is sorted by release is sorted by number.
with
numbered as (
    select
        release_id,
        person_id,
        release_date,
        cast(row_number() over (order by release_id) as integer) as release_no
    from {{ ref('fct_release') }}
)

select
    cast(row_number() over (order by place.cohort, release.release_no) as integer) as member_no,
    place.cohort,
    release.release_no,
    place.release_id,
    release.person_id,
    {{ month_number('release.release_date') }} as month_number
from {{ ref('int_measure_cohort') }} as place
inner join numbered as release
    on release.release_id = place.release_id
where place.geography_kind = 'nation'
