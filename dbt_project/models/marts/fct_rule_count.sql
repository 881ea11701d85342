{%- set answered = fromjson(answered_rules()) -%}
with
-- The answers of each model are gone through once.
{% for model, rules in answered.items() %}
of_{{ model }} as (
    select
        claim.contract_id,
        claim.provider
        {%- for rule in rules %}
        {%- set r = rule | lower %},
        count(case when answer.{{ r }}_now = 'pass' then 1 end) as {{ r }}_passed,
        count(case when answer.{{ r }}_now = 'fail' then 1 end) as {{ r }}_failed,
        count(case when answer.{{ r }}_now not in ('pass', 'fail', 'not_due') then 1 end) as {{ r }}_unknown,
        count(case when answer.{{ r }}_now = 'not_due' then 1 end) as {{ r }}_not_yet_due
        {%- endfor %}
    from {{ ref(model) }} as answer
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = answer.claim_no
    group by claim.contract_id, claim.provider
),

{% endfor %}
counted as (
    {% for model, rules in answered.items() %}
    {% for rule in rules %}
    {% set r = rule | lower %}
    select
        '{{ rule }}' as rule_id,
        contract_id,
        provider,
        {{ r }}_passed as passed,
        {{ r }}_failed as failed,
        {{ r }}_unknown as unknown,
        {{ r }}_not_yet_due as not_yet_due
    from of_{{ model }}
    union all
    {% endfor %}
    {% endfor %}
    select
        rule_id,
        contract_id,
        provider,
        count(case when result = 'pass' then 1 end) as passed,
        count(case when result = 'fail' then 1 end) as failed,
        count(case when result = 'not_testable' and reason <> 'not_due' then 1 end) as unknown,
        count(case when reason = 'not_due' then 1 end) as not_yet_due
    from {{ ref('payment_contract_result') }}
    group by rule_id, contract_id, provider
)

select
    rule_id,
    coalesce(contract_id, '') as contract_id,
    coalesce(provider, '') as provider,
    cast(sum(passed) as bigint) as passed,
    cast(sum(failed) as bigint) as failed,
    cast(sum(unknown) as bigint) as unknown,
    cast(sum(not_yet_due) as bigint) as not_yet_due
from counted
group by rule_id, coalesce(contract_id, ''), coalesce(provider, '')
having sum(passed + failed + unknown + not_yet_due) > 0
