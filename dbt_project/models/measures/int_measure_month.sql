-- Counts of each measure by month and group: every longer period is a sum of months.
select
    unit.measure_no,
    unit.category_no,
    member.group_id,
    member.month_number,
    cast(count(case when unit.in_numerator then 1 end) as integer) as numerator,
    cast(count(case when unit.in_denominator then 1 end) as integer) as denominator,
    cast(count(case when unit.is_unknown then 1 end) as integer) as unknown,
    cast(count(case when unit.is_not_yet_due then 1 end) as integer) as not_yet_due,
    cast(count(case when unit.is_out_of_scope then 1 end) as integer) as out_of_scope,
    cast(count(case when unit.is_stale then 1 end) as integer) as stale
from {{ ref('int_measure_unit') }} as unit
inner join {{ ref('int_measure_member') }} as member
    on member.member_no = unit.member_no
    and (member.split_no = unit.split_no or (member.split_no = 0 and unit.category_no = 0))
group by unit.measure_no, unit.category_no, member.group_id, member.month_number
