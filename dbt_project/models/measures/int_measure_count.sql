-- Exact counts of every measure, period and group, and how much the repeated releases of people widen the interval.
with
period as (
    select * from {{ ref('int_measure_period') }}
),

counted as (
    select
        month_count.measure_no,
        month_count.category_no,
        month_count.group_id,
        period.period_no,
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
        and period.coarseness >= measure_group.finest
    group by month_count.measure_no, month_count.category_no, month_count.group_id, period.period_no
),

repeated as (
    select
        repeat.measure_no,
        repeat.category_no,
        repeat.group_id,
        period.period_no,
        sum(repeat.pairs) as pairs,
        sum(repeat.numerators_in_pairs) as numerators_in_pairs,
        sum(repeat.pairs_of_numerators) as pairs_of_numerators
    from {{ ref('int_measure_repeat') }} as repeat
    inner join {{ ref('int_measure_group') }} as measure_group
        on measure_group.group_id = repeat.group_id
    inner join period
        on period.month_number = repeat.first_month
        and period.last_month >= repeat.last_month
        and period.coarseness >= measure_group.finest
    group by repeat.measure_no, repeat.category_no, repeat.group_id, period.period_no
),

median as (
    select
        unit.measure_no,
        member.group_id,
        period.period_no,
        percentile_cont(0.5) within group (order by unit.days) as median_days
    from {{ ref('int_measure_unit') }} as unit
    inner join {{ ref('int_measure_member') }} as member
        on member.member_no = unit.member_no
        and (member.split_no = unit.split_no or (member.split_no = 0 and unit.category_no = 0))
    inner join {{ ref('int_measure_group') }} as measure_group
        on measure_group.group_id = member.group_id
    inner join period
        on period.month_number = member.month_number
        and period.coarseness >= measure_group.finest
    where unit.in_denominator and unit.days is not null
    group by unit.measure_no, member.group_id, period.period_no
)

select
    counted.measure_no,
    counted.category_no,
    counted.group_id,
    counted.period_no,
    cast(counted.numerator as integer) as numerator,
    cast(counted.denominator as integer) as denominator,
    cast(counted.unknown as integer) as unknown,
    cast(counted.not_yet_due as integer) as not_yet_due,
    cast(counted.out_of_scope as integer) as out_of_scope,
    cast(counted.stale as integer) as stale,
    median.median_days,
    cast(coalesce(repeated.pairs, 0) as integer) as pairs,
    cast(coalesce(repeated.numerators_in_pairs, 0) as integer) as numerators_in_pairs,
    cast(coalesce(repeated.pairs_of_numerators, 0) as integer) as pairs_of_numerators
from counted
left join repeated
    on repeated.measure_no = counted.measure_no
    and repeated.category_no = counted.category_no
    and repeated.group_id = counted.group_id
    and repeated.period_no = counted.period_no
left join median
    on median.measure_no = counted.measure_no
    and median.group_id = counted.group_id
    and median.period_no = counted.period_no
