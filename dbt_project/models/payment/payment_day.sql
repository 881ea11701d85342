with
digit as (
    {% for n in range(10) %}select {{ n }} as n {{ 'union all' if not loop.last }} {% endfor %}
),

numbered as (
    select cast(one.n + 10 * ten.n + 100 * hundred.n + 1000 * thousand.n as integer) as n
    from digit as one
    cross join digit as ten
    cross join digit as hundred
    cross join digit as thousand
),

-- From the first year that bank holidays are known of.
dated as (
    select n, {{ add_days("cast('2015-01-01' as date)", 'n') }} as day, (n + 3) % 7 as weekday
    from numbered
),

told as (
    select
        dated.day,
        dated.weekday < 5 and bank_holiday.day is null as is_working_day,
        -- Clocks go forward at one on the last Sunday of March and back at two on the last of October.
        case
            when dated.weekday = 6 and extract(day from dated.day) >= 25 and extract(month from dated.day) = 3 then 'from one'
            when dated.weekday = 6 and extract(day from dated.day) >= 25 and extract(month from dated.day) = 10 then 'until two'
        end as change,
        extract(month from dated.day) as month,
        extract(day from dated.day) - dated.weekday as last_monday
    from dated
    left join {{ ref('bank_holiday') }} as bank_holiday on bank_holiday.day = dated.day
)

-- The last Sunday before a day of March or October is over once the week of the day begins after the 25th.
select
    day,
    is_working_day,
    sum(case when is_working_day then 1 else 0 end) over (order by day) as working_days_so_far,
    case
        when change is not null then change
        when month between 4 and 9 then 'all'
        when month = 3 and last_monday > 25 then 'all'
        when month = 10 and last_monday <= 25 then 'all'
        else 'none'
    end as summer_time
from told
