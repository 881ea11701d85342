with
-- Each claim beside one before it, by number or day, for the same task of the same person; and each of a plan beside one of a plan.
pair as (
    {% for is_same in ['other.task_reference = claim.task_reference', "other.evidence_kind = 'PLAN' and claim.evidence_kind = 'PLAN'"] %}
    select claim.claim_no, other.claim_no as other_no
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('payment_seen') }} as other on other.who = claim.who and {{ is_same }}
    where other.claim_no < claim.claim_no
        or (other.claim_no > claim.claim_no and coalesce(other.task_date, cast('9999-12-31' as date)) < coalesce(claim.task_date, cast('9999-12-31' as date)))
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Whether a view sees the other, with its booking and release as it sees them.
paired as (
    select
        claim.claim_no,
        claim.contract_reference,
        claim.task_date,
        claim.prime,
        claim.sub,
        claim.evidence_kind,
        claim.book_id,
        -- Before agreements came nothing tells a service's claims, which are known by their reference, from others.
        coalesce(claim.contract_type = 'crs', not mark.has_contract) as is_crs,
        other.claim_no as other_no,
        other.contract_reference as other_contract,
        other.task_date as other_date,
        other.prime as other_prime,
        other.sub as other_sub,
        other.task_reference = claim.task_reference
        and (not coalesce(claim.contract_type = 'crs', not mark.has_contract) or other.task_ref is not distinct from claim.task_ref) as is_same_task,
        {% for view in fromjson(views()) %}
        {{ 'true' if view == 'now' else 'coalesce(other.submitted_ts <= claim.submitted_ts, false)' }} as is_seen_{{ view }},
        case when claim.sees_release_{{ view }} then claim.release_id end as release_{{ view }},
        coalesce(
            booking.claimed_book_id,
            case when {{ is_known_in(view, 'booking', 'claim', 'spell_') }} then booking.spell_book_id end,
            case when {{ is_known_in(view, 'booking', 'claim', 'release_') }} then booking.release_book_id end
        ) as other_book_{{ view }},
        case when {{ is_known_in(view, 'booking', 'claim', 'release_') }} then booking.release_id end as other_release_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from pair
    inner join {{ ref('payment_seen') }} as claim on claim.claim_no = pair.claim_no
    inner join {{ ref('payment_seen') }} as other on other.claim_no = pair.other_no
    inner join {{ ref('payment_booking') }} as booking on booking.claim_no = pair.other_no
    cross join {{ ref('payment_watermark') }} as mark
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
of_both as (
    select distinct paired.claim_no, paired.other_no
    from paired
    inner join subcontractor
        on paired.task_date between subcontractor.from_date and subcontractor.to_date
        and (
            (subcontractor.contract_reference = paired.other_contract and subcontractor.sub = paired.prime)
            or (subcontractor.contract_reference = paired.contract_reference and subcontractor.sub = paired.other_prime)
        )
    where paired.other_no < paired.claim_no and paired.is_same_task
        and paired.other_prime <> paired.prime
        and abs({{ days_between('paired.other_date', 'paired.task_date') }}) <= {{ threshold('rule_r35_days', as_of()) }}
),

-- A claim before it that says the same, one of prime or sub-contractor, or one of a plan under another contract.
told as (
    select
        paired.claim_no,
        {% for view in fromjson(views()) %}
        max(case when paired.is_seen_{{ view }} and paired.is_same_task
            and paired.other_contract is not distinct from paired.contract_reference
            and paired.other_date is not distinct from paired.task_date
            and paired.other_prime is not distinct from paired.prime
            and paired.other_sub is not distinct from paired.sub
            and paired.other_book_{{ view }} is not distinct from paired.book_id
            then 1 else 0 end) = 1 as is_repeated_{{ view }},
        max(case when paired.is_seen_{{ view }} and of_both.claim_no is not null
            and paired.other_book_{{ view }} is not distinct from paired.book_id
            then 1 else 0 end) = 1 as is_by_both_{{ view }},
        max(case when paired.is_seen_{{ view }} and paired.evidence_kind = 'PLAN'
            and paired.other_book_{{ view }} = paired.book_id
            and paired.other_contract is distinct from paired.contract_reference
            then 1 else 0 end) = 1 as is_across_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from paired
    left join of_both on of_both.claim_no = paired.claim_no and of_both.other_no = paired.other_no
    where paired.other_no < paired.claim_no
    group by paired.claim_no
),

-- Claims that fail by one of these are not counted again.
duplicate as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        is_repeated_{{ view }} or is_by_both_{{ view }} or is_across_{{ view }} as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from told
    where {% for view in fromjson(views()) %}is_repeated_{{ view }} or is_by_both_{{ view }} or is_across_{{ view }}{{ ' or ' if not loop.last }}{% endfor %}
),

counted as (
    select
        paired.claim_no,
        {% for view in fromjson(views()) %}
        sum(case when paired.is_seen_{{ view }}
            and not coalesce(duplicate.in_{{ view }}, false)
            and (paired.is_crs or (paired.other_book_{{ view }} is not distinct from paired.book_id and paired.other_release_{{ view }} is not distinct from paired.release_{{ view }}))
            then 1 else 0 end) + 1 as place_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from paired
    left join duplicate on duplicate.claim_no = paired.other_no
    where paired.is_same_task
        and paired.other_contract is not distinct from paired.contract_reference
        and (
            coalesce(paired.other_date, cast('9999-12-31' as date)) < coalesce(paired.task_date, cast('9999-12-31' as date))
            or (paired.other_date is not distinct from paired.task_date and paired.other_no < paired.claim_no)
        )
    group by paired.claim_no
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

asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.person_id,
        claim.contract_reference,
        claim.has_task,
        claim.task_reference,
        claim.task_date,
        claim.prime,
        claim.max_per_booking,
        claim.book_id,
        claim.period,
        claim.submitted_ts,
        claim.submitted_on,
        claim.late_approval_ref,
        claim.first_complete_to,
        {{ in_each_view('claim.has_work') }},
        {{ in_each_view('claim.done_at') }},
        coalesce(claim.contract_type = 'crs', not mark.has_contract) as is_crs,
        claim.who,
        claim.evidence_kind,
        {% for view in fromjson(views()) %}
        coalesce(told.is_repeated_{{ view }}, false) as is_repeated_{{ view }},
        coalesce(told.is_by_both_{{ view }}, false) as is_by_both_{{ view }},
        coalesce(told.is_across_{{ view }}, false) as is_across_{{ view }},
        coalesce(duplicate.in_{{ view }}, false) as is_duplicate_{{ view }},
        coalesce(counted.place_{{ view }}, 1) as place_{{ view }},
        {% endfor %}
        period.contract_reference is not null as has_term,
        period.start_date,
        period.end_date,
        period.closes_ts,
        contract_with_periods.contract_reference is not null as has_periods,
        late_approval.approved_on,
        mark.has_subcontractor,
        mark.has_period,
        mark.has_late_approval
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join told on told.claim_no = claim.claim_no
    left join duplicate on duplicate.claim_no = claim.claim_no
    left join counted on counted.claim_no = claim.claim_no
    left join period on period.contract_reference = claim.contract_reference and period.period = claim.period
    left join contract_with_periods on contract_with_periods.contract_reference = claim.contract_reference
    left join late_approval
        on late_approval.late_approval_ref = claim.late_approval_ref and late_approval.contract_reference = claim.contract_reference
)

select
    asked.claim_no,
    asked.is_dated,
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_period'),
         ('no_term', 'not asked.has_term'),
         ('value_missing', 'asked.closes_ts is null or asked.submitted_ts is null')],
        'not ' ~ comes_no_later('asked.submitted_ts', 'asked.closes_ts') ~ ' and (asked.late_approval_ref is null or (asked.has_late_approval and not coalesce(asked.approved_on <= asked.submitted_on, false)))'
    ) }} as r38,
    {{ verdict(
        'asked.has_periods or not asked.has_period',
        [('table_missing', 'not asked.has_period'),
         ('value_missing', 'asked.task_date is null or (asked.has_term and (asked.start_date is null or asked.end_date is null))')],
        'asked.task_date not between asked.start_date and asked.end_date',
        fails_anyway='asked.has_period and not asked.has_term'
    ) }} as r39,
    {% for view in fromjson(views()) %}
    {{ verdict(
        'true',
        [('value_missing', 'asked.who is null')],
        'asked.is_repeated_' ~ view
    ) }} as r34_{{ view }},
    {{ verdict(
        'true',
        [('table_missing', 'not asked.has_subcontractor'),
         ('value_missing', 'asked.who is null or asked.task_date is null')],
        'asked.is_by_both_' ~ view
    ) }} as r35_{{ view }},
    {{ verdict(
        "asked.has_task and asked.evidence_kind = 'PLAN'",
        [('not_linked', 'asked.person_id is null'),
         ('value_missing', 'asked.book_id is null')],
        'asked.is_across_' ~ view
    ) }} as r36_{{ view }},
    {{ verdict(
        'asked.has_task and asked.max_per_booking is not null',
        [('not_linked', 'asked.person_id is null'),
         ('value_missing', 'not asked.is_crs and asked.book_id is null')],
        'not asked.is_duplicate_' ~ view ~ ' and asked.place_' ~ view ~ ' > asked.max_per_booking'
    ) }} as r37_{{ view }},
    {{ verdict(
        'true',
        [('value_missing', 'asked.submitted_ts is null or (asked.has_work_' ~ view ~ ' and asked.done_at_' ~ view ~ ' is null) or (not asked.has_work_' ~ view ~ ' and asked.task_date is null)')],
        'case when asked.has_work_' ~ view ~ ' then ' ~ comes_before('asked.submitted_ts', 'asked.done_at_' ~ view) ~ ' else asked.submitted_on < asked.task_date end',
        fails_anyway='asked.task_date > asked.first_complete_to'
    ) }} as r40_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    asked.contract_reference,
    asked.task_reference,
    asked.task_date,
    asked.is_repeated_now as is_repeated,
    asked.prime,
    asked.is_by_both_now as is_by_both,
    asked.is_across_now as is_across,
    asked.place_now as place,
    asked.max_per_booking,
    asked.is_duplicate_now as is_duplicate,
    asked.period,
    asked.closes_ts,
    asked.submitted_ts,
    asked.late_approval_ref,
    asked.has_late_approval,
    asked.approved_on,
    asked.start_date,
    asked.end_date,
    asked.done_at_now as done_at,
    asked.first_complete_to,
    asked.has_work_now as has_work
from asked
