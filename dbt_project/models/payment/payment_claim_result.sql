{%- set answered = fromjson(answered_rules()) -%}
with
counted as (
    {% for model, rules in answered.items() %}
    select
        claim_no,
        {% for r in rules %}case when {{ r | lower }}_now is not null then 1 else 0 end{{ ' + ' if not loop.last }}{% endfor %} as applied,
        {% for r in rules %}case when {{ r | lower }}_now = 'pass' then 1 else 0 end{{ ' + ' if not loop.last }}{% endfor %} as passed
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select claim_no, cast(sum(applied) as integer) as rules_applied, cast(sum(passed) as integer) as rules_passed
    from counted
    group by claim_no
),

-- Each pound once, at the gravest severity that reaches it (definition: payment_money).
gravest as (
    select
        claim_no,
        coalesce(max(case when severity = 'S1' then amount_at_risk end), 0) as most_s1,
        coalesce(max(case when severity = 'S2' then amount_at_risk end), 0) as most_s2,
        coalesce(max(case when severity = 'S3' then amount_at_risk end), 0) as most_s3,
        min(severity || rule_id) as first_failed
    from {{ ref('payment_result') }}
    where result = 'fail'
    group by claim_no
),

-- Mostly one: only of several is there a list to make.
cured as (
    select claim_no, min(rule_id) as first_rule, max(rule_id) as last_rule
    from {{ ref('payment_result') }}
    where result = 'pass' and known_then = 'fail'
    group by claim_no
),

cured_of_several as (
    select result.claim_no, {{ sorted_list('result.rule_id') }} as cured_rules
    from {{ ref('payment_result') }} as result
    inner join cured on cured.claim_no = result.claim_no and cured.first_rule <> cured.last_rule
    where result.result = 'pass' and result.known_then = 'fail'
    group by result.claim_no
)

select
    summed.claim_no,
    summed.rules_applied,
    summed.rules_passed,
    cast(coalesce(gravest.most_s1, 0) as decimal(18, 2)) as s1_amount,
    cast(greatest(coalesce(gravest.most_s2, 0) - coalesce(gravest.most_s1, 0), 0) as decimal(18, 2)) as s2_amount,
    cast(greatest(coalesce(gravest.most_s3, 0) - greatest(coalesce(gravest.most_s2, 0), coalesce(gravest.most_s1, 0)), 0) as decimal(18, 2)) as s3_amount,
    substr(gravest.first_failed, 3) as primary_rule,
    coalesce(cured_of_several.cured_rules, cured.first_rule) as cured_rules
from summed
left join gravest on gravest.claim_no = summed.claim_no
left join cured on cured.claim_no = summed.claim_no
left join cured_of_several on cured_of_several.claim_no = summed.claim_no
