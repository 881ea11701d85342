-- Service levels worked out from the records of prison and provider, whatever was reported (definition: payment_level).
with
counted as (
    select contract_reference, code, period, count(*) as denominator, count(case when is_done then 1 end) as numerator
    from {{ ref('payment_due') }}
    group by contract_reference, code, period
),

report as (
    select {{ reference('contract_id') }} as contract_reference, {{ reference('code') }} as code, {{ reference('period') }} as period, max(reported_value) as reported_value
    from {{ ref('stg_contracts__service_level_report') }}
    group by {{ reference('contract_id') }}, {{ reference('code') }}, {{ reference('period') }}
),

credit as (
    select contract_reference, code, period_reference as period, -amount as credit_given
    from {{ ref('payment_credit_line') }}
),

worked_out as (
    select
        agreed.*,
        counted.denominator,
        counted.numerator,
        cast(cast(counted.numerator * 100 as decimal(18, 6)) / counted.denominator as decimal(9, 1)) as level_value,
        cast(report.reported_value as decimal(18, 4)) as reported_value,
        coalesce(credit.credit_given, 0) as credit_given
    from {{ ref('payment_agreed_level') }} as agreed
    left join counted
        on counted.contract_reference = agreed.contract_reference and counted.code = agreed.code and counted.period = agreed.period
    left join report on report.contract_reference = agreed.contract_reference and report.code = agreed.code and report.period = agreed.period
    left join credit on credit.contract_reference = agreed.contract_reference and credit.code = agreed.code and credit.period = agreed.period
)

select
    contract_reference,
    code,
    kind,
    period,
    start_date,
    end_date,
    threshold,
    denominator,
    numerator,
    level_value,
    reported_value,
    cast(least(cast(credit_cap as decimal(18, 2)), cast(greatest(ceil(cast(threshold as decimal(18, 4)) - level_value), 0) * credit_per_point as decimal(18, 2))) as decimal(18, 2)) as credit_due,
    cast(least(cast(credit_cap as decimal(18, 2)), cast(greatest(ceil(cast(threshold as decimal(18, 4)) - reported_value), 0) * credit_per_point as decimal(18, 2))) as decimal(18, 2)) as credit_on_report,
    cast(credit_given as decimal(18, 2)) as credit_given
from worked_out
