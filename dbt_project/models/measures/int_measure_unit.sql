-- What is counted: each release of each measure, and for recalls split by their own nature once for every category there is.
with
measure as (
    select
        measure_id,
        kind,
        split_by,
        case when is_payment then cohort else 'releases' end as cohort
    from {{ ref('measures') }}
)

select
    person.measure_id,
    measure.cohort,
    'all' as category,
    person.release_id,
    person.in_denominator,
    person.in_numerator,
    person.state,
    person.is_stale,
    person.days
from {{ ref('fct_measure_person') }} as person
inner join measure
    on measure.measure_id = person.measure_id
union all
select
    person.measure_id,
    measure.cohort,
    listed.category,
    person.release_id,
    person.in_denominator,
    person.in_denominator and held.release_id is not null as in_numerator,
    person.state,
    person.is_stale,
    person.days
from {{ ref('fct_measure_person') }} as person
inner join measure
    on measure.measure_id = person.measure_id and measure.kind = 'composition'
inner join (select distinct split_by, category from {{ ref('int_measure_category') }}) as listed
    on listed.split_by = measure.split_by
left join {{ ref('int_measure_category') }} as held
    on held.split_by = listed.split_by
    and held.category = listed.category
    and held.release_id = person.release_id
