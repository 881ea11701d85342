select
    claim_id,
    source,
    rule_id,
    rule_version,
    result,
    reason,
    class,
    severity,
    amount_at_risk,
    known_then,
    then_reason,
    result as known_now,
    is_changed_since,
    evidence
from {{ ref('payment_result') }}
where result <> 'pass'
