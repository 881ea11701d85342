{{ config(materialized='view') }}
-- What is counted: each release of each measure, and for recalls split by their own nature once for every category there is.
with
counted as (
    select
        person.measure_no,
        measure.kind,
        measure.split_by,
        measure.split_no,
        measure.category_split_no,
        person.member_no,
        person.in_denominator,
        person.in_numerator,
        person.state = 'unknown' and not person.in_denominator as is_unknown,
        person.state = 'not_yet_due' as is_not_yet_due,
        person.state = 'out_of_scope' as is_out_of_scope,
        person.in_denominator and person.is_stale as is_stale,
        person.days
    from {{ ref('int_measure_person') }} as person
    inner join {{ ref('int_measure_registered') }} as measure
        on measure.measure_no = person.measure_no
)

select
    measure_no,
    0 as category_no,
    split_no,
    member_no,
    in_denominator,
    in_numerator,
    is_unknown,
    is_not_yet_due,
    is_out_of_scope,
    is_stale,
    days
from counted
union all
select
    counted.measure_no,
    listed.category_no,
    counted.category_split_no as split_no,
    counted.member_no,
    counted.in_denominator,
    counted.in_denominator and held.release_id is not null as in_numerator,
    counted.is_unknown,
    counted.is_not_yet_due,
    counted.is_out_of_scope,
    counted.is_stale,
    counted.days
from counted
inner join {{ ref('int_measure_listed') }} as listed
    on listed.split_by = counted.split_by
inner join {{ ref('int_measure_membership') }} as membership
    on membership.member_no = counted.member_no
left join {{ ref('int_measure_category') }} as held
    on held.split_by = listed.split_by
    and held.category = listed.category
    and held.release_id = membership.release_id
where counted.kind = 'composition'
