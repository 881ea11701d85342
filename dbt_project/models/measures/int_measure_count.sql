-- Exact counts of every measure, period, place and value, and how much the repeated releases of people widen the interval.
with
period as (
    select * from {{ ref('int_measure_period') }}
),

counted as (
    select
        month_count.measure_id,
        month_count.category,
        month_count.group_id,
        period.period_grain,
        period.period_start,
        period.period_end,
        sum(month_count.numerator) as numerator,
        sum(month_count.denominator) as denominator,
        sum(month_count.unknown) as unknown,
        sum(month_count.not_yet_due) as not_yet_due,
        sum(month_count.out_of_scope) as out_of_scope,
        sum(month_count.stale) as stale
    from {{ ref('int_measure_month') }} as month_count
    inner join {{ ref('int_measure_group') }} as measure_group
        on measure_group.group_id = month_count.group_id
    inner join period
        on period.month_number = month_count.month_number
        and (measure_group.is_every_grain or period.period_grain = 'year')
    group by
        month_count.measure_id,
        month_count.category,
        month_count.group_id,
        period.period_grain,
        period.period_start,
        period.period_end
),

repeated as (
    select
        repeat.measure_id,
        repeat.category,
        repeat.group_id,
        period.period_grain,
        period.period_start,
        sum(repeat.pairs) as pairs,
        sum(repeat.numerators_in_pairs) as numerators_in_pairs,
        sum(repeat.pairs_of_numerators) as pairs_of_numerators
    from {{ ref('int_measure_repeat') }} as repeat
    inner join {{ ref('int_measure_group') }} as measure_group
        on measure_group.group_id = repeat.group_id
    inner join period
        on period.month_number = repeat.first_month
        and period.last_month >= repeat.last_month
        and (measure_group.is_every_grain or period.period_grain = 'year')
    group by repeat.measure_id, repeat.category, repeat.group_id, period.period_grain, period.period_start
),

median as (
    select
        unit.measure_id,
        member.group_id,
        period.period_grain,
        period.period_start,
        percentile_cont(0.5) within group (order by unit.days) as median_days
    from {{ ref('int_measure_unit') }} as unit
    inner join {{ ref('int_measure_member') }} as member
        on member.cohort = unit.cohort
        and member.release_id = unit.release_id
    inner join {{ ref('int_measure_split') }} as split
        on split.measure_id = unit.measure_id
        and split.group_id = member.group_id
    inner join period
        on period.month_number = member.month_number
        and (split.is_every_grain or period.period_grain = 'year')
    where unit.in_denominator and unit.days is not null
    group by unit.measure_id, member.group_id, period.period_grain, period.period_start
),

maturity as (
    select
        measure.measure_id,
        measure.kind,
        measure.split_by,
        measure.unit,
        measure.direction,
        maturity.mature_through,
        -- Of a measure without a day (who is at large now) no period is ever final.
        coalesce(measure.cohort_day, measure.day) as mature_day
    from {{ ref('measures') }} as measure
    left join {{ ref('int_domain_maturity') }} as maturity
        on maturity.domain = measure.domain
)

select
    counted.measure_id,
    counted.period_grain,
    counted.period_start,
    measure_group.geography_kind,
    measure_group.geography_id,
    case when counted.category = 'all' then measure_group.characteristic else maturity.split_by end as characteristic,
    case when counted.category = 'all' then measure_group.characteristic_value else counted.category end as characteristic_value,
    maturity.unit,
    maturity.direction,
    case when maturity.unit = 'share' then cast(counted.numerator as bigint) end as numerator,
    cast(counted.denominator as bigint) as denominator,
    cast(counted.unknown as bigint) as unknown,
    cast(counted.not_yet_due as bigint) as not_yet_due,
    cast(counted.out_of_scope as bigint) as out_of_scope,
    cast(counted.stale as bigint) as stale,
    median.median_days,
    cast(coalesce(repeated.pairs, 0) as double) as pairs,
    cast(coalesce(repeated.numerators_in_pairs, 0) as double) as numerators_in_pairs,
    cast(coalesce(repeated.pairs_of_numerators, 0) as double) as pairs_of_numerators,
    case
        when {{ add_days('counted.period_end', "maturity.mature_day + cast(" ~ threshold('final_after_days', as_of()) ~ " as integer)") }}
            <= maturity.mature_through then 'final'
        else 'provisional'
    end as status,
    {{ as_of() }} as vintage
from counted
inner join maturity
    on maturity.measure_id = counted.measure_id
inner join {{ ref('int_measure_group') }} as measure_group
    on measure_group.group_id = counted.group_id
left join repeated
    on repeated.measure_id = counted.measure_id
    and repeated.category = counted.category
    and repeated.group_id = counted.group_id
    and repeated.period_grain = counted.period_grain
    and repeated.period_start = counted.period_start
left join median
    on median.measure_id = counted.measure_id
    and median.group_id = counted.group_id
    and median.period_grain = counted.period_grain
    and median.period_start = counted.period_start
