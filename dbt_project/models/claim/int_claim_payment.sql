with payments as (

    select
        payment_ref,
        claim_id,
        invoice_ref,
        paid_on,
        cast(amount as decimal(18, 2)) as amount
    from {{ ref('stg_contracts__payment') }}

),

claims as (

    select
        source,
        claim_id,
        contract_id,
        invoice_ref,
        amount,
        is_reversal,
        is_reversed
    from {{ ref('int_claim') }}

),

-- A payment knows a claim by its id alone. Should two providers use one id, the first source takes it, so that no
-- pound is counted twice; the clash is a finding.
first_claims as (

    select source, claim_id, reference
    from (
        select
            source,
            claim_id,
            {{ reference('claim_id') }} as reference,
            row_number() over (partition by {{ reference('claim_id') }} order by source) as place
        from claims
    ) as placed
    where place = 1

),

invoices as (

    select invoice_ref, contract_id from {{ ref('stg_contracts__invoice') }}

),

-- A payment that names both a claim and an invoice is the claim's.
claim_payments as (

    select
        payments.payment_ref,
        first_claims.source,
        first_claims.claim_id,
        'claim' as named_by,
        payments.paid_on,
        payments.amount as paid_amount
    from payments
    inner join first_claims on {{ reference('payments.claim_id') }} = first_claims.reference

),

invoice_claims as (

    select
        payments.payment_ref,
        payments.paid_on,
        payments.amount as payment_amount,
        claims.source,
        claims.claim_id,
        claims.amount as claim_amount,
        sum(claims.amount) over (partition by payments.payment_ref) as invoice_amount,
        row_number() over (
            partition by payments.payment_ref order by {{ reference('claims.claim_id') }} desc, claims.source desc
        ) as highest_first
    from payments
    inner join claims on {{ reference('payments.invoice_ref') }} = {{ reference('claims.invoice_ref') }}
    left join invoices on {{ reference('payments.invoice_ref') }} = {{ reference('invoices.invoice_ref') }}
    where
        payments.claim_id is null
        -- Two providers may use one number: the invoice is the one of its contract.
        and (invoices.contract_id is null or {{ reference('invoices.contract_id') }} = {{ reference('claims.contract_id') }})
        -- Neither a reversal nor what it reverses takes a share.
        and not claims.is_reversal
        and not claims.is_reversed
        and claims.amount is not null

),

-- A total of 0 gives no shares to split by. The test is made here and not in a filter, which an engine may run after
-- the division.
shares as (

    select
        payment_ref,
        paid_on,
        source,
        claim_id,
        payment_amount,
        highest_first,
        {{ share_in_pennies('payment_amount', 'claim_amount', 'nullif(invoice_amount, 0)') }} as share
    from invoice_claims

),

-- Rounded shares need not add up; the highest claim takes what is left, so that they always do (definition: claim_invoice_share).
invoice_payments as (

    select
        payment_ref,
        source,
        claim_id,
        'invoice' as named_by,
        paid_on,
        cast(
            share
            + case
                when highest_first = 1
                    then payment_amount - sum(share) over (partition by payment_ref)
                else 0
            end as decimal(18, 2)
        ) as paid_amount
    from shares
    where share is not null

)

select
    payment_ref,
    source,
    claim_id,
    named_by,
    paid_on,
    paid_amount
from claim_payments
union all
select
    payment_ref,
    source,
    claim_id,
    named_by,
    paid_on,
    paid_amount
from invoice_payments
