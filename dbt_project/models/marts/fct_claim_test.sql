select
    test.claim_id,
    test.source,
    claim.contract_id,
    claim.provider,
    claim.domain,
    claim.task_date,
    test.rule_id,
    test.rule_version,
    test.result,
    test.reason,
    test.class,
    test.severity,
    test.amount_at_risk,
    test.known_then,
    test.then_reason,
    test.result as known_now,
    test.is_changed_since,
    test.evidence
from {{ ref('payment_result') }} as test
inner join {{ ref('payment_claim') }} as claim on claim.claim_no = test.claim_no
where test.result <> 'pass'
