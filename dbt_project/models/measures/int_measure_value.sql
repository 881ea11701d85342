-- What a release is counted as.
select
    membership.member_no,
    value.value_no,
    value.split_no
from {{ ref('int_measure_characteristic') }} as characteristic
inner join {{ ref('int_measure_membership') }} as membership
    on membership.release_id = characteristic.release_id
inner join (
    select distinct characteristic, characteristic_value, value_no, split_no from {{ ref('int_measure_group') }}
) as value
    on value.characteristic = characteristic.characteristic
    and value.characteristic_value = characteristic.characteristic_value
