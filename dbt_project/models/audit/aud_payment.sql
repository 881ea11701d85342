with payments as (

    select * from {{ ref('stg_contracts__payment') }}

),

claims as (

    select * from {{ ref('int_claim') }}

),

paid as (

    select distinct payment_ref from {{ ref('int_claim_payment') }}

),

findings as (

    select
        'payment_names_no_claim' as finding,
        'payment' as subject_kind,
        payment_ref as subject_id,
        _pointer
    from payments
    where
        claim_id is not null
        and payment_ref not in (select payment_ref from paid)
    union all
    select
        'payment_names_nothing' as finding,
        'payment' as subject_kind,
        payment_ref as subject_id,
        _pointer
    from payments
    where claim_id is null and invoice_ref is null
    union all
    select
        'invoice_payment_not_shared' as finding,
        'payment' as subject_kind,
        payment_ref as subject_id,
        _pointer
    from payments
    where
        claim_id is null
        and invoice_ref is not null
        and payment_ref not in (select payment_ref from paid)
    union all
    select
        'invoice_names_no_claim' as finding,
        'invoice' as subject_kind,
        invoices.invoice_ref as subject_id,
        invoices._pointer
    from {{ ref('stg_contracts__invoice') }} as invoices
    where not exists (select 1 from claims where {{ reference('claims.invoice_ref') }} = {{ reference('invoices.invoice_ref') }})
    union all
    select
        'credit_line_of_wrong_sign' as finding,
        'credit_line' as subject_kind,
        subject_id,
        _pointer
    from {{ ref('payment_credit_line') }}
    where is_of_wrong_sign

)

select
    finding,
    subject_kind,
    subject_id,
    _pointer,
    cast(1 as bigint) as n
from findings
