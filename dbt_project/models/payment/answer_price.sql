with
-- What a claim was priced by is alike in every view.
claim as (
    select
        claim.claim_no,
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
        claim.submitted_on,
        min(claim.claim_no) over (partition by claim.contract_reference, claim.task_reference, claim.task_ref) < claim.claim_no as is_claimed_before,
        case when mark.has_card_level then claim.billed_level end as level,
        claim.work_to
    from {{ ref('payment_claim') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    where claim.waterfall = 'tested'
),

-- The card's rows that are in force for the contract, the task, the day and the level.
priced_on as (
    select distinct contract_reference, task_reference, task_date, level
    from claim
    where has_task and task_date is not null
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
    from claim
    inner join subcontractor
        on subcontractor.contract_reference = claim.contract_reference
        and subcontractor.sub = coalesce(claim.sub, claim.prime)
        and claim.task_date between subcontractor.from_date and subcontractor.to_date
),

-- The band that was billed.
carded as (
    select
        claim.*,
        approved.claim_no is not null as is_approved,
        coalesce(banded.bands, 0) as bands,
        case when claim.band_used is null and banded.bands = 1 then 1 else {{ safe_cast_bigint('claim.band_used') }} end as band_n
    from claim
    left join banded
        on banded.contract_reference = claim.contract_reference and banded.task_reference = claim.task_reference
        and banded.task_date = claim.task_date and banded.level is not distinct from claim.level
    left join approved on approved.claim_no = claim.claim_no
),

rated as (
    select
        carded.*,
        numbered.rows_of_band,
        numbered.rate as card_rate
    from carded
    left join numbered
        on numbered.contract_reference = carded.contract_reference and numbered.task_reference = carded.task_reference
        and numbered.task_date = carded.task_date and numbered.level is not distinct from carded.level
        and numbered.n = carded.band_n
),

-- The band that the volume of the period calls for.
fitting as (
    select volume.claim_no, volume.view, min(numbered.n) as n, min(numbered.rate) as rate
    from {{ ref('payment_volume') }} as volume
    inner join claim on claim.claim_no = volume.claim_no
    inner join numbered
        on numbered.contract_reference = claim.contract_reference and numbered.task_reference = claim.task_reference
        and numbered.task_date = claim.task_date and numbered.level is not distinct from claim.level
        and volume.volume >= numbered.band_low
        and (numbered.band_high is null or volume.volume <= numbered.band_high)
    group by volume.claim_no, volume.view
),

asked as (
    select
        rated.*,
        view.view,
        view.has_work,
        view.is_done,
        view.is_unknown_status,
        view.lagged_to,
        mark.has_contract as has_register,
        mark.has_task as has_tasks,
        mark.has_subcontractor,
        mark.has_rate_card,
        mark.referrals_to,
        mark.appointments_to,
        volume.volume,
        coalesce(volume.is_untold, false) as is_volume_untold,
        fitting.n as right_n,
        fitting.rate as right_rate
    from {{ ref('payment_view') }} as view
    inner join rated on rated.claim_no = view.claim_no
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_volume') }} as volume on volume.claim_no = view.claim_no and volume.view = view.view
    left join fitting on fitting.claim_no = view.claim_no and fitting.view = view.view
),

tested as (
    select
        asked.*,
        case
            -- A table that never came is complete to no day.
            when asked.evidence_kind = 'CRS_REFERRALS' then asked.referrals_to is not null and not {{ not_complete('asked.referrals_to', 'asked.task_date', 'asked') }}
            when asked.evidence_kind = 'CRS_APPOINTMENTS'
                then asked.referrals_to is not null and asked.appointments_to is not null
                    and not {{ not_complete('asked.referrals_to', 'asked.task_date', 'asked') }} and not {{ not_complete('asked.appointments_to', 'asked.task_date', 'asked') }}
            else asked.work_to >= asked.submitted_on
        end as work_due,
        cast(asked.qty * asked.rate as decimal(18, 2)) as worked_out,
        {{ verdict(
            'asked.has_contract and asked.has_task and asked.task_date >= asked.contract_from and (asked.contract_to is null or asked.task_date <= asked.contract_to)',
            [('table_missing', 'not asked.has_rate_card'),
             ('value_missing', 'asked.band_used is null and asked.bands > 1')],
            'coalesce(asked.rows_of_band, 0) <> 1'
        ) }} as r42
    from asked
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
    asked.r42,
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
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_register or not asked.has_tasks'),
         ('value_missing', 'asked.task_date is null')],
        'not asked.has_contract or asked.task_date < asked.contract_from or asked.task_date > asked.contract_to or not asked.has_task',
        fails_anyway='(asked.has_register and (not asked.has_contract or asked.task_date < asked.contract_from or asked.task_date > asked.contract_to)) or (asked.has_tasks and asked.task_date is not null and not asked.has_task)'
    ) }} as r44,
    {{ verdict(
        'asked.sub is not null or asked.prime <> asked.contract_provider',
        [('table_missing', 'not asked.has_subcontractor'),
         ('value_missing', 'asked.task_date is null')],
        'not asked.is_approved'
    ) }} as r45,
    {{ verdict(
        'asked.has_task',
        [('table_missing', "not asked.has_rate_card or (asked.bands > 1 and asked.is_volume_untold) or case when asked.evidence_kind = 'CRS_REFERRALS' then asked.referrals_to is null when asked.evidence_kind = 'CRS_APPOINTMENTS' then asked.appointments_to is null or asked.referrals_to is null else asked.work_to is null end"),
         ('no_term', 'asked.bands = 0 or (asked.band_n is not null and asked.volume is not null and asked.right_n is null)'),
         ('value_missing', 'asked.is_unknown_status or asked.band_n is null or asked.period is null'),
         ('not_due', "case when asked.evidence_kind like 'CRS%' then " ~ not_complete('asked.referrals_to', 'asked.task_date', 'asked') ~ " else asked.work_to < asked.submitted_on end")],
        'not asked.has_work or not asked.is_done',
        fails_anyway="asked.task_ref is null or asked.is_claimed_before or (asked.right_n <> asked.band_n and not asked.is_volume_untold) or (asked.work_due and not asked.is_unknown_status and not (asked.has_work and asked.is_done))"
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
    -- What the evidence is worded from.
    {{ only_now('asked.rate', 'asked') }} as rate,
    {{ only_now('asked.card_rate', 'asked') }} as card_rate,
    {{ only_now('asked.band_used', 'asked') }} as band_used,
    {{ only_now('asked.bands', 'asked') }} as bands,
    {{ only_now('asked.task_date', 'asked') }} as task_date,
    {{ only_now('coalesce(asked.rows_of_band, 0)', 'asked') }} as rows_of_band,
    {{ only_now('asked.qty', 'asked') }} as qty,
    {{ only_now('asked.amount', 'asked') }} as amount,
    {{ only_now('asked.contract_reference', 'asked') }} as contract_reference,
    {{ only_now('asked.task_reference', 'asked') }} as task_reference,
    {{ only_now('asked.has_contract', 'asked') }} as has_contract,
    {{ only_now('asked.contract_from', 'asked') }} as contract_from,
    {{ only_now('asked.contract_to', 'asked') }} as contract_to,
    {{ only_now('asked.has_task', 'asked') }} as has_task,
    {{ only_now('asked.prime', 'asked') }} as prime,
    {{ only_now('asked.sub', 'asked') }} as sub,
    {{ only_now('asked.is_approved', 'asked') }} as is_approved,
    {{ only_now('asked.task_ref', 'asked') }} as task_ref,
    {{ only_now('asked.volume', 'asked') }} as volume,
    {{ only_now('asked.right_n', 'asked') }} as right_n,
    {{ only_now('asked.band_n', 'asked') }} as band_n,
    {{ only_now('asked.is_claimed_before', 'asked') }} as is_claimed_before,
    {{ only_now('asked.has_work', 'asked') }} as has_work,
    {{ only_now('asked.is_done', 'asked') }} as is_done
from tested as asked
