-- A credit gives, whatever the sign it came with (definition: payment_credit).
select
    contract_id,
    {{ reference('contract_id') }} as contract_reference,
    period,
    {{ reference('period') }} as period_reference,
    {{ reference('code') }} as code,
    {{ reference('contract_id') }} || '|' || {{ reference('code') }} || '|' || {{ reference('period') }} as subject_id,
    cast(-abs(amount) as decimal(18, 2)) as amount,
    amount > 0 as is_of_wrong_sign,
    _pointer
from {{ ref('stg_contracts__credit_line') }}
