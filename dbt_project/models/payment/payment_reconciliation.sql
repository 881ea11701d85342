with
-- The claims that a chain begins with.
root as (
    select first.source, first.claim_id, first.contract_id, first.period
    from {{ ref('int_claim') }} as first
    inner join (
        select distinct source, first_claim_id from {{ ref('int_claim') }} where first_claim_id <> claim_id
    ) as chained on chained.source = first.source and chained.first_claim_id = first.claim_id
),

paid as (
    select source, claim_id, sum(paid_amount) as paid_amount, count(*) as payments
    from {{ ref('int_claim_payment') }}
    group by source, claim_id
),

-- A chain counts as a whole: what was paid on a reversal is paid on the claim that it reverses (definition: claim_paid_net).
paid_on_chain as (
    select int_claim.source, int_claim.first_claim_id, sum(paid.paid_amount) as paid_amount
    from {{ ref('int_claim') }} as int_claim
    inner join paid on paid.source = int_claim.source and paid.claim_id = int_claim.claim_id
    group by int_claim.source, int_claim.first_claim_id
),

claim as (
    select
        -- A reversal stands where the claim stands that its chain begins with.
        case when root.claim_id is not null then root.contract_id else int_claim.contract_id end as contract_id,
        case when root.claim_id is not null then root.period else int_claim.period end as period,
        int_claim.amount,
        int_claim.is_reversal,
        int_claim.invoice_ref,
        audited.waterfall,
        audited.net,
        audited.submitted_on,
        paid.paid_amount,
        paid.payments,
        coalesce(paid_on_chain.paid_amount, 0) as paid_on_chain
    from {{ ref('int_claim') }} as int_claim
    inner join {{ ref('payment_claim') }} as audited on audited.source = int_claim.source and audited.claim_id = int_claim.claim_id
    left join root on root.source = int_claim.source and root.claim_id = int_claim.first_claim_id
    left join paid on paid.source = int_claim.source and paid.claim_id = int_claim.claim_id
    left join paid_on_chain on paid_on_chain.source = int_claim.source and paid_on_chain.first_claim_id = int_claim.claim_id
),

-- Each claim in one line, by what is left of it and what was paid for it.
lined as (
    select
        claim.contract_id,
        claim.period,
        case
            when claim.waterfall = 'refused' then 'refused'
            when claim.waterfall = 'fully_reversed' and claim.paid_on_chain > 0 then 'reversed_but_paid'
            when claim.waterfall = 'fully_reversed' then 'reversed'
            when claim.paid_on_chain <= 0 and coalesce({{ add_days('claim.submitted_on', "cast(" ~ threshold('payment_due_days', as_of()) ~ " as integer)") }} >= {{ as_of() }}, false) then 'unpaid_due'
            when claim.paid_on_chain <= 0 then 'unpaid_overdue'
            when claim.paid_on_chain = claim.net then 'paid_in_full'
            when claim.paid_on_chain < claim.net then 'short_paid'
            else 'over_paid'
        end as line,
        claim.net as amount
    from claim
    where not claim.is_reversal
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

-- Done, and named by no claim of a task of that kind.
work as (
    select source, evidence_kind, work_ref
    from {{ ref('payment_work') }}
    where is_done and _known_to > cast('9999-12-30' as timestamp)
    union all
    select null as source, 'CRS_REFERRALS' as evidence_kind, {{ reference('referral_id') }} as work_ref
    from {{ ref('stg_refer_and_monitor__referral_version') }}
    where date_of_first_action_plan_approval is not null and _known_to > cast('9999-12-30' as timestamp)
    union all
    select distinct null as source, 'CRS_APPOINTMENTS' as evidence_kind, {{ reference('appointment.referral_id') }} as work_ref
    from {{ ref('stg_refer_and_monitor__appointment') }} as appointment
    inner join {{ ref('stg_refer_and_monitor__referral_version') }} as referral
        on {{ reference('referral.referral_id') }} = {{ reference('appointment.referral_id') }} and referral._known_to > cast('9999-12-30' as timestamp)
    where appointment._known_to > cast('9999-12-30' as timestamp)
        and lower(appointment.reason_for_appointment) = 'saa' and upper(appointment.attended) in ('YES', 'LATE')
),

used as (
    select distinct
        case
            when upper(evidence_table) like '%REFERRALS' then 'CRS_REFERRALS'
            when upper(evidence_table) like '%APPOINTMENTS' then 'CRS_APPOINTMENTS'
            else upper(evidence_table)
        end as evidence_kind
    from {{ ref('stg_contracts__task') }}
),

unclaimed as (
    select count(*) as n
    from work
    inner join used on used.evidence_kind = work.evidence_kind
    left join (
        select case when evidence_kind in ('CRS_REFERRALS', 'CRS_APPOINTMENTS') then null else source end as source, evidence_kind, task_ref
        from {{ ref('payment_claim') }}
        where task_ref is not null
    ) as claimed
        on claimed.source is not distinct from work.source and claimed.evidence_kind = work.evidence_kind and claimed.task_ref = work.work_ref
    where claimed.evidence_kind is null
),

line as (
    select contract_id, period, line, cast(1 as bigint) as n, amount from lined
    union all
    select contract_id, period, 'claimed' as line, 1 as n, amount from claim where not is_reversal
    union all
    select contract_id, period, 'reversals' as line, 1 as n, amount from claim where is_reversal
    union all
    select contract_id, period, 'paid' as line, 1 as n, paid_amount as amount from claim where payments > 0
    union all
    select contract_id, period, 'difference' as line, 0 as n, amount from claim
    union all
    select contract_id, period, 'difference' as line, 0 as n, -paid_amount as amount from claim where payments > 0
    union all
    select payment.contract_id, payment.period, 'payments_without_claim' as line, 1 as n, payment.amount
    from payment
    left join reaching on reaching.payment_ref = payment.payment_ref
    where reaching.payment_ref is null
    union all
    select contract_id, period, 'invoiced' as line, 1 as n, total as amount from invoice
    union all
    select contract_id, period, 'invoice_net' as line, 1 as n, net as amount from invoice
    union all
    select contract_id, period, 'invoice_difference' as line, 0 as n, total - net as amount from invoice
    union all
    select contract_id, period, 'invoice_paid' as line, 1 as n, paid as amount from invoice
    union all
    select contract_id, period, 'invoice_open' as line, 0 as n, total - paid as amount from invoice
    union all
    select contract_id, period, 'invoice_open' as line, 0 as n, amount from {{ ref('payment_credit_line') }}
    union all
    select contract_id, period, 'credits_given' as line, 1 as n, amount from {{ ref('payment_credit_line') }}
    union all
    select contract_id, period, 'credits_omitted' as line, 1 as n, amount_at_risk as amount
    from {{ ref('payment_contract_result') }}
    where rule_id = 'R54' and result = 'fail'
    union all
    select contract_id, period, 'credits_due' as line, 1 as n, -amount as amount from {{ ref('payment_credit_line') }}
    union all
    select contract_id, period, 'credits_due' as line, 1 as n, amount_at_risk as amount
    from {{ ref('payment_contract_result') }}
    where rule_id = 'R54' and result = 'fail'
    union all
    -- All payments, each share of an invoice by itself.
    select contract_id, period, 'payments' as line, payments as n, paid_amount as amount from claim where payments > 0
    union all
    select payment.contract_id, payment.period, 'payments' as line, 1 as n, payment.amount
    from payment
    left join reaching on reaching.payment_ref = payment.payment_ref
    where reaching.payment_ref is null
    union all
    select null as contract_id, null as period, 'not_claimed' as line, n, cast(0 as decimal(18, 2)) as amount from unclaimed
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
