with
-- The prices that are asked for: of a contract, a task, a day and, where cards have levels, a level.
priced_on as (
    select
        contract_reference,
        task_reference,
        task_date,
        level,
        row_number() over (order by contract_reference, task_reference, task_date, level) as price_no
    from (
        select distinct
            claim.contract_reference,
            claim.task_reference,
            claim.task_date,
            case when mark.has_card_level then claim.billed_level end as level
        from {{ ref('payment_seen') }} as claim
        cross join {{ ref('payment_watermark') }} as mark
        where claim.has_task and claim.task_date is not null
    ) as asked
),

-- The card's rows that are in force for it.
band as (
    select
        priced_on.price_no,
        card.band_low,
        card.band_high,
        card.rate,
        dense_rank() over (partition by priced_on.price_no order by card.band_low) as n
    from priced_on
    inner join {{ ref('payment_card') }} as card
        on card.contract_reference = priced_on.contract_reference
        and card.task_reference = priced_on.task_reference
        and priced_on.task_date between card.from_date and card.to_date
        and (card.level is null or card.level = priced_on.level)
),

numbered as (
    select
        price_no,
        n,
        count(*) as rows_of_band,
        min(rate) as rate,
        min(band_low) as band_low,
        min(band_high) as band_high
    from band
    group by price_no, n
),

price as (
    select
        priced_on.contract_reference,
        priced_on.task_reference,
        priced_on.task_date,
        priced_on.level,
        priced_on.price_no,
        counted.bands
    from priced_on
    inner join (select price_no, count(*) as bands from numbered group by price_no) as counted on counted.price_no = priced_on.price_no
),

-- The band that was billed, and the volume of the period.
billed as (
    select
        claim.*,
        price.price_no,
        coalesce(price.bands, 0) as bands,
        case when claim.band_used is null and price.bands = 1 then 1 else {{ safe_cast_bigint('claim.band_used') }} end as band_n,
        {{ in_each_view('volume.volume') }},
        coalesce(volume.is_untold, false) as is_volume_untold
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join price
        on price.contract_reference = claim.contract_reference and price.task_reference = claim.task_reference
        and price.task_date = claim.task_date and price.level is not distinct from case when mark.has_card_level then claim.billed_level end
    left join {{ ref('payment_volume') }} as volume on volume.claim_no = claim.claim_no
),

-- What the card says of the band that was billed, and the band that the volume calls for.
carded as (
    select
        billed.claim_no,
        {% for view in fromjson(views()) %}
        {% set fits = 'billed.volume_' ~ view ~ ' >= numbered.band_low and (numbered.band_high is null or billed.volume_' ~ view ~ ' <= numbered.band_high)' %}
        min(case when {{ fits }} then numbered.n end) as right_n_{{ view }},
        {% if view == 'now' %}min(case when {{ fits }} then numbered.rate end) as right_rate,{% endif %}
        {% endfor %}
        max(case when numbered.n = billed.band_n then numbered.rows_of_band end) as rows_of_band,
        max(case when numbered.n = billed.band_n then numbered.rate end) as card_rate
    from billed
    inner join numbered on numbered.price_no = billed.price_no
    group by billed.claim_no
),

-- Work that was claimed before under the same contract and task.
repeated as (
    select contract_reference, task_reference, task_ref, min(claim_no) as first_no
    from {{ ref('payment_seen') }}
    group by contract_reference, task_reference, task_ref
    having count(*) > 1
),

subcontractor as (
    select
        {{ reference('contract_id') }} as contract_reference,
        {{ reference('sub_code') }} as sub,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__subcontractor') }}
),

approved as (
    select distinct claim.claim_no
    from {{ ref('payment_seen') }} as claim
    inner join subcontractor
        on subcontractor.contract_reference = claim.contract_reference
        and subcontractor.sub = coalesce(claim.sub, claim.prime)
        and claim.task_date between subcontractor.from_date and subcontractor.to_date
),

asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.contract_reference,
        claim.contract_provider,
        claim.has_contract,
        claim.contract_from,
        claim.contract_to,
        claim.has_task,
        claim.task_reference,
        claim.task_ref,
        claim.evidence_kind,
        claim.task_date,
        claim.period,
        claim.prime,
        claim.sub,
        claim.qty,
        claim.rate,
        claim.amount,
        claim.band_used,
        claim.work_to,
        claim.submitted_on,
        claim.lagged_to,
        {{ in_each_view('claim.has_work') }},
        {{ in_each_view('claim.is_done') }},
        {{ in_each_view('claim.is_unknown_status') }},
        cast(claim.qty * claim.rate as decimal(18, 2)) as worked_out,
        coalesce(repeated.first_no < claim.claim_no, false) as is_claimed_before,
        approved.claim_no is not null as is_approved,
        claim.bands,
        claim.band_n,
        {{ in_each_view('claim.volume') }},
        claim.is_volume_untold,
        carded.rows_of_band,
        carded.card_rate,
        {{ in_each_view('carded.right_n') }},
        carded.right_rate,
        mark.has_contract as has_register,
        mark.has_task as has_tasks,
        mark.has_subcontractor,
        mark.has_rate_card,
        mark.referrals_to,
        mark.appointments_to
    from billed as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join carded on carded.claim_no = claim.claim_no
    left join repeated
        on repeated.contract_reference is not distinct from claim.contract_reference
        and repeated.task_reference is not distinct from claim.task_reference
        and repeated.task_ref is not distinct from claim.task_ref
    left join approved on approved.claim_no = claim.claim_no
),

tested as (
    select
        asked.*,
        {% for view in fromjson(views()) %}
        case
            -- A table that never came is complete to no day.
            when asked.evidence_kind = 'CRS_REFERRALS' then asked.referrals_to is not null and not {{ not_complete_in(view, 'asked.referrals_to', 'asked.task_date', 'asked') }}
            when asked.evidence_kind = 'CRS_APPOINTMENTS'
                then asked.referrals_to is not null and asked.appointments_to is not null
                    and not {{ not_complete_in(view, 'asked.referrals_to', 'asked.task_date', 'asked') }} and not {{ not_complete_in(view, 'asked.appointments_to', 'asked.task_date', 'asked') }}
            else asked.work_to >= asked.submitted_on
        end as is_work_due_{{ view }},
        {% endfor %}
        {{ verdict(
            'asked.has_contract and asked.has_task and asked.task_date >= asked.contract_from and (asked.contract_to is null or asked.task_date <= asked.contract_to)',
            [('table_missing', 'not asked.has_rate_card'),
             ('value_missing', 'asked.band_used is null and asked.bands > 1')],
            'coalesce(asked.rows_of_band, 0) <> 1'
        ) }} as r42
    from asked
),

-- What was agreed is alike in every view.
agreed as (
    select
        tested.*,
        {{ verdict(
            "tested.r42 = 'pass'",
            [('value_missing', 'tested.rate is null')],
            'tested.rate <> tested.card_rate'
        ) }} as r41,
        {{ verdict(
            'true',
            [('value_missing', 'tested.qty is null or tested.rate is null or tested.amount is null')],
            'tested.amount <> tested.worked_out',
            fails_anyway='tested.qty <= 0 or tested.amount < 0'
        ) }} as r43,
        {{ verdict(
            'true',
            [('table_missing', 'not tested.has_register or not tested.has_tasks'),
             ('value_missing', 'tested.task_date is null')],
            'not tested.has_contract or tested.task_date < tested.contract_from or tested.task_date > tested.contract_to or not tested.has_task',
            fails_anyway='(tested.has_register and (not tested.has_contract or tested.task_date < tested.contract_from or tested.task_date > tested.contract_to)) or (tested.has_tasks and tested.task_date is not null and not tested.has_task)'
        ) }} as r44,
        {{ verdict(
            'tested.sub is not null or tested.prime <> tested.contract_provider',
            [('table_missing', 'not tested.has_subcontractor'),
             ('value_missing', 'tested.task_date is null')],
            'not tested.is_approved'
        ) }} as r45
    from tested
)

select
    asked.claim_no,
    asked.is_dated,
    asked.r41,
    asked.r42,
    asked.r43,
    asked.r44,
    asked.r45,
    greatest(cast(0 as decimal(18, 2)), cast(asked.amount - cast(asked.qty * asked.card_rate as decimal(18, 2)) as decimal(18, 2))) as r41_part,
    case
        when asked.qty <= 0 then cast(null as decimal(18, 2))
        else greatest(cast(0 as decimal(18, 2)), cast(asked.amount - asked.worked_out as decimal(18, 2)))
    end as r43_part,
    {% for view in fromjson(views()) %}
    {{ verdict(
        'asked.has_task',
        [('table_missing', "not asked.has_rate_card or (asked.bands > 1 and asked.is_volume_untold) or case when asked.evidence_kind = 'CRS_REFERRALS' then asked.referrals_to is null when asked.evidence_kind = 'CRS_APPOINTMENTS' then asked.appointments_to is null or asked.referrals_to is null else asked.work_to is null end"),
         ('no_term', 'asked.bands = 0 or (asked.band_n is not null and asked.volume_' ~ view ~ ' is not null and asked.right_n_' ~ view ~ ' is null)'),
         ('value_missing', 'asked.is_unknown_status_' ~ view ~ ' or asked.band_n is null or asked.period is null'),
         ('not_due', "case when asked.evidence_kind like 'CRS%' then " ~ not_complete_in(view, 'asked.referrals_to', 'asked.task_date', 'asked') ~ " else asked.work_to < asked.submitted_on end")],
        'not asked.has_work_' ~ view ~ ' or not asked.is_done_' ~ view,
        fails_anyway='asked.task_ref is null or asked.is_claimed_before or (asked.right_n_' ~ view ~ ' <> asked.band_n and not asked.is_volume_untold)'
            ~ ' or (asked.is_work_due_' ~ view ~ ' and not asked.is_unknown_status_' ~ view ~ ' and not (asked.has_work_' ~ view ~ ' and asked.is_done_' ~ view ~ '))'
    ) }} as r53_{{ view }},
    {% endfor %}
    case
        when asked.task_ref is null or not asked.has_work_now or not asked.is_done_now or asked.is_claimed_before then cast(null as decimal(18, 2))
        else greatest(cast(0 as decimal(18, 2)), cast(asked.amount - cast(asked.qty * asked.right_rate as decimal(18, 2)) as decimal(18, 2)))
    end as r53_part,
    -- What was done and claimed once, whatever its band: what a price for the task done hangs on.
    case
        when asked.task_ref is null or asked.is_claimed_before then 'no'
        when asked.is_unknown_status_now or (asked.work_to is null and asked.evidence_kind not like 'CRS%') or (asked.referrals_to is null and asked.evidence_kind like 'CRS%') then 'unknown'
        when asked.has_work_now and asked.is_done_now then 'yes'
        else 'no'
    end as is_task_done,
    -- What the evidence is worded from.
    asked.rate,
    asked.card_rate,
    asked.band_used,
    asked.bands,
    asked.task_date,
    coalesce(asked.rows_of_band, 0) as rows_of_band,
    asked.qty,
    asked.amount,
    asked.contract_reference,
    asked.task_reference,
    asked.has_contract,
    asked.contract_from,
    asked.contract_to,
    asked.has_task,
    asked.prime,
    asked.sub,
    asked.is_approved,
    asked.task_ref,
    asked.volume_now as volume,
    asked.right_n_now as right_n,
    asked.band_n,
    asked.is_claimed_before,
    asked.has_work_now as has_work,
    asked.is_done_now as is_done
from agreed as asked
