{{ config(materialized='view') }}
select
    measure.measure_id,
    membership.release_id,
    membership.release_no,
    person.in_denominator,
    person.in_numerator,
    person.state,
    person.reason,
    person.evidence_date,
    person.is_stale,
    person.days
from {{ ref('int_measure_person') }} as person
inner join {{ ref('int_measure_registered') }} as measure
    on measure.measure_no = person.measure_no
inner join {{ ref('int_measure_membership') }} as membership
    on membership.member_no = person.member_no
