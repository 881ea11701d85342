-- Each piece of work counts once, whatever was claimed for it (definition: payment_volume).
with
done as (
    select distinct
        view.view,
        claim.contract_reference,
        claim.period,
        claim.task_reference,
        claim.task_ref
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
    where view.is_done and claim.period is not null and claim.task_ref is not null
),

weight as (
    select
        {{ reference('contract_id') }} as contract_reference,
        {{ reference('period') }} as period,
        {{ reference('weight_group') }} as weight_group,
        cast(weight as decimal(18, 6)) as weight
    from {{ ref('stg_contracts__volume_baseline') }}
)

select
    done.view,
    done.contract_reference,
    done.period,
    cast(cast(sum(coalesce(weight.weight, 1)) as decimal(18, 0)) as bigint) as volume
from done
left join weight
    on weight.contract_reference = done.contract_reference and weight.period = done.period and weight.weight_group = done.task_reference
group by done.view, done.contract_reference, done.period
