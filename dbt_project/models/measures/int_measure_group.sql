-- The groups that figures are printed for: a place and one value of one characteristic. `finest` is the shortest period printed:
-- 1 every grain, 2 quarters and years, 3 years. `split_no` says which measures are printed for the group: 0 all of them, 1 those
-- without a split of their own, else those whose own split it is. `printed_grains` are the periods that protected figures are printed
-- for, as bits (int_measure_period.grain_bit).
with
allowed as (
    select
        breakdown.characteristic,
        case
            when breakdown.characteristic = 'all' then 0
            when exists (select 1 from {{ ref('measures') }} as measure where measure.split_by = breakdown.characteristic)
                then breakdown.sort_order
            else 1
        end as split_no,
        place.geography_kind,
        case
            when {{ in_list('place.geography_kind', 'breakdown.every_grain_at') }} then 1
            when {{ in_list('place.geography_kind', 'breakdown.longer_grains_at') }} then 2
            when {{ in_list('place.geography_kind', 'breakdown.year_only_at') }} then 3
        end as finest
    from {{ ref('breakdowns') }} as breakdown
    cross join (select distinct geography_kind from {{ ref('int_measure_cohort') }}) as place
),

place as (
    select distinct geography_kind, geography_id
    from {{ ref('int_measure_cohort') }}
),

split as (
    select distinct characteristic, characteristic_value
    from {{ ref('int_measure_characteristic') }}
),

printed as (
    select characteristic, geography_kind, cast(sum({{ grain_bit('period_grain') }}) as integer) as printed_grains
    from {{ ref('published_grid') }}
    group by characteristic, geography_kind
)

select
    cast(row_number() over (
        order by place.geography_kind, place.geography_id, split.characteristic, split.characteristic_value
    ) as integer) as group_id,
    cast(dense_rank() over (order by place.geography_kind, place.geography_id) as integer) as place_no,
    cast(dense_rank() over (order by split.characteristic, split.characteristic_value) as integer) as value_no,
    place.geography_kind,
    place.geography_id,
    split.characteristic,
    split.characteristic_value,
    allowed.split_no,
    allowed.finest,
    coalesce(printed.printed_grains, 0) as printed_grains
from place
inner join allowed
    on allowed.geography_kind = place.geography_kind
    and allowed.finest is not null
inner join split
    on split.characteristic = allowed.characteristic
left join printed
    on printed.characteristic = allowed.characteristic
    and printed.geography_kind = allowed.geography_kind
