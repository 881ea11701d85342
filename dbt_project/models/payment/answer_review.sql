with
asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.source,
        claim.person_id,
        claim.has_task,
        claim.task_date,
        claim.submitted_on,
        claim.submitted_ts,
        claim.lagged_to,
        claim.book_id,
        claim.task_ref as review_ref,
        coalesce(claim.review_from_days, -cast({{ threshold('rule_r12_window_days', as_of()) }} as integer)) as from_days,
        {% for view in fromjson(views()) %}
        claim.has_work_{{ view }},
        claim.done_at_{{ view }} as reviewed_at_{{ view }},
        case when claim.sees_release_{{ view }} then claim.release_date end as release_date_{{ view }},
        -- The claim's release, where it is of the booking.
        case when claim.sees_release_{{ view }} and release.offender_book_id = claim.book_id then release.release_date end as booked_on_{{ view }},
        plan.plan_ref_{{ view }},
        plan.has_plan_{{ view }},
        plan.planned_at_{{ view }},
        plan.person_reference_{{ view }},
        review.has_earlier_that_day_{{ view }},
        review.last_earlier_day_{{ view }},
        review.has_changed_{{ view }},
        review.is_housing_needed_{{ view }},
        review.housing_looked_at_{{ view }},
        review.housing_completed_at_{{ view }},
        review.has_unknown_status_{{ view }},
        review.has_unlisted_{{ view }},
        custody.r07_{{ view }},
        {% endfor %}
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
    inner join {{ ref('payment_seen') }} as claim on claim.claim_no = review.claim_no
    inner join {{ ref('payment_plan') }} as plan on plan.claim_no = review.claim_no
    inner join {{ ref('rule_custody') }} as custody on custody.claim_no = review.claim_no
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join {{ ref('int_release') }} as release on release.release_id = claim.release_id
),

-- The planned date as it stood at the time of the review.
planned as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when is_open_{{ view }} and place_{{ view }} = 1 then planned_date end) as planned_date_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            claim_no,
            planned_date,
            {% for view in fromjson(views()) %}
            is_open_{{ view }},
            row_number() over (
                partition by claim_no
                order by
                    case when is_open_{{ view }} then 0 else 1 end,
                    case when is_history then 0 else 1 end, planned_at desc, _pointer desc
            ) as place_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from (
            select
                asked.claim_no,
                planned.planned_date,
                planned.planned_at,
                planned.is_history,
                planned._pointer,
                {% for view in fromjson(views()) %}
                coalesce({{ is_seen_in(view, 'planned', 'asked') }} and {{ comes_no_later('planned.planned_at', 'asked.reviewed_at_' ~ view) }}, false) as is_open_{{ view }}{{ ',' if not loop.last }}
                {% endfor %}
            from asked
            inner join {{ ref('stg_nomis__planned_release') }} as planned on planned.offender_book_id = asked.book_id
        ) as told
        where is_open_now or is_open_then or is_open_perhaps
    ) as ranked
    group by claim_no
),

-- The people whom the plans are about, by their provider's reference: of most reviews one.
person as (
    {% for view in fromjson(views()) %}
    select claim_no, source, person_reference_{{ view }} as person_reference
    from asked
    where person_reference_{{ view }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

met as (
    select
        asked.claim_no,
        {% for view in fromjson(views()) %}
        max(case
            when asked.person_reference_{{ view }} = person.person_reference
                and cast(contact.contact_ts as date) >= {{ add_days('cast(asked.reviewed_at_' ~ view ~ ' as date)', "-cast(" ~ threshold('rule_r30_days', as_of()) ~ " as integer)") }}
                and cast(contact.contact_ts as date) <= {{ add_days('cast(asked.reviewed_at_' ~ view ~ ' as date)', "cast(" ~ threshold('rule_r30_days', as_of()) ~ " as integer)") }}
                and {{ is_seen_in(view, 'contact', 'asked') }}
                then 1 else 0
        end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from person
    inner join asked on asked.claim_no = person.claim_no
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = person.source
        and {{ reference('contact.person_ref') }} = person.person_reference
        and contact.attended = 'Y'
        and lower(contact.contact_with) = 'person'
    group by asked.claim_no
),

-- Who was met, as the review itself says, counts where contacts are not delivered.
said as (
    select
        asked.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'review', 'asked') }} then review.person_contacted end) as person_contacted_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked
    inner join {{ ref('stg_provider__plan_review') }} as review
        on review._source = asked.source and {{ reference('review.review_ref') }} = asked.review_ref
    group by asked.claim_no
)

select
    asked.claim_no,
    asked.is_dated,
    {% for view in fromjson(views()) %}
    {% set is_unattended = 'asked.is_housing_needed_' ~ view ~ ' and not coalesce(cast(asked.housing_completed_at_' ~ view ~ ' as date) <= asked.release_date_' ~ view ~ ', false) and coalesce(cast(asked.housing_looked_at_' ~ view ~ ' as date) < ' ~ add_days('asked.release_date_' ~ view, "-cast(" ~ threshold('rule_r33_days', as_of()) ~ " as integer)") ~ ', true)' %}
    {{ verdict(
        "asked.has_task and " ~ passes('asked.r07_' ~ view) ~ " and asked.r07_" ~ view ~ " is not null and asked.booked_on_" ~ view ~ " is not null",
        [('table_missing', 'asked.planned_to is null or asked.planned_history_to is null'),
         ('not_linked', 'asked.person_id is null'),
         ('value_missing', "asked.reviewed_at_" ~ view ~ " is null or (planned.planned_date_" ~ view ~ " is null and cast(asked.reviewed_at_" ~ view ~ " as date) < " ~ add_days('asked.booked_on_' ~ view, 'asked.from_days') ~ ")"),
         ('not_due', not_complete_in(view, 'asked.movements_to', 'asked.task_date', 'asked'))],
        "cast(asked.reviewed_at_" ~ view ~ " as date) < " ~ add_days('planned.planned_date_' ~ view, 'asked.from_days') ~ " and cast(asked.reviewed_at_" ~ view ~ " as date) < " ~ add_days('asked.booked_on_' ~ view, 'asked.from_days')
    ) }} as r12_{{ view }},
    {{ verdict(
        'asked.has_task and (not asked.has_work_' ~ view ~ ' or asked.has_plan_' ~ view ~ ' or asked.plan_to is null)',
        [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.planned_at_' ~ view ~ ' is null or asked.reviewed_at_' ~ view ~ ' is null'),
         ('not_due', 'asked.plan_to < asked.submitted_on')],
        'cast(asked.reviewed_at_' ~ view ~ ' as date) = cast(asked.planned_at_' ~ view ~ ' as date)'
    ) }} as r18_{{ view }},
    {{ verdict(
        'asked.has_task and (not asked.has_work_' ~ view ~ ' or asked.has_plan_' ~ view ~ ' or asked.plan_to is null)',
        [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.reviewed_at_' ~ view ~ ' is null'),
         ('not_due', 'asked.plan_review_to < asked.submitted_on')],
        'asked.has_earlier_that_day_' ~ view
    ) }} as r19_{{ view }},
    {{ verdict(
        'asked.has_task and (((asked.has_plan_' ~ view ~ ' or asked.plan_to is null) and asked.last_earlier_day_' ~ view ~ ' is not null) or not asked.has_work_' ~ view ~ ')',
        [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null or asked.plan_action_history_to is null or asked.plan_action_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.reviewed_at_' ~ view ~ ' is null'),
         ('not_due', 'least(asked.plan_action_history_to, asked.plan_action_to) < asked.submitted_on')],
        'this_day_' ~ view ~ '.working_days_so_far - last_day_' ~ view ~ '.working_days_so_far < ' ~ threshold('rule_r20_working_days', as_of()) ~ ' and not asked.has_changed_' ~ view
    ) }} as r20_{{ view }},
    {{ verdict(
        'asked.has_task',
        [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.has_plan_' ~ view ~ ' and (asked.planned_at_' ~ view ~ ' is null or asked.reviewed_at_' ~ view ~ ' is null)'),
         ('not_due', 'asked.plan_to < asked.submitted_on')],
        'not asked.has_plan_' ~ view ~ ' or ' ~ comes_before('asked.reviewed_at_' ~ view, 'asked.planned_at_' ~ view)
    ) }} as r21_{{ view }},
    {{ verdict(
        'asked.has_task and (not asked.has_work_' ~ view ~ ' or asked.has_plan_' ~ view ~ ' or asked.plan_to is null)',
        [('table_missing', "asked.plan_review_to is null or asked.plan_to is null or (asked.contact_to is null and coalesce(said.person_contacted_" ~ view ~ ", 'Y') <> 'N')"),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.reviewed_at_' ~ view ~ ' is null or (asked.contact_to is not null and asked.person_reference_' ~ view ~ ' is null)'),
         ('not_due', 'asked.contact_to < asked.submitted_on')],
        'not coalesce(met.in_' ~ view ~ ', false)'
    ) }} as r30_{{ view }},
    {{ verdict(
        'asked.has_task',
        [('table_missing', 'asked.plan_review_to is null or asked.plan_action_history_to is null or asked.plan_action_to is null or asked.movements_to is null or (not asked.is_housing_needed_' ~ view ~ ' and not asked.has_unlisted_' ~ view ~ ' and asked.lacks_needs)'),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.release_date_' ~ view ~ ' is not null and case when asked.is_housing_needed_' ~ view ~ ' then (' ~ is_unattended ~ ') and (asked.has_unknown_status_' ~ view ~ ' or asked.housing_looked_at_' ~ view ~ ' is null) else asked.has_unlisted_' ~ view ~ ' end'),
         ('not_due', 'asked.release_date_' ~ view ~ ' is null or ' ~ not_complete_in(view, 'asked.movements_to', 'asked.release_date_' ~ view, 'asked') ~ ' or least(asked.plan_action_to, asked.plan_action_history_to) < asked.submitted_on or ' ~ not_complete_in(view, 'asked.needs_to', 'asked.release_date_' ~ view, 'asked'))],
        is_unattended
    ) }} as r33_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    asked.reviewed_at_now as reviewed_at,
    planned.planned_date_now as planned_date,
    asked.booked_on_now as booked_on,
    asked.from_days,
    asked.planned_at_now as planned_at,
    asked.plan_ref_now as plan_ref,
    asked.has_plan_now as has_plan,
    asked.has_earlier_that_day_now as has_earlier_that_day,
    asked.last_earlier_day_now as last_earlier_day,
    this_day_now.working_days_so_far - last_day_now.working_days_so_far as working_days,
    asked.has_changed_now as has_changed,
    said.person_contacted_now as person_contacted,
    coalesce(met.in_now, false) as is_met,
    asked.housing_looked_at_now as housing_looked_at,
    asked.release_date_now as release_date,
    asked.is_housing_needed_now as is_housing_needed,
    asked.housing_completed_at_now as housing_completed_at
from asked
left join planned on planned.claim_no = asked.claim_no
left join met on met.claim_no = asked.claim_no
left join said on said.claim_no = asked.claim_no
{% for view in fromjson(views()) %}
left join {{ ref('payment_day') }} as this_day_{{ view }} on this_day_{{ view }}.day = cast(asked.reviewed_at_{{ view }} as date)
left join {{ ref('payment_day') }} as last_day_{{ view }} on last_day_{{ view }}.day = asked.last_earlier_day_{{ view }}
{% endfor %}
