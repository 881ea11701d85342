-- Counts of each measure by month and group: every longer period is a sum of months. Groups printed by year only are counted
-- at once for the year, under its April.
select
    unit.measure_id,
    unit.category,
    member.group_id,
    case
        when split.is_every_grain then member.month_number
        else member.month_number - (member.month_number + 9) % 12
    end as month_number,
    count(case when unit.in_numerator then 1 end) as numerator,
    count(case when unit.in_denominator then 1 end) as denominator,
    count(case when unit.state = 'unknown' and not unit.in_denominator then 1 end) as unknown,
    count(case when unit.state = 'not_yet_due' then 1 end) as not_yet_due,
    count(case when unit.state = 'out_of_scope' then 1 end) as out_of_scope,
    count(case when unit.in_denominator and unit.is_stale then 1 end) as stale
from {{ ref('int_measure_unit') }} as unit
inner join {{ ref('int_measure_member') }} as member
    on member.cohort = unit.cohort
    and member.release_id = unit.release_id
inner join {{ ref('int_measure_split') }} as split
    on split.measure_id = unit.measure_id
    and split.group_id = member.group_id
group by
    unit.measure_id,
    unit.category,
    member.group_id,
    case
        when split.is_every_grain then member.month_number
        else member.month_number - (member.month_number + 9) % 12
    end
