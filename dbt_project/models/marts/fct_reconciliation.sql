select
    contract_id,
    period,
    line,
    n,
    amount
from {{ ref('payment_reconciliation') }}
