-- Every period with the whole months it is made of. Rolling windows are n whole months, the first starting with the first
-- month of releases, the last ending with the month of the as-of day (definition: result_rows).
with recursive
bounds as (
    select
        {{ month_number('min(release_date)') }} as first_month,
        case
            when {{ month_number(as_of()) }} < {{ month_number('max(release_date)') }} + 11 then {{ month_number(as_of()) }}
            else {{ month_number('max(release_date)') }} + 11
        end as last_month
    from {{ ref('fct_release') }}
),

-- From the April before, so that a year is whole.
spine as (
    select first_month - (first_month + 9) % 12 as month_number, first_month, last_month
    from bounds
    where first_month is not null
    union all
    select month_number + 1 as month_number, first_month, last_month
    from spine
    where month_number < last_month
),

period_months as (
    select 'month' as period_grain, 1 as months, month_number as first_month, month_number from spine
    union all
    select 'quarter' as period_grain, 3 as months, month_number - month_number % 3 as first_month, month_number from spine
    union all
    -- April is month 3 when counting from nought.
    select 'year' as period_grain, 12 as months, month_number - (month_number + 9) % 12 as first_month, month_number from spine
    union all
    select
        case windows.months when 3 then 'roll3' else 'roll12' end as period_grain,
        windows.months,
        opening.month_number as first_month,
        spine.month_number
    from spine as opening
    cross join (select 3 as months union all select 12 as months) as windows
    inner join spine
        on spine.month_number between opening.month_number and opening.month_number + windows.months - 1
    where opening.month_number >= opening.first_month
        and opening.month_number + windows.months - 1 <= opening.last_month
)

select
    cast(dense_rank() over (order by months, period_grain, first_month) as integer) as period_no,
    period_grain,
    -- What int_measure_group.finest is held against.
    case period_grain when 'year' then 3 when 'quarter' then 2 else 1 end as coarseness,
    {{ grain_bit('period_grain') }} as grain_bit,
    {{ month_start('first_month') }} as period_start,
    {{ add_days(month_start('first_month + months'), -1) }} as period_end,
    first_month,
    first_month + months - 1 as last_month,
    month_number
from period_months
