-- Which groups a release belongs to. The places are those of a cohort: a payment measure knows the provider of the claim,
-- the others any provider of the release.
select
    place.cohort,
    release.person_id,
    place.release_id,
    {{ month_number('release.release_date') }} as month_number,
    measure_group.group_id
from {{ ref('int_measure_cohort') }} as place
inner join {{ ref('fct_release') }} as release
    on release.release_id = place.release_id
inner join {{ ref('int_measure_characteristic') }} as characteristic
    on characteristic.release_id = place.release_id
inner join {{ ref('int_measure_group') }} as measure_group
    on measure_group.geography_kind = place.geography_kind
    and measure_group.geography_id = place.geography_id
    and measure_group.characteristic = characteristic.characteristic
    and measure_group.characteristic_value = characteristic.characteristic_value
