-- Which groups a measure is printed for. A measure with a split of its own has that one and the total; where the split is by
-- the nature of the recall (a composition), its categories take the place of the groups' values, within the total's groups.
select
    measure.measure_id,
    measure_group.group_id,
    measure_group.is_every_grain
from {{ ref('measures') }} as measure
cross join {{ ref('int_measure_group') }} as measure_group
where measure_group.characteristic = 'all'
    or (measure.kind <> 'composition' and measure_group.characteristic = measure.split_by)
    or (
        measure.split_by is null
        and not exists (
            select 1 from {{ ref('measures') }} as other where other.split_by = measure_group.characteristic
        )
    )
