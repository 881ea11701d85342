-- Where a release is counted. The places are those of a cohort: a payment measure knows the provider of the claim, the others any
-- provider of the release.
select
    membership.member_no,
    place.place_no
from {{ ref('int_measure_cohort') }} as cohort
inner join {{ ref('int_measure_membership') }} as membership
    on membership.cohort = cohort.cohort
    and membership.release_id = cohort.release_id
inner join (select distinct geography_kind, geography_id, place_no from {{ ref('int_measure_group') }}) as place
    on place.geography_kind = cohort.geography_kind
    and place.geography_id = cohort.geography_id
