with
recalled as (
    select release_id, min({{ days_between('release_date', 'recall_date') }}) as days_to_recall
    from {{ ref('evt_recall') }}
    where is_recall
    group by release_id
),

failed as (
    select distinct claim_no from {{ ref('payment_result') }} where result = 'fail' and class = 'E'
),

-- All that a condition asks of a claim is found before its price is parted.
claim as (
    select
        claim.claim_no,
        claim.provider,
        claim.who,
        claim.contract_type,
        claim.domain,
        claim.task_reference,
        claim.task_date,
        cast(claim.qty * claim.rate as decimal(18, 2)) as base,
        claim.person_id is not null as is_linked,
        price.is_task_done,
        failed.claim_no is not null as is_failed,
        claim.release_id is not null as has_release,
        claim.release_date,
        release.is_on_licence,
        recalled.days_to_recall,
        status.home_on_day_0,
        status.home_on_day_91,
        status.work_on_day_42
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('answer_price') }} as price on price.claim_no = claim.claim_no
    left join failed on failed.claim_no = claim.claim_no
    left join {{ ref('int_release') }} as release on release.release_id = claim.release_id
    left join recalled on recalled.release_id = claim.release_id
    left join {{ ref('payment_status') }} as status on status.release_id = claim.release_id
    where claim.qty is not null and claim.rate is not null
),

-- Claims of one task and day at one price are parted alike.
asked as (
    select distinct contract_type, domain, task_reference, task_date, cast(qty * rate as decimal(18, 2)) as base
    from {{ ref('payment_seen') }}
    where task_date is not null and qty is not null and rate is not null
),

-- The terms of a claim, the most specific first.
termed as (
    select contract_type, domain, task_reference, task_date, base, terms_id, part, share, condition, if_unknown
    from (
        select
            asked.*,
            terms.terms_id,
            terms.part,
            terms.share,
            terms.condition,
            terms.if_unknown,
            dense_rank() over (
                partition by asked.contract_type, asked.domain, asked.task_reference, asked.task_date, asked.base, terms.terms_id
                order by case when terms.task_code = '*' then 1 else 0 end, case when terms.domain = '*' then 1 else 0 end
            ) as specific_first
        from asked
        inner join {{ ref('pricing_terms') }} as terms
            on terms.contract_type = asked.contract_type
            and (terms.task_code = '*' or {{ reference('terms.task_code') }} = asked.task_reference)
            and (terms.domain = '*' or terms.domain = asked.domain)
            and asked.task_date between terms.valid_from and coalesce(terms.valid_to, cast('9999-12-31' as date))
    ) as ranked
    where specific_first = 1
),

-- The last part takes what rounding leaves.
shared as (
    select
        termed.*,
        case
            when row_number() over (
                partition by contract_type, domain, task_reference, task_date, base, terms_id order by part desc
            ) = 1
                then base - coalesce(sum(cast(share * base as decimal(18, 2))) over (
                    partition by contract_type, domain, task_reference, task_date, base, terms_id
                    order by part rows between unbounded preceding and 1 preceding
                ), 0)
            else cast(share * base as decimal(18, 2))
        end as amount
    from termed
)

select
    claim.claim_no,
    shared.terms_id,
    shared.part,
    shared.if_unknown,
    claim.provider,
    claim.who,
    shared.amount,
    case shared.condition
        when 'task_done' then case claim.is_task_done when 'yes' then 'paid' when 'no' then 'unpaid' else 'unknown' end
        when 'verified' then case when claim.is_failed then 'unpaid' else 'paid' end
        when 'not_recalled_28' then case
            when not claim.is_linked then 'unknown'
            when not claim.has_release then 'not_yet_due'
            when {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r70_days', as_of()) ~ " as integer)") }} > least(mark.movements_to, mark.recalls_to) then 'not_yet_due'
            when claim.is_on_licence is null then 'unknown'
            when not claim.is_on_licence then 'paid'
            when claim.days_to_recall between 0 and {{ threshold('rule_r70_days', as_of()) }} then 'unpaid'
            else 'paid'
        end
        else case
            when not claim.is_linked then 'unknown'
            when not claim.has_release then 'not_yet_due'
            when shared.condition = 'housed_day_0' then case
                when claim.home_on_day_0 in ('settled', 'temporary') then 'paid'
                when claim.home_on_day_0 in ('homeless_rough', 'homeless_other') then 'unpaid'
                when claim.home_on_day_0 = 'out_of_scope' then 'paid'
                when claim.home_on_day_0 = 'not_yet_due' then 'not_yet_due'
                else 'unknown'
            end
            when shared.condition = 'settled_day_91' then case
                when claim.home_on_day_91 = 'settled' then 'paid'
                when claim.home_on_day_91 in ('temporary', 'homeless_rough', 'homeless_other') then 'unpaid'
                when claim.home_on_day_91 = 'out_of_scope' then 'paid'
                when claim.home_on_day_91 = 'not_yet_due' then 'not_yet_due'
                else 'unknown'
            end
            when shared.condition = 'employed_day_42' then case
                when claim.work_on_day_42 = 'employed' then 'paid'
                when claim.work_on_day_42 in ('education', 'unemployed') then 'unpaid'
                when claim.work_on_day_42 in ('out_of_scope', 'not_available') then 'paid'
                when claim.work_on_day_42 = 'not_yet_due' then 'not_yet_due'
                else 'unknown'
            end
        end
    end as state
from claim
cross join {{ ref('payment_watermark') }} as mark
inner join shared
    on shared.contract_type = claim.contract_type
    and shared.task_date = claim.task_date
    and shared.base = claim.base
    and shared.task_reference is not distinct from claim.task_reference
    and shared.domain is not distinct from claim.domain
