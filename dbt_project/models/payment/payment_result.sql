{#- A part is named where less than all of the claim may be at risk, a severity where it depends on the claim. -#}
{%- set answered = fromjson(answered_rules()) -%}
{%- set parts = ['R41', 'R43', 'R53', 'R60'] -%}
{%- set severities = ['R15', 'R47'] -%}
with
-- Answers worth a row: all but a pass, and a pass that was surely a fail by what was known. What has been mended since needs no evidence.
answer as (
    {% for model, rules in answered.items() %}
    {% set is_last_model = loop.last %}
    {% for rule in rules %}
    {% set r = rule | lower %}
    select
        claim_no,
        '{{ rule }}' as rule_id,
        {{ r }}_now as known_now,
        {{ r }}_then as surely_known,
        {{ r }}_perhaps as perhaps_known,
        is_dated,
        {{ 'case when ' ~ r ~ "_now <> 'pass' then " ~ r ~ '_part end' if rule in parts else 'cast(null as decimal(18, 2))' }} as part,
        {{ 'case when ' ~ r ~ "_now <> 'pass' then " ~ r ~ '_severity end' if rule in severities else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as severity,
        case when {{ r }}_now <> 'pass' then {{ r }}_evidence end as evidence
    from {{ ref(model) }}
    where {{ r }}_now <> 'pass' or (is_dated and {{ r }}_now = 'pass' and {{ r }}_then = 'fail' and {{ r }}_perhaps = 'fail')
    {{ 'union all' if not (is_last_model and loop.last) }}
    {% endfor %}
    {% endfor %}
),

-- Where it makes a difference whether a row was there already, nobody can say what was known (definition: claim_known_then).
known as (
    select
        *,
        case
            when not is_dated then 'value_missing'
            when surely_known is not distinct from perhaps_known then surely_known
            else 'no_version'
        end as known_then
    from answer
),

rule as (
    select rule_id, cast(rule_version as integer) as rule_version, class, severity
    from {{ ref('rule') }}
    where {{ as_of() }} between valid_from and coalesce(valid_to, cast('9999-12-31' as date))
),

-- A question of quality moves no money and is at most a query, unless the task is paid for it (definition: payment_money).
weighed as (
    select
        known.claim_no,
        claim.source,
        claim.claim_id,
        known.rule_id,
        rule.rule_version,
        rule.class,
        known.known_now,
        known.known_then,
        claim.net,
        known.part,
        known.evidence,
        {{ in_list('known.rule_id', 'claim.paid_for_rules') }} as is_paid_for,
        case
            when rule.class = 'E' or {{ in_list('known.rule_id', 'claim.paid_for_rules') }} then coalesce(known.severity, rule.severity)
            when rule.class = 'Q' and coalesce(known.severity, rule.severity) in ('S1', 'S2') then 'S3'
            else coalesce(known.severity, rule.severity)
        end as severity
    from known
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = known.claim_no
    inner join rule on rule.rule_id = known.rule_id
)

select
    claim_no,
    source,
    claim_id,
    rule_id,
    rule_version,
    class,
    severity,
    case when known_now in ('pass', 'fail') then known_now else 'not_testable' end as result,
    cast(case when known_now not in ('pass', 'fail') then known_now end as {{ dbt.type_string() }}) as reason,
    case when known_then in ('pass', 'fail') or known_then is null then known_then else 'not_testable' end as known_then,
    case when known_then not in ('pass', 'fail') then known_then end as then_reason,
    coalesce(known_then = 'pass' and known_now = 'fail', false) as is_changed_since,
    cast(
        case
            when known_now <> 'fail' or severity = 'S4' or class not in ('E', 'Q') then 0
            when class = 'Q' and not is_paid_for then 0
            when class = 'Q' then greatest(net, 0)
            else greatest(least(coalesce(part, net), net), 0)
        end as decimal(18, 2)
    ) as amount_at_risk,
    evidence
from weighed
