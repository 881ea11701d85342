-- Which groups a release belongs to: those of its places and values, met on numbers.
-- Groups printed by year only are counted at once for the year, under its April.
select
    membership.member_no,
    measure_group.group_id,
    measure_group.split_no,
    case
        when measure_group.finest < 3 then membership.month_number
        else membership.month_number - (membership.month_number + 9) % 12
    end as month_number
from {{ ref('int_measure_place') }} as place
inner join {{ ref('int_measure_membership') }} as membership
    on membership.member_no = place.member_no
inner join {{ ref('int_measure_value') }} as value
    on value.member_no = place.member_no
inner join {{ ref('int_measure_group') }} as measure_group
    on measure_group.place_no = place.place_no
    and measure_group.value_no = value.value_no
    and measure_group.split_no = value.split_no
