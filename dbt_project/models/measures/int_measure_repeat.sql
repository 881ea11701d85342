-- Two releases of one person in one group, at most eleven months apart, both in a denominator: what makes a cohort clustered.
-- Summed over pairs rather than over people, because pairs add up over months as releases do.
with
counted as (
    select cohort, measure_id, category, release_id, case when in_numerator then 1 else 0 end as y
    from {{ ref('int_measure_unit') }}
    where in_denominator
),

repeat_person as (
    select person_id
    from {{ ref('fct_release') }}
    group by person_id
    having count(*) > 1
),

member as (
    select member.cohort, member.person_id, member.release_id, member.month_number, member.group_id
    from {{ ref('int_measure_member') }} as member
    inner join repeat_person
        on repeat_person.person_id = member.person_id
),

pair as (
    select
        one.cohort,
        one.group_id,
        one.release_id,
        one.month_number,
        other.release_id as other_release_id,
        other.month_number as other_month_number
    from member as one
    inner join member as other
        on other.cohort = one.cohort
        and other.person_id = one.person_id
        and other.group_id = one.group_id
        and other.release_id > one.release_id
        and other.month_number - one.month_number between -11 and 11
)

select
    one.measure_id,
    one.category,
    pair.group_id,
    case when pair.month_number < pair.other_month_number then pair.month_number else pair.other_month_number end as first_month,
    case when pair.month_number < pair.other_month_number then pair.other_month_number else pair.month_number end as last_month,
    count(*) as pairs,
    sum(one.y + other.y) as numerators_in_pairs,
    sum(one.y * other.y) as pairs_of_numerators
from pair
inner join counted as one
    on one.cohort = pair.cohort
    and one.release_id = pair.release_id
inner join counted as other
    on other.measure_id = one.measure_id
    and other.category = one.category
    and other.release_id = pair.other_release_id
inner join {{ ref('int_measure_split') }} as split
    on split.measure_id = one.measure_id
    and split.group_id = pair.group_id
group by
    one.measure_id,
    one.category,
    pair.group_id,
    case when pair.month_number < pair.other_month_number then pair.month_number else pair.other_month_number end,
    case when pair.month_number < pair.other_month_number then pair.other_month_number else pair.month_number end
