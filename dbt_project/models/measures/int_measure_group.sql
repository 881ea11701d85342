-- The groups that figures are printed for: a place and one value of one characteristic, and the grains it is printed at.
with
allowed as (
    select
        breakdown.characteristic,
        place.geography_kind,
        {{ in_list('place.geography_kind', 'breakdown.every_grain_at') }} as is_every_grain
    from {{ ref('breakdowns') }} as breakdown
    cross join (select distinct geography_kind from {{ ref('int_measure_cohort') }}) as place
    where {{ in_list('place.geography_kind', 'breakdown.every_grain_at') }}
        or {{ in_list('place.geography_kind', 'breakdown.year_only_at') }}
),

place as (
    select distinct geography_kind, geography_id
    from {{ ref('int_measure_cohort') }}
),

split as (
    select distinct characteristic, characteristic_value
    from {{ ref('int_measure_characteristic') }}
)

select
    cast(row_number() over (
        order by place.geography_kind, place.geography_id, split.characteristic, split.characteristic_value
    ) as integer) as group_id,
    place.geography_kind,
    place.geography_id,
    split.characteristic,
    split.characteristic_value,
    allowed.is_every_grain
from place
inner join allowed
    on allowed.geography_kind = place.geography_kind
inner join split
    on split.characteristic = allowed.characteristic
