with
asked as (
    select
        view.claim_no,
        view.view,
        view.has_work,
        view.is_done,
        view.is_unknown_status,
        claim.source,
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
        claim.billed_level,
        claim.submitted_on,
        row_number() over (
            partition by view.view, claim.contract_reference, claim.task_reference, claim.task_ref order by claim.claim_no
        ) > 1 as is_claimed_before,
        mark.has_contract as has_register,
        mark.has_task as has_tasks,
        mark.has_subcontractor,
        mark.has_rate_card,
        mark.has_card_level as has_level,
        mark.has_baseline,
        mark.referrals_to,
        mark.appointments_to,
        case claim.evidence_kind
            when 'PLAN' then sender.plan_to
            when 'PLAN_REVIEW' then sender.plan_review_to
            when 'PLAN_ACTION' then sender.plan_action_to
            when 'CONTACT' then sender.contact_to
            when 'SERVICE' then sender.service_to
            when 'MESSAGE' then sender.message_to
        end as work_to,
        view.lagged_to
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
),

-- The card's rows that are in force for the contract, the task, the day and the level.
priced_on as (
    select distinct contract_reference, task_reference, task_date, case when has_level then billed_level end as level
    from asked
    where has_task and has_contract and task_date is not null
),

band as (
    select
        priced_on.contract_reference,
        priced_on.task_reference,
        priced_on.task_date,
        priced_on.level,
        card.band_low,
        card.band_high,
        card.rate,
        dense_rank() over (
            partition by priced_on.contract_reference, priced_on.task_reference, priced_on.task_date, priced_on.level order by card.band_low
        ) as n
    from priced_on
    inner join {{ ref('payment_card') }} as card
        on card.contract_reference = priced_on.contract_reference
        and card.task_reference = priced_on.task_reference
        and priced_on.task_date between card.from_date and card.to_date
        and (card.level is null or card.level = priced_on.level)
),

numbered as (
    select
        contract_reference,
        task_reference,
        task_date,
        level,
        n,
        count(*) as rows_of_band,
        min(rate) as rate,
        min(band_low) as band_low,
        min(band_high) as band_high
    from band
    group by contract_reference, task_reference, task_date, level, n
),

banded as (
    select contract_reference, task_reference, task_date, level, count(*) as bands
    from numbered
    group by contract_reference, task_reference, task_date, level
),

-- The band that was billed, and the one that the volume of the period calls for.
carded as (
    select
        asked.*,
        coalesce(banded.bands, 0) as bands,
        case when asked.band_used is null and banded.bands = 1 then 1 else {{ safe_cast_bigint('asked.band_used') }} end as band_n,
        volume.volume
    from asked
    left join banded
        on banded.contract_reference = asked.contract_reference and banded.task_reference = asked.task_reference
        and banded.task_date = asked.task_date and banded.level is not distinct from case when asked.has_level then asked.billed_level end
    left join {{ ref('payment_volume') }} as volume
        on volume.view = asked.view and volume.claim_no = asked.claim_no
),

rated as (
    select
        carded.*,
        numbered.rows_of_band,
        numbered.rate as card_rate,
        fitting.n as right_n,
        fitting.rate as right_rate
    from carded
    left join numbered
        on numbered.contract_reference = carded.contract_reference and numbered.task_reference = carded.task_reference
        and numbered.task_date = carded.task_date and numbered.level is not distinct from case when carded.has_level then carded.billed_level end
        and numbered.n = carded.band_n
    left join (
        select contract_reference, task_reference, task_date, level, volume, min(n) as n, min(rate) as rate
        from (
            select numbered.*, wanted.volume
            from numbered
            inner join (select distinct contract_reference, period, volume from carded where volume is not null) as wanted
                on wanted.contract_reference = numbered.contract_reference
                and wanted.volume >= numbered.band_low
                and (numbered.band_high is null or wanted.volume <= numbered.band_high)
        ) as fit
        group by contract_reference, task_reference, task_date, level, volume
    ) as fitting
        on fitting.contract_reference = carded.contract_reference and fitting.task_reference = carded.task_reference
        and fitting.task_date = carded.task_date and fitting.level is not distinct from case when carded.has_level then carded.billed_level end
        and fitting.volume = carded.volume
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
    select distinct asked.claim_no, asked.view
    from asked
    inner join subcontractor
        on subcontractor.contract_reference = asked.contract_reference
        and subcontractor.sub = coalesce(asked.sub, asked.prime)
        and asked.task_date between subcontractor.from_date and subcontractor.to_date
),

tested as (
    select
        rated.*,
        approved.claim_no is not null as is_approved,
        case
            -- A table that never came is complete to no day.
            when rated.evidence_kind = 'CRS_REFERRALS' then rated.referrals_to is not null and not {{ not_complete('rated.referrals_to', 'rated.task_date', 'rated') }}
            when rated.evidence_kind = 'CRS_APPOINTMENTS'
                then rated.referrals_to is not null and rated.appointments_to is not null
                    and not {{ not_complete('rated.referrals_to', 'rated.task_date', 'rated') }} and not {{ not_complete('rated.appointments_to', 'rated.task_date', 'rated') }}
            else rated.work_to >= rated.submitted_on
        end as work_due,
        cast(rated.qty * rated.rate as decimal(18, 2)) as worked_out,
        {{ verdict(
            'rated.has_contract and rated.has_task and rated.task_date >= rated.contract_from and (rated.contract_to is null or rated.task_date <= rated.contract_to)',
            [('table_missing', 'not rated.has_rate_card'),
             ('value_missing', 'rated.band_used is null and rated.bands > 1')],
            'coalesce(rated.rows_of_band, 0) <> 1'
        ) }} as r42
    from rated
    left join approved on approved.claim_no = rated.claim_no and approved.view = rated.view
)

select
    asked.claim_no,
    asked.view,
    {{ verdict(
        "asked.r42 = 'pass'",
        [('value_missing', 'asked.rate is null')],
        'asked.rate <> asked.card_rate'
    ) }} as r41,
    greatest(cast(0 as decimal(18, 2)), cast(asked.amount - cast(asked.qty * asked.card_rate as decimal(18, 2)) as decimal(18, 2))) as r41_part,
    {{ json_object(['rate', 'asked.rate', 'card_rate', 'asked.card_rate', 'band_used', 'asked.band_used']) }} as r41_evidence,
    asked.r42,
    {{ json_object(['band_used', 'asked.band_used', 'bands', 'asked.bands', 'task_date', 'asked.task_date', 'rows_of_band', 'coalesce(asked.rows_of_band, 0)']) }} as r42_evidence,
    {{ verdict(
        'true',
        [('value_missing', 'asked.qty is null or asked.rate is null or asked.amount is null')],
        'asked.amount <> asked.worked_out',
        fails_anyway='asked.qty <= 0 or asked.amount < 0'
    ) }} as r43,
    case
        when asked.qty <= 0 then cast(null as decimal(18, 2))
        else greatest(cast(0 as decimal(18, 2)), cast(asked.amount - asked.worked_out as decimal(18, 2)))
    end as r43_part,
    {{ json_object(['qty', 'asked.qty', 'rate', 'asked.rate', 'amount', 'asked.amount']) }} as r43_evidence,
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_register or not asked.has_tasks'),
         ('value_missing', 'asked.task_date is null')],
        'not asked.has_contract or asked.task_date < asked.contract_from or asked.task_date > asked.contract_to or not asked.has_task',
        fails_anyway='asked.has_register and not asked.has_contract'
    ) }} as r44,
    {{ json_object(['contract_id', 'asked.contract_reference', 'task_code', 'asked.task_reference', 'task_date', 'asked.task_date', 'has_contract', 'asked.has_contract', 'start_date', 'asked.contract_from', 'end_date', 'asked.contract_to', 'has_task', 'asked.has_task']) }} as r44_evidence,
    {{ verdict(
        'asked.sub is not null or asked.prime <> asked.contract_provider',
        [('table_missing', 'not asked.has_subcontractor'),
         ('value_missing', 'asked.task_date is null')],
        'not asked.is_approved'
    ) }} as r45,
    {{ json_object(['prime_code', 'asked.prime', 'sub_code', 'asked.sub', 'task_date', 'asked.task_date', 'is_approved', 'asked.is_approved']) }} as r45_evidence,
    {{ verdict(
        'asked.has_task',
        [('table_missing', "not asked.has_rate_card or case when asked.evidence_kind = 'CRS_REFERRALS' then asked.referrals_to is null when asked.evidence_kind = 'CRS_APPOINTMENTS' then asked.appointments_to is null or asked.referrals_to is null else asked.work_to is null end"),
         ('no_term', 'asked.bands = 0 or (asked.band_n is not null and asked.volume is not null and asked.right_n is null)'),
         ('value_missing', 'asked.is_unknown_status or asked.band_n is null or asked.period is null'),
         ('not_due', "case when asked.evidence_kind like 'CRS%' then " ~ not_complete('asked.referrals_to', 'asked.task_date', 'asked') ~ " else asked.work_to < asked.submitted_on end")],
        'not asked.has_work or not asked.is_done',
        fails_anyway="asked.task_ref is null or asked.is_claimed_before or asked.right_n <> asked.band_n or (asked.work_due and not asked.is_unknown_status and not (asked.has_work and asked.is_done))"
    ) }} as r53,
    -- What was done and claimed once, whatever its band: what a price for the task done hangs on.
    case
        when asked.task_ref is null or asked.is_claimed_before then 'no'
        when asked.is_unknown_status or (asked.work_to is null and asked.evidence_kind not like 'CRS%') or (asked.referrals_to is null and asked.evidence_kind like 'CRS%') then 'unknown'
        when asked.has_work and asked.is_done then 'yes'
        else 'no'
    end as is_task_done,
    case
        when asked.task_ref is null or not asked.has_work or not asked.is_done or asked.is_claimed_before then cast(null as decimal(18, 2))
        else greatest(cast(0 as decimal(18, 2)), cast(asked.amount - cast(asked.qty * asked.right_rate as decimal(18, 2)) as decimal(18, 2)))
    end as r53_part,
    {{ json_object(['task_ref', 'asked.task_ref', 'band_used', 'asked.band_used', 'volume', 'asked.volume', 'band', 'asked.right_n', 'band_billed', 'asked.band_n', 'is_claimed_before', 'asked.is_claimed_before', 'has_work', 'asked.has_work', 'is_done', 'asked.is_done']) }} as r53_evidence
from tested as asked
