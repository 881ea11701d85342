with
tested as (
    select * from {{ ref('payment_contract_result') }} where result <> 'pass'
    union all
    select * from {{ ref('payment_control') }}
)

select
    subject_kind,
    subject_id,
    contract_id,
    provider,
    period,
    rule_id,
    rule_version,
    result,
    reason,
    class,
    severity,
    amount_at_risk,
    evidence
from tested
