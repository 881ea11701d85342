-- Which groups a release belongs to. The places are those of a cohort: a payment measure knows the provider of the claim,
-- the others any provider of the release. Groups printed by year only are counted at once for the year, under its April.
select
    membership.member_no,
    measure_group.group_id,
    measure_group.split_no,
    case
        when measure_group.finest < 3 then membership.month_number
        else membership.month_number - (membership.month_number + 9) % 12
    end as month_number
from {{ ref('int_measure_cohort') }} as place
inner join {{ ref('int_measure_membership') }} as membership
    on membership.cohort = place.cohort
    and membership.release_id = place.release_id
inner join {{ ref('int_measure_characteristic') }} as characteristic
    on characteristic.release_id = place.release_id
inner join {{ ref('int_measure_group') }} as measure_group
    on measure_group.geography_kind = place.geography_kind
    and measure_group.geography_id = place.geography_id
    and measure_group.characteristic = characteristic.characteristic
    and measure_group.characteristic_value = characteristic.characteristic_value
