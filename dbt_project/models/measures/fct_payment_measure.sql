{%- set places = {'nation': "'EW'", 'provider': 'provider', 'contract': 'contract_id', 'task': 'task_code', 'prison': 'prison'} -%}
{%- set grains = {'month': 'month_number', 'quarter': 'month_number - month_number % 3', 'year': 'month_number - (month_number + 9) % 12'} -%}
with
-- Work is counted once a claim or once a plan that was due: counts of months can be added up.
work as (
    select
        measure_id,
        provider,
        contract_id,
        task_code,
        prison,
        {{ month_number('day') }} as month_number,
        count(case when state = 'yes' then 1 end) as numerator,
        count(case when state = 'yes' and is_sure then 1 end) as sure,
        count(case when state in ('yes', 'no') then 1 end) as denominator,
        count(case when state = 'unknown' then 1 end) as unknown,
        count(case when state = 'not_yet_due' then 1 end) as not_yet_due,
        sum(amount) as amount,
        sum(amount_counted) as amount_counted
    from {{ ref('int_payment_work') }}
    where day is not null
    group by measure_id, provider, contract_id, task_code, prison, {{ month_number('day') }}
),

-- A release counts once in each place, however many claims lead to it.
released as (
    select
        measure_id,
        cohort,
        unit,
        provider,
        contract_id,
        task_code,
        prison,
        {{ month_number('day') }} as month_number,
        state,
        expected,
        amount
    from {{ ref('int_payment_release') }}
    where day is not null and (state <> 'out_of_scope' or amount is not null)
),

-- How many of a provider's would count if they had done as people like them did, wherever these were; a release once. Chances add up as decimals:
-- a sum of floats hangs on the order in which they come.
alike as (
    {% for grain, first_month in grains.items() %}
    select measure_id, cohort, '{{ grain }}' as period_grain, {{ first_month }} as first_month, 'provider' as geography_kind, provider as geography_id, sum(cast(expected as decimal(18, 12))) as expected
    from (select distinct measure_id, cohort, unit, provider, month_number, expected from released where expected is not null) as once
    group by measure_id, cohort, {{ first_month }}, provider
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    {% for kind, place in places.items() %}
    {% set outer = not loop.last %}
    {% for grain, first_month in grains.items() %}
    select
        measure_id,
        'paid' as cohort,
        '{{ grain }}' as period_grain,
        {{ first_month }} as first_month,
        '{{ kind }}' as geography_kind,
        {{ place }} as geography_id,
        sum(numerator) as numerator,
        sum(sure) as numerator_sure,
        sum(denominator) as denominator,
        sum(unknown) as unknown,
        sum(not_yet_due) as not_yet_due,
        sum(amount) as amount,
        sum(amount_counted) as amount_counted
    from work
    where {{ place }} is not null
    group by measure_id, {{ first_month }}, {{ place }}
    union all
    select
        measure_id,
        cohort,
        '{{ grain }}' as period_grain,
        {{ first_month }} as first_month,
        '{{ kind }}' as geography_kind,
        {{ place }} as geography_id,
        count(distinct case when state = 'yes' then unit end) as numerator,
        count(distinct case when state = 'yes' then unit end) as numerator_sure,
        count(distinct case when state in ('yes', 'no') then unit end) as denominator,
        count(distinct case when state = 'unknown' then unit end) as unknown,
        count(distinct case when state = 'not_yet_due' then unit end) as not_yet_due,
        sum(amount) as amount,
        sum(case when state = 'yes' then amount end) as amount_counted
    from released
    where {{ place }} is not null
    group by measure_id, cohort, {{ first_month }}, {{ place }}
    {{ 'union all' if outer or not loop.last }}
    {% endfor %}
    {% endfor %}
),

shared as (
    select
        counted.*,
        alike.expected,
        case when counted.denominator > 0 then cast(counted.numerator as double) / cast(counted.denominator as double) end as share,
        {{ threshold('confidence_z', as_of()) }} as z
    from counted
    left join alike
        on alike.geography_kind = counted.geography_kind and alike.geography_id = counted.geography_id and alike.measure_id = counted.measure_id
        and alike.cohort = counted.cohort and alike.period_grain = counted.period_grain and alike.first_month = counted.first_month
)

select
    measure_id,
    cohort,
    period_grain,
    {{ month_start('first_month') }} as period_start,
    geography_kind,
    geography_id,
    cast(numerator as bigint) as numerator,
    cast(numerator_sure as bigint) as numerator_sure,
    cast(denominator as bigint) as denominator,
    cast(expected as double) as expected,
    case when denominator > 0 then {{ wilson_lower('share', 'denominator', 'z') }} end as lower,
    case when denominator > 0 then {{ wilson_upper('share', 'denominator', 'z') }} end as upper,
    cast(unknown as bigint) as unknown,
    cast(not_yet_due as bigint) as not_yet_due,
    cast(amount as decimal(18, 2)) as amount,
    cast(amount_counted as decimal(18, 2)) as amount_counted
from shared
