-- Two releases of one person in one group, at most eleven months apart, both in a denominator: what makes a cohort clustered.
-- Summed over pairs rather than over people, because pairs add up over months as releases do.
with
pair as (
    select
        one.member_no,
        other.member_no as other_member_no
    from {{ ref('int_measure_membership') }} as one
    inner join {{ ref('int_measure_membership') }} as other
        on other.cohort = one.cohort
        and other.person_id = one.person_id
        and other.member_no > one.member_no
        and other.month_number - one.month_number between -11 and 11
),

together as (
    select
        pair.member_no,
        pair.other_member_no,
        one.group_id,
        one.split_no,
        case when one.month_number < other.month_number then one.month_number else other.month_number end as first_month,
        case when one.month_number < other.month_number then other.month_number else one.month_number end as last_month
    from pair
    inner join {{ ref('int_measure_member') }} as one
        on one.member_no = pair.member_no
    inner join {{ ref('int_measure_member') }} as other
        on other.member_no = pair.other_member_no
        and other.group_id = one.group_id
),

-- Both in the denominator; how many of the two are in the numerator.
counted as (
    select
        pair.member_no,
        pair.other_member_no,
        one.measure_no,
        one.category_no,
        one.split_no,
        case when one.in_numerator then 1 else 0 end + case when other.in_numerator then 1 else 0 end as in_numerator
    from pair
    inner join {{ ref('int_measure_unit') }} as one
        on one.member_no = pair.member_no
        and one.in_denominator
    inner join {{ ref('int_measure_unit') }} as other
        on other.member_no = pair.other_member_no
        and other.measure_no = one.measure_no
        and other.category_no = one.category_no
        and other.in_denominator
)

select
    counted.measure_no,
    counted.category_no,
    together.group_id,
    together.first_month,
    together.last_month,
    cast(count(*) as integer) as pairs,
    cast(sum(counted.in_numerator) as integer) as numerators_in_pairs,
    cast(count(case when counted.in_numerator = 2 then 1 end) as integer) as pairs_of_numerators
from together
inner join counted
    on counted.member_no = together.member_no
    and counted.other_member_no = together.other_member_no
    and (together.split_no = counted.split_no or (together.split_no = 0 and counted.category_no = 0))
group by counted.measure_no, counted.category_no, together.group_id, together.first_month, together.last_month
