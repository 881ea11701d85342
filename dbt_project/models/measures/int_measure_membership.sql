-- A release in a cohort, under a number: what is counted and where it is counted meet on numbers, which is much faster than on
-- long ids.
select
    cast(row_number() over (order by place.cohort, place.release_id) as integer) as member_no,
    place.cohort,
    place.release_id,
    release.person_id,
    {{ month_number('release.release_date') }} as month_number
from {{ ref('int_measure_cohort') }} as place
inner join {{ ref('fct_release') }} as release
    on release.release_id = place.release_id
where place.geography_kind = 'nation'
