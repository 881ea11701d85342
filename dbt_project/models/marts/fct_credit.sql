with
claim as (
    select
        int_claim.source,
        int_claim.claim_id,
        {{ reference('int_claim.claim_id') }} as reference,
        {{ reference('int_claim.reverses_claim_id') }} as reversed_reference,
        int_claim.first_claim_id,
        int_claim.amount,
        int_claim.is_reversal
    from {{ ref('int_claim') }} as int_claim
),

-- What was taken back of it itself is no credit.
reversal as (
    select
        claim.source,
        claim.claim_id,
        claim.first_claim_id,
        -claim.amount - coalesce(undone.amount, 0) as amount
    from claim
    left join (select source, reversed_reference, sum(amount) as amount from claim where is_reversal group by source, reversed_reference) as undone
        on undone.source = claim.source and undone.reversed_reference = claim.reference
    where claim.is_reversal and -claim.amount > coalesce(undone.amount, 0)
),

-- What is paid back on a reversal is the reversal's money, which counts once.
paid_back as (
    select
        payment.payment_ref,
        payment.source,
        payment.claim_id,
        payment.named_by,
        -payment.paid_amount as amount
    from {{ ref('int_claim_payment') }} as payment
    inner join claim on claim.source = payment.source and claim.claim_id = payment.claim_id
    where payment.paid_amount < 0 and not claim.is_reversal
),

line as (
    select subject_id, -amount as amount
    from {{ ref('payment_credit_line') }}
    where amount < 0
)

select
    'reversal' as kind,
    source || '|' || claim_id as credit_ref,
    source,
    first_claim_id as claim_id,
    cast(null as {{ dbt.type_string() }}) as subject_id,
    cast(amount as decimal(18, 2)) as amount
from reversal
union all
-- A payment of an invoice reaches several claims, each with a share of its own.
select
    'payment' as kind,
    case when named_by = 'claim' then payment_ref else payment_ref || '|' || source || '|' || claim_id end as credit_ref,
    source,
    claim_id,
    cast(null as {{ dbt.type_string() }}) as subject_id,
    cast(amount as decimal(18, 2)) as amount
from paid_back
union all
-- A line that says more than it did is another credit for what came on top.
select
    'credit_line' as kind,
    subject_id || '@' || cast(amount as {{ dbt.type_string() }}) as credit_ref,
    cast(null as {{ dbt.type_string() }}) as source,
    cast(null as {{ dbt.type_string() }}) as claim_id,
    subject_id,
    amount
from line
