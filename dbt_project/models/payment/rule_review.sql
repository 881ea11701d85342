{%- set is_unattended -%}
asked.is_housing_needed and not coalesce(cast(asked.housing_completed_at as date) <= asked.release_date, false)
and coalesce(cast(asked.housing_looked_at as date) < {{ add_days('asked.release_date', "-cast(" ~ threshold('rule_r33_days', as_of()) ~ " as integer)") }}, true)
{%- endset -%}
with
asked as (
    select
        review.*,
        view.lagged_to,
        view.has_work,
        view.release_id,
        view.release_date,
        view.has_task,
        view.task_date,
        view.submitted_on,
        coalesce(view.review_from_days, -cast({{ threshold('rule_r12_window_days', as_of()) }} as integer)) as from_days,
        case review.view {% for view in fromjson(views()) %}when '{{ view }}' then custody.r07_{{ view }} {% endfor %}end as r07,
        mark.movements_to,
        mark.planned_to,
        mark.planned_history_to,
        least(mark.screenings_to, mark.screening_needs_to, mark.assessments_to, mark.assessment_needs_to, mark.addresses_to, mark.circumstances_to) as needs_to,
        mark.screenings_to is null or mark.screening_needs_to is null or mark.assessments_to is null or mark.assessment_needs_to is null as lacks_needs,
        sender.plan_to,
        sender.plan_review_to,
        sender.plan_action_to,
        sender.plan_action_history_to,
        sender.contact_to
    from {{ ref('payment_review') }} as review
    inner join {{ ref('payment_view') }} as view on view.claim_no = review.claim_no and view.view = review.view
    inner join {{ ref('rule_custody') }} as custody on custody.claim_no = review.claim_no
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = review.source
),

-- The claim's release, where it is of the booking.
booked_release as (
    select asked.claim_no, asked.view, release.release_date
    from asked
    inner join {{ ref('int_release') }} as release on release.release_id = asked.release_id and release.offender_book_id = asked.book_id
),

-- The planned date as it stood at the time of the review.
planned as (
    select claim_no, view, planned_date
    from (
        select
            asked.claim_no,
            asked.view,
            planned.planned_date,
            row_number() over (
                partition by asked.claim_no, asked.view
                order by case when planned.is_history then 0 else 1 end, planned.planned_at desc, planned._pointer desc
            ) as best_first
        from asked
        inner join {{ ref('stg_nomis__planned_release') }} as planned
            on planned.offender_book_id = asked.book_id
            and {{ is_seen('planned', 'asked') }}
            and {{ comes_no_later('planned.planned_at', 'asked.reviewed_at') }}
    ) as ranked
    where best_first = 1
),

met as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = asked.source
        and {{ reference('contact.person_ref') }} = asked.person_reference
        and contact.attended = 'Y'
        and lower(contact.contact_with) = 'person'
        and cast(contact.contact_ts as date) >= {{ add_days('cast(asked.reviewed_at as date)', "-cast(" ~ threshold('rule_r30_days', as_of()) ~ " as integer)") }}
        and cast(contact.contact_ts as date) <= {{ add_days('cast(asked.reviewed_at as date)', "cast(" ~ threshold('rule_r30_days', as_of()) ~ " as integer)") }}
        and {{ is_seen('contact', 'asked') }}
),

-- Who was met, as the review itself says, counts where contacts are not delivered.
said as (
    select asked.claim_no, asked.view, max(review.person_contacted) as person_contacted
    from asked
    inner join {{ ref('stg_provider__plan_review') }} as review
        on review._source = asked.source and {{ reference('review.review_ref') }} = asked.review_ref
        and {{ is_seen('review', 'asked') }}
    group by asked.claim_no, asked.view
),

answered as (
    select
        asked.claim_no,
        asked.view,
        {{ verdict(
            "asked.has_task and " ~ passes('asked.r07') ~ " and asked.r07 is not null and booked_release.claim_no is not null",
            [('table_missing', 'asked.planned_to is null or asked.planned_history_to is null'),
             ('not_linked', 'asked.person_id is null'),
             ('value_missing', "asked.reviewed_at is null or (planned.planned_date is null and cast(asked.reviewed_at as date) < " ~ add_days('booked_release.release_date', 'asked.from_days') ~ ")"),
             ('not_due', not_complete('asked.movements_to', 'asked.task_date', 'asked'))],
            "cast(asked.reviewed_at as date) < " ~ add_days('planned.planned_date', 'asked.from_days') ~ " and cast(asked.reviewed_at as date) < " ~ add_days('booked_release.release_date', 'asked.from_days')
        ) }} as r12,
        {{ only_now(json_object(['review_ts', 'asked.reviewed_at', 'planned', 'planned.planned_date', 'release_date', 'booked_release.release_date', 'window_from_days', 'asked.from_days']), 'asked') }} as r12_evidence,
        {{ verdict(
            'asked.has_task and (not asked.has_work or asked.has_plan or asked.plan_to is null)',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.planned_at is null or asked.reviewed_at is null'),
             ('not_due', 'asked.plan_to < asked.submitted_on')],
            'cast(asked.reviewed_at as date) = cast(asked.planned_at as date)'
        ) }} as r18,
        {{ only_now(json_object(['review_ts', 'asked.reviewed_at', 'plan_completed_ts', 'asked.planned_at']), 'asked') }} as r18_evidence,
        {{ verdict(
            'asked.has_task and (not asked.has_work or asked.has_plan or asked.plan_to is null)',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.reviewed_at is null'),
             ('not_due', 'asked.plan_review_to < asked.submitted_on')],
            'asked.has_earlier_that_day'
        ) }} as r19,
        {{ only_now(json_object(['review_ts', 'asked.reviewed_at', 'plan_ref', 'asked.plan_ref', 'has_earlier_that_day', 'asked.has_earlier_that_day']), 'asked') }} as r19_evidence,
        {{ verdict(
            'asked.has_task and (((asked.has_plan or asked.plan_to is null) and asked.last_earlier_day is not null) or not asked.has_work)',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null or asked.plan_action_history_to is null or asked.plan_action_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.reviewed_at is null'),
             ('not_due', 'least(asked.plan_action_history_to, asked.plan_action_to) < asked.submitted_on')],
            'this_day.working_days_so_far - last_day.working_days_so_far < ' ~ threshold('rule_r20_working_days', as_of()) ~ ' and not asked.has_changed'
        ) }} as r20,
        {{ only_now(json_object(['review_ts', 'asked.reviewed_at', 'last_review', 'asked.last_earlier_day', 'working_days', 'this_day.working_days_so_far - last_day.working_days_so_far', 'least_working_days', threshold('rule_r20_working_days', as_of()), 'has_changed', 'asked.has_changed']), 'asked') }} as r20_evidence,
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.has_plan and (asked.planned_at is null or asked.reviewed_at is null)'),
             ('not_due', 'asked.plan_to < asked.submitted_on')],
            'not asked.has_plan or ' ~ comes_before('asked.reviewed_at', 'asked.planned_at')
        ) }} as r21,
        {{ only_now(json_object(['plan_ref', 'asked.plan_ref', 'review_ts', 'asked.reviewed_at', 'plan_completed_ts', 'asked.planned_at', 'has_plan', 'asked.has_plan']), 'asked') }} as r21_evidence,
        {{ verdict(
            'asked.has_task and (not asked.has_work or asked.has_plan or asked.plan_to is null)',
            [('table_missing', "asked.plan_review_to is null or asked.plan_to is null or (asked.contact_to is null and coalesce(said.person_contacted, 'Y') <> 'N')"),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.reviewed_at is null or (asked.contact_to is not null and asked.person_reference is null)'),
             ('not_due', 'asked.contact_to < asked.submitted_on')],
            'met.claim_no is null'
        ) }} as r30,
        {{ only_now(json_object(['review_ts', 'asked.reviewed_at', 'person_contacted', 'said.person_contacted', 'is_met', 'met.claim_no is not null']), 'asked') }} as r30_evidence,
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_action_history_to is null or asked.plan_action_to is null or asked.movements_to is null or (not asked.is_housing_needed and not asked.has_unlisted and asked.lacks_needs)'),
             ('not_linked', 'asked.person_id is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.release_date is not null and case when asked.is_housing_needed then (' ~ is_unattended ~ ') and (asked.has_unknown_status or asked.housing_looked_at is null) else asked.has_unlisted end'),
             ('not_due', 'asked.release_date is null or ' ~ not_complete('asked.movements_to', 'asked.release_date', 'asked') ~ ' or least(asked.plan_action_to, asked.plan_action_history_to) < asked.submitted_on or ' ~ not_complete('asked.needs_to', 'asked.release_date', 'asked'))],
            is_unattended
        ) }} as r33,
        {{ only_now(json_object(['looked_at', 'asked.housing_looked_at', 'release_date', 'asked.release_date', 'is_needed', 'asked.is_housing_needed', 'completed', 'asked.housing_completed_at', 'days', threshold('rule_r33_days', as_of())]), 'asked') }} as r33_evidence
    from asked
    left join booked_release on booked_release.claim_no = asked.claim_no and booked_release.view = asked.view
    left join planned on planned.claim_no = asked.claim_no and planned.view = asked.view
    left join met on met.claim_no = asked.claim_no and met.view = asked.view
    left join said on said.claim_no = asked.claim_no and said.view = asked.view
    left join {{ ref('payment_day') }} as this_day on this_day.day = cast(asked.reviewed_at as date)
    left join {{ ref('payment_day') }} as last_day on last_day.day = asked.last_earlier_day
)

{{ by_claim('answered', ['r12', 'r18', 'r19', 'r20', 'r21', 'r30', 'r33'], ['r12_evidence', 'r18_evidence', 'r19_evidence', 'r20_evidence', 'r21_evidence', 'r30_evidence', 'r33_evidence']) }}
