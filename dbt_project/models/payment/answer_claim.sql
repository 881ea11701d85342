with
asked as (
    select
        view.claim_no,
        view.view,
        view.seen_to,
        view.moment,
        view.is_perhaps,
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
        -- Before agreements came nothing tells a service's claims, which are known by their reference, from others.
        coalesce(claim.contract_type = 'crs', not mark.has_contract) as is_crs
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
    cross join {{ ref('payment_watermark') }} as mark
),

-- Another claim for the same task of the same person, with its booking and release as this view sees them.
other as (
    select
        asked.claim_no,
        asked.view,
        asked.contract_reference,
        asked.task_date,
        asked.prime,
        asked.sub,
        asked.evidence_kind,
        asked.book_id,
        asked.release_id,
        asked.is_crs,
        other.claim_no as other_no,
        other.contract_reference as other_contract,
        other.task_date as other_date,
        other.prime as other_prime,
        other.sub as other_sub,
        other.task_reference = asked.task_reference and (not asked.is_crs or other.task_ref is not distinct from asked.task_ref) as is_same_task,
        coalesce(
            booking.claimed_book_id,
            case when asked.moment >= case when asked.is_perhaps then booking.spell_maybe_from else booking.spell_known_from end then booking.spell_book_id end,
            case when asked.moment >= case when asked.is_perhaps then booking.release_maybe_from else booking.release_known_from end then booking.release_book_id end
        ) as other_book,
        case when asked.moment >= case when asked.is_perhaps then booking.release_maybe_from else booking.release_known_from end then booking.release_id end as other_release
    from asked
    inner join {{ ref('payment_claim') }} as other
        on other.who = asked.who and other.waterfall = 'tested' and other.claim_no <> asked.claim_no
        and (other.task_reference = asked.task_reference or (other.evidence_kind = 'PLAN' and asked.evidence_kind = 'PLAN'))
        and (asked.view = 'now' or other.submitted_ts <= asked.moment)
    inner join {{ ref('payment_booking') }} as booking on booking.claim_no = other.claim_no
),

-- The claim before it that says the same.
repeated as (
    select distinct claim_no, view
    from other
    where other_no < claim_no and is_same_task
        and other_contract is not distinct from contract_reference
        and other_date is not distinct from task_date
        and other_prime is not distinct from prime
        and other_sub is not distinct from sub
        and other_book is not distinct from book_id
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
    select distinct other.claim_no, other.view
    from other
    inner join subcontractor
        on other.task_date between subcontractor.from_date and subcontractor.to_date
        and (
            (subcontractor.contract_reference = other.other_contract and subcontractor.sub = other.prime)
            or (subcontractor.contract_reference = other.contract_reference and subcontractor.sub = other.other_prime)
        )
    where other.other_no < other.claim_no and other.is_same_task
        and other.other_prime <> other.prime
        and other.other_book is not distinct from other.book_id
        and abs({{ days_between('other.other_date', 'other.task_date') }}) <= {{ threshold('rule_r35_days', as_of()) }}
),

-- A plan that another contract was billed for first.
across as (
    select distinct claim_no, view
    from other
    where evidence_kind = 'PLAN' and other_no < claim_no and other_book = book_id
        and other_contract is distinct from contract_reference
),

late_approval as (
    select {{ reference('late_approval_ref') }} as late_approval_ref, {{ reference('contract_id') }} as contract_reference, min(approved_on) as approved_on
    from {{ ref('stg_contracts__late_approval') }}
    group by {{ reference('late_approval_ref') }}, {{ reference('contract_id') }}
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
        repeated.claim_no is not null as is_repeated,
        by_both.claim_no is not null as is_by_both,
        across.claim_no is not null as is_across,
        {{ verdict(
            'true',
            [('value_missing', 'asked.who is null')],
            'repeated.claim_no is not null'
        ) }} as r34,
        {{ verdict(
            'true',
            [('table_missing', 'not mark.has_subcontractor'),
             ('value_missing', 'asked.who is null or asked.task_date is null')],
            'by_both.claim_no is not null'
        ) }} as r35,
        {{ verdict(
            "asked.has_task and asked.evidence_kind = 'PLAN'",
            [('not_linked', 'asked.person_id is null'),
             ('value_missing', 'asked.book_id is null')],
            'across.claim_no is not null'
        ) }} as r36
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join repeated on repeated.claim_no = asked.claim_no and repeated.view = asked.view
    left join by_both on by_both.claim_no = asked.claim_no and by_both.view = asked.view
    left join across on across.claim_no = asked.claim_no and across.view = asked.view
),

-- Claims that fail one of these are not counted again.
duplicate as (
    select claim_no, view
    from told
    where r34 = 'fail' or r35 = 'fail' or r36 = 'fail'
),

counted as (
    select other.claim_no, other.view, count(*) + 1 as place
    from other
    left join duplicate on duplicate.claim_no = other.other_no and duplicate.view = other.view
    where duplicate.claim_no is null
        and other.is_same_task
        and other.other_contract is not distinct from other.contract_reference
        and (other.is_crs or (other.other_book is not distinct from other.book_id and other.other_release is not distinct from other.release_id))
        and (
            coalesce(other.other_date, cast('9999-12-31' as date)) < coalesce(other.task_date, cast('9999-12-31' as date))
            or (other.other_date is not distinct from other.task_date and other.other_no < other.claim_no)
        )
    group by other.claim_no, other.view
)

select
    asked.claim_no,
    asked.view,
    asked.r34,
    asked.r35,
    asked.r36,
    {{ verdict(
        'asked.has_task and asked.max_per_booking is not null',
        [('not_linked', 'asked.person_id is null'),
         ('value_missing', 'not asked.is_crs and asked.book_id is null')],
        'duplicate.claim_no is null and coalesce(counted.place, 1) > asked.max_per_booking'
    ) }} as r37,
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_period'),
         ('no_term', 'period.contract_reference is null'),
         ('value_missing', 'period.closes_ts is null or asked.submitted_ts is null')],
        'not ' ~ comes_no_later('asked.submitted_ts', 'period.closes_ts') ~ ' and (asked.late_approval_ref is null or (asked.has_late_approval and not coalesce(late_approval.approved_on <= asked.submitted_on, false)))'
    ) }} as r38,
    {{ verdict(
        'contract_with_periods.contract_reference is not null or not asked.has_period',
        [('table_missing', 'not asked.has_period'),
         ('value_missing', 'asked.task_date is null or (period.contract_reference is not null and (period.start_date is null or period.end_date is null))')],
        'asked.task_date not between period.start_date and period.end_date',
        fails_anyway='asked.has_period and period.contract_reference is null'
    ) }} as r39,
    {{ verdict(
        'true',
        [('value_missing', 'asked.submitted_ts is null or (asked.has_work and asked.done_at is null) or (not asked.has_work and asked.task_date is null)')],
        "case when asked.has_work then " ~ comes_before('asked.submitted_ts', 'asked.done_at') ~ " else asked.submitted_on < asked.task_date end",
        fails_anyway='asked.task_date > asked.first_complete_to'
    ) }} as r40,
    -- What the evidence is worded from.
    {{ only_now('asked.contract_reference', 'asked') }} as contract_reference,
    {{ only_now('asked.task_reference', 'asked') }} as task_reference,
    {{ only_now('asked.task_date', 'asked') }} as task_date,
    {{ only_now('asked.is_repeated', 'asked') }} as is_repeated,
    {{ only_now('asked.prime', 'asked') }} as prime,
    {{ only_now('asked.is_by_both', 'asked') }} as is_by_both,
    {{ only_now('asked.is_across', 'asked') }} as is_across,
    {{ only_now('coalesce(counted.place, 1)', 'asked') }} as place,
    {{ only_now('asked.max_per_booking', 'asked') }} as max_per_booking,
    {{ only_now('duplicate.claim_no is not null', 'asked') }} as is_duplicate,
    {{ only_now('asked.period', 'asked') }} as period,
    {{ only_now('period.closes_ts', 'asked') }} as closes_ts,
    {{ only_now('asked.submitted_ts', 'asked') }} as submitted_ts,
    {{ only_now('asked.late_approval_ref', 'asked') }} as late_approval_ref,
    {{ only_now('asked.has_late_approval', 'asked') }} as has_late_approval,
    {{ only_now('late_approval.approved_on', 'asked') }} as approved_on,
    {{ only_now('period.start_date', 'asked') }} as start_date,
    {{ only_now('period.end_date', 'asked') }} as end_date,
    {{ only_now('asked.done_at', 'asked') }} as done_at,
    {{ only_now('asked.first_complete_to', 'asked') }} as first_complete_to,
    {{ only_now('asked.has_work', 'asked') }} as has_work
from told as asked
left join duplicate on duplicate.claim_no = asked.claim_no and duplicate.view = asked.view
left join counted on counted.claim_no = asked.claim_no and counted.view = asked.view
left join period on period.contract_reference = asked.contract_reference and period.period = asked.period
left join contract_with_periods on contract_with_periods.contract_reference = asked.contract_reference
left join late_approval
    on late_approval.late_approval_ref = asked.late_approval_ref and late_approval.contract_reference = asked.contract_reference
