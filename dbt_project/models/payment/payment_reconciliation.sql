with
claim as (
    select
        int_claim.source,
        int_claim.claim_id,
        int_claim.first_claim_id,
        int_claim.contract_id,
        int_claim.period,
        int_claim.amount,
        int_claim.is_reversal,
        int_claim.invoice_ref,
        audited.waterfall,
        audited.net,
        audited.submitted_on
    from {{ ref('int_claim') }} as int_claim
    inner join {{ ref('payment_claim') }} as audited on audited.source = int_claim.source and audited.claim_id = int_claim.claim_id
),

paid as (
    select source, claim_id, sum(paid_amount) as paid_amount
    from {{ ref('int_claim_payment') }}
    group by source, claim_id
),

chain_paid as (
    select claim.source, claim.first_claim_id, sum(paid.paid_amount) as paid_amount
    from claim
    inner join paid on paid.source = claim.source and paid.claim_id = claim.claim_id
    group by claim.source, claim.first_claim_id
),

-- Each claim in one line, by what is left of it and what was paid for it and its reversals.
lined as (
    select
        claim.contract_id,
        claim.period,
        case
            when claim.waterfall = 'reversal' then 'reversal_of_nothing'
            when claim.waterfall = 'refused' then 'refused'
            when claim.waterfall = 'fully_reversed' and coalesce(chain_paid.paid_amount, 0) > 0 then 'reversed_but_paid'
            when claim.waterfall = 'fully_reversed' then 'reversed'
            when coalesce(chain_paid.paid_amount, 0) = 0 and coalesce({{ add_days('claim.submitted_on', "cast(" ~ threshold('payment_due_days', as_of()) ~ " as integer)") }} >= {{ as_of() }}, false) then 'unpaid_due'
            when coalesce(chain_paid.paid_amount, 0) = 0 then 'unpaid_overdue'
            when chain_paid.paid_amount = claim.net then 'paid_in_full'
            when chain_paid.paid_amount < claim.net then 'short_paid'
            else 'over_paid'
        end as line,
        case when claim.waterfall = 'reversal' then claim.amount else claim.net end as amount
    from claim
    left join chain_paid on chain_paid.source = claim.source and chain_paid.first_claim_id = claim.claim_id
    where not claim.is_reversal or claim.first_claim_id = claim.claim_id
),

payment as (
    select
        payment.payment_ref,
        cast(payment.amount as decimal(18, 2)) as amount,
        payment.invoice_ref,
        invoice.contract_id,
        invoice.period
    from {{ ref('stg_contracts__payment') }} as payment
    left join {{ ref('stg_contracts__invoice') }} as invoice on {{ reference('invoice.invoice_ref') }} = {{ reference('payment.invoice_ref') }}
),

reaching as (
    select distinct payment_ref from {{ ref('int_claim_payment') }}
),

invoice as (
    select
        invoice.contract_id,
        invoice.period,
        cast(invoice.total as decimal(18, 2)) as total,
        coalesce(billed.net, 0) as net,
        coalesce(settled.amount, 0) as paid
    from {{ ref('stg_contracts__invoice') }} as invoice
    left join (
        select {{ reference('invoice_ref') }} as invoice_reference, {{ reference('contract_id') }} as contract_reference, sum(net) as net
        from claim
        where not is_reversal and invoice_ref is not null
        group by {{ reference('invoice_ref') }}, {{ reference('contract_id') }}
    ) as billed
        on billed.invoice_reference = {{ reference('invoice.invoice_ref') }} and billed.contract_reference = {{ reference('invoice.contract_id') }}
    left join (
        select {{ reference('invoice_ref') }} as invoice_reference, sum(cast(amount as decimal(18, 2))) as amount
        from {{ ref('stg_contracts__payment') }}
        where invoice_ref is not null and claim_id is null
        group by {{ reference('invoice_ref') }}
    ) as settled
        on settled.invoice_reference = {{ reference('invoice.invoice_ref') }}
),

unclaimed as (
    select count(*) as n
    from {{ ref('payment_work') }} as work
    left join (
        select distinct source, evidence_kind, task_ref from {{ ref('payment_claim') }} where task_ref is not null
    ) as claimed
        on claimed.source = work.source and claimed.evidence_kind = work.evidence_kind and claimed.task_ref = work.work_ref
    where work.is_done and work._known_to > cast('9999-12-30' as timestamp) and claimed.source is null
        and work.evidence_kind in (select distinct evidence_kind from {{ ref('payment_claim') }})
),

line as (
    select contract_id, period, line, cast(1 as bigint) as n, amount from lined
    union all
    select contract_id, period, 'claimed' as line, 1 as n, amount from claim where not is_reversal
    union all
    select contract_id, period, 'reversals' as line, 1 as n, amount from claim where is_reversal
    union all
    select claim.contract_id, claim.period, 'paid_on_claims' as line, 1 as n, paid.paid_amount as amount
    from claim
    inner join paid on paid.source = claim.source and paid.claim_id = claim.claim_id
    union all
    select contract_id, period, 'difference' as line, 0 as n, amount from claim
    union all
    select claim.contract_id, claim.period, 'difference' as line, 0 as n, -paid.paid_amount as amount
    from claim
    inner join paid on paid.source = claim.source and paid.claim_id = claim.claim_id
    union all
    select payment.contract_id, payment.period, 'paid_on_no_claim' as line, 1 as n, payment.amount
    from payment
    left join reaching on reaching.payment_ref = payment.payment_ref
    where reaching.payment_ref is null
    union all
    select contract_id, period, 'invoiced' as line, 1 as n, total as amount from invoice
    union all
    select contract_id, period, 'invoice_claims' as line, 0 as n, net as amount from invoice
    union all
    select contract_id, period, 'invoice_difference' as line, 0 as n, total - net as amount from invoice
    union all
    select contract_id, period, 'invoice_paid' as line, 0 as n, paid as amount from invoice
    union all
    select contract_id, period, 'invoice_open' as line, 0 as n, total - paid as amount from invoice
    union all
    select contract_id, period, 'invoice_open' as line, 0 as n, cast(amount as decimal(18, 2)) as amount from {{ ref('stg_contracts__credit_line') }}
    union all
    select contract_id, period, 'credit_given' as line, 1 as n, cast(-amount as decimal(18, 2)) as amount from {{ ref('stg_contracts__credit_line') }}
    union all
    select contract.contract_id, level.period, 'credit_due' as line, 1 as n, level.credit_due as amount
    from {{ ref('payment_level') }} as level
    inner join {{ ref('stg_contracts__contract') }} as contract on {{ reference('contract.contract_id') }} = level.contract_reference
    where level.credit_due > 0
    union all
    select null as contract_id, null as period, 'not_claimed' as line, n, null as amount from unclaimed
)

-- Nothing is left out: what names no contract or period stands in a row without one.
select
    coalesce(contract_id, '') as contract_id,
    coalesce(period, '') as period,
    line,
    cast(sum(n) as bigint) as n,
    cast(sum(amount) as decimal(18, 2)) as amount
from line
group by coalesce(contract_id, ''), coalesce(period, ''), line
