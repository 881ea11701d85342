with
asked as (
    select
        view.claim_no,
        view.view,
        view.seen_to,
        view.book_id,
        view.release_id,
        view.has_work,
        view.done_at,
        claim.source,
        claim.claim_id,
        claim.who,
        claim.person_id,
        claim.contract_reference,
        claim.contract_type,
        claim.has_task,
        claim.evidence_kind,
        claim.task_reference,
        claim.task_ref,
        claim.task_date,
        claim.prime,
        claim.sub,
        claim.max_per_booking,
        claim.period,
        claim.submitted_ts,
        claim.submitted_on,
        claim.late_approval_ref,
        claim.first_complete_to,
        coalesce(claim.contract_type = 'crs', false) as is_crs
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
),

-- The claim before it that says the same.
repeated as (
    select
        claim_no,
        view,
        row_number() over (
            partition by view, contract_reference, who, book_id, task_reference, task_date, prime, sub, case when is_crs then task_ref end
            order by claim_no
        ) > 1 as is_repeated
    from asked
    where who is not null
),

subcontractor as (
    select
        {{ reference('contract_id') }} as contract_reference,
        {{ reference('sub_code') }} as sub,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__subcontractor') }}
),

-- The same task claimed by prime and sub-contractor.
by_both as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join asked as first
        on first.view = asked.view
        and first.claim_no < asked.claim_no
        and first.who = asked.who
        and first.task_reference = asked.task_reference
        and first.book_id is not distinct from asked.book_id
        and first.prime <> asked.prime
        and abs({{ days_between('first.task_date', 'asked.task_date') }}) <= {{ threshold('rule_r35_days', as_of()) }}
        and (not asked.is_crs or first.task_ref = asked.task_ref)
    where exists (
        select 1 from subcontractor
        where (subcontractor.contract_reference = first.contract_reference and subcontractor.sub = asked.prime
                and asked.task_date between subcontractor.from_date and subcontractor.to_date)
            or (subcontractor.contract_reference = asked.contract_reference and subcontractor.sub = first.prime
                and first.task_date between subcontractor.from_date and subcontractor.to_date)
    )
),

-- A plan that another contract was billed for first.
across as (
    select
        claim_no,
        view,
        min(contract_reference) over (partition by view, book_id order by claim_no rows between unbounded preceding and 1 preceding) <> contract_reference
        or max(contract_reference) over (partition by view, book_id order by claim_no rows between unbounded preceding and 1 preceding) <> contract_reference as is_across
    from asked
    where evidence_kind = 'PLAN' and book_id is not null
),

late_approval as (
    select {{ reference('late_approval_ref') }} as late_approval_ref, min(approved_on) as approved_on
    from {{ ref('stg_contracts__late_approval') }}
    group by {{ reference('late_approval_ref') }}
),

period as (
    select {{ reference('contract_id') }} as contract_reference, {{ reference('period') }} as period, start_date, end_date, closes_ts
    from {{ ref('stg_contracts__period') }}
),

contract_with_periods as (
    select distinct contract_reference from period
),

told as (
    select
        asked.*,
        mark.has_subcontractor,
        mark.has_period,
        mark.has_late_approval,
        {{ verdict(
            'true',
            [('value_missing', 'asked.who is null')],
            'repeated.is_repeated'
        ) }} as r34,
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'not mark.has_subcontractor'),
             ('value_missing', 'asked.who is null')],
            'by_both.claim_no is not null'
        ) }} as r35,
        {{ verdict(
            "asked.has_task and asked.evidence_kind = 'PLAN'",
            [('not_linked', 'asked.person_id is null'),
             ('value_missing', 'asked.book_id is null')],
            'across.is_across'
        ) }} as r36
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join repeated on repeated.claim_no = asked.claim_no and repeated.view = asked.view
    left join by_both on by_both.claim_no = asked.claim_no and by_both.view = asked.view
    left join across on across.claim_no = asked.claim_no and across.view = asked.view
),

-- Claims that fail one of these are not counted again.
counted as (
    select
        claim_no,
        view,
        row_number() over (
            partition by view, contract_reference, task_reference, who,
                case when is_crs then task_ref end, case when not is_crs then book_id end, case when not is_crs then release_id end
            order by task_date, claim_no
        ) as place
    from told
    where {{ passes('r34') }} and {{ passes('r35') }} and {{ passes('r36') }}
)

select
    asked.claim_no,
    asked.view,
    asked.r34,
    {{ json_object(['contract_id', 'asked.contract_reference', 'task_code', 'asked.task_reference', 'task_date', 'asked.task_date']) }} as r34_evidence,
    asked.r35,
    {{ json_object(['prime_code', 'asked.prime', 'task_code', 'asked.task_reference', 'task_date', 'asked.task_date']) }} as r35_evidence,
    asked.r36,
    {{ json_object(['contract_id', 'asked.contract_reference', 'task_code', 'asked.task_reference']) }} as r36_evidence,
    {{ verdict(
        'asked.has_task and asked.max_per_booking is not null',
        [('not_linked', 'asked.person_id is null'),
         ('value_missing', 'not asked.is_crs and asked.book_id is null')],
        'counted.place > asked.max_per_booking'
    ) }} as r37,
    {{ json_object(['place', 'counted.place', 'max_per_booking', 'asked.max_per_booking']) }} as r37_evidence,
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_period'),
         ('no_term', 'period.contract_reference is null'),
         ('value_missing', 'period.closes_ts is null or asked.submitted_ts is null')],
        'not ' ~ comes_no_later('asked.submitted_ts', 'period.closes_ts') ~ ' and (asked.late_approval_ref is null or (asked.has_late_approval and not coalesce(late_approval.approved_on <= asked.submitted_on, false)))'
    ) }} as r38,
    {{ json_object(['period', 'asked.period', 'closes_ts', 'period.closes_ts', 'submitted_ts', 'asked.submitted_ts', 'late_approval_ref', 'asked.late_approval_ref']) }} as r38_evidence,
    {{ verdict(
        'contract_with_periods.contract_reference is not null or not asked.has_period',
        [('table_missing', 'not asked.has_period'),
         ('value_missing', 'asked.task_date is null or (period.contract_reference is not null and (period.start_date is null or period.end_date is null))')],
        'asked.task_date not between period.start_date and period.end_date',
        fails_anyway='asked.has_period and period.contract_reference is null'
    ) }} as r39,
    {{ json_object(['period', 'asked.period', 'task_date', 'asked.task_date', 'start_date', 'period.start_date', 'end_date', 'period.end_date']) }} as r39_evidence,
    {{ verdict(
        'true',
        [('value_missing', 'asked.submitted_ts is null or (asked.has_work and asked.done_at is null) or (not asked.has_work and asked.task_date is null)')],
        "case when asked.has_work then " ~ comes_before('asked.submitted_ts', 'asked.done_at') ~ " else asked.submitted_on < asked.task_date end",
        fails_anyway='asked.task_date > asked.first_complete_to'
    ) }} as r40,
    {{ json_object(['submitted_ts', 'asked.submitted_ts', 'done_at', 'asked.done_at', 'task_date', 'asked.task_date', 'complete_to', 'asked.first_complete_to']) }} as r40_evidence
from told as asked
left join counted on counted.claim_no = asked.claim_no and counted.view = asked.view
left join period on period.contract_reference = asked.contract_reference and period.period = asked.period
left join contract_with_periods on contract_with_periods.contract_reference = asked.contract_reference
left join late_approval on late_approval.late_approval_ref = asked.late_approval_ref
