with
-- When a screening's plan is due, and how the clocks stood.
day as (
    select day.day, day.summer_time, due.day as due_day
    from {{ ref('payment_day') }} as day
    left join {{ ref('payment_day') }} as due
        on due.is_working_day
        and due.working_days_so_far = day.working_days_so_far + cast({{ threshold('rule_r15_working_days', as_of()) }} as integer)
),

asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.source,
        claim.person_id,
        claim.book_id,
        claim.has_task,
        claim.task_date,
        claim.submitted_on,
        claim.submitted_ts,
        claim.lagged_to,
        claim.timeliness_pays,
        {% for view in fromjson(views()) %}
        claim.has_work_{{ view }},
        case when claim.sees_release_{{ view }} then claim.release_date end as release_date_{{ view }},
        plan.planned_at_{{ view }},
        plan.issued_date_{{ view }},
        plan.is_counted_in_level_{{ view }},
        plan.first_screened_at_{{ view }},
        plan.screened_at_{{ view }},
        plan.reception_at_{{ view }},
        coalesce(plan.reception_at_{{ view }}, plan.admitted_at) as received_at_{{ view }},
        screened_{{ view }}.due_day as due_day_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('payment_plan') }} as plan on plan.claim_no = claim.claim_no
    {% for view in fromjson(views()) %}
    left join day as screened_{{ view }} on screened_{{ view }}.day = cast(plan.screened_at_{{ view }} as date)
    {% endfor %}
    where claim.evidence_kind = 'PLAN'
),

need as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when is_flagged_{{ view }} then 1 when is_record_{{ view }} then 0 end) = 1 as is_flagged_{{ view }},
        max(case when is_record_{{ view }} then 1 else 0 end) = 1 as is_recorded_{{ view }},
        max(case when need_domain = 'unlisted' and is_flagged_{{ view }} then 1 else 0 end) = 1 as has_unlisted_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_need') }}
    group by claim_no
),

action as (
    select
        claim_no,
        count(distinct case when in_now then action_ref end) as actions,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }},
        max(case when in_{{ view }} and need_domain is null then 1 else 0 end) = 1 as has_unlisted_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_action') }}
    group by claim_no
),

-- The needs that actions are for.
met as (
    select
        claim_no,
        need_domain,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_action') }}
    where need_domain is not null
    group by claim_no, need_domain
),

bare as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }},
        {% endfor %}
        {{ sorted_list('case when in_now then need_domain end') }} as domains
    from (
        select
            need.claim_no,
            need.need_domain,
            {% for view in fromjson(views()) %}
            need.is_flagged_{{ view }} and not coalesce(met.in_{{ view }}, false) as in_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('payment_need') }} as need
        left join met on met.claim_no = need.claim_no and met.need_domain = need.need_domain
        where need.need_domain <> 'unlisted'
    ) as unmet
    where in_now or in_then or in_perhaps
    group by claim_no
),

-- Left the prison, by release or transfer, before the plan was due.
left_early as (
    select
        asked.claim_no,
        {% for view in fromjson(views()) %}
        max(case
            when cast(spell.in_at as date) <= cast(asked.screened_at_{{ view }} as date)
                and cast(spell.out_at as date) >= cast(asked.screened_at_{{ view }} as date)
                and cast(spell.out_at as date) < asked.due_day_{{ view }}
                and {{ is_known_in(view, 'spell', 'asked', 'out_') }}
                then 1 else 0
        end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked
    inner join {{ ref('int_spell') }} as spell on spell.person_id = asked.person_id
    group by asked.claim_no
),

first_tested as (
    select
        asked.*,
        mark.screenings_to,
        mark.screening_needs_to,
        mark.assessments_to,
        mark.assessment_needs_to,
        mark.movements_to,
        least(mark.screenings_to, mark.screening_needs_to, mark.assessments_to, mark.assessment_needs_to, mark.addresses_to, mark.circumstances_to) as needs_to,
        sender.plan_to,
        sender.plan_action_to,
        sender.has_issued_date,
        sender.has_counted_in_sl,
        {% for view in fromjson(views()) %}
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'mark.screenings_to is null'),
             ('not_linked', 'asked.person_id is null'),
             ('value_missing', 'asked.book_id is null'),
             ('not_due', not_complete_in(view, 'mark.screenings_to', 'asked.task_date', 'asked'))],
            'asked.first_screened_at_' ~ view ~ ' is null'
        ) }} as r13_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = asked.source
),

tested as (
    select
        asked.*,
        {% for view in fromjson(views()) %}
        {{ verdict(
            'asked.has_task and ' ~ passes('asked.r13_' ~ view) ~ ' and asked.r13_' ~ view ~ ' is not null',
            [('table_missing', 'asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work_' ~ view),
             ('value_missing', 'asked.planned_at_' ~ view ~ ' is null'),
             ('not_due', 'asked.plan_to < asked.submitted_on')],
            comes_before('asked.planned_at_' ~ view, 'asked.first_screened_at_' ~ view)
        ) }} as r14_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from first_tested as asked
)

select
    asked.claim_no,
    asked.is_dated,
    {% for view in fromjson(views()) %}
    asked.r13_{{ view }},
    asked.r14_{{ view }},
    {{ verdict(
        "asked.r14_" ~ view ~ " = 'pass'",
        [('value_missing', 'asked.planned_at_' ~ view ~ ' is null or asked.screened_at_' ~ view ~ ' is null or asked.due_day_' ~ view ~ ' is null')],
        'cast(asked.planned_at_' ~ view ~ ' as date) > asked.due_day_' ~ view
    ) }} as r15_{{ view }},
    {{ verdict(
        "asked.r13_" ~ view ~ " = 'pass'",
        [('table_missing', 'asked.plan_to is null or (asked.has_work_' ~ view ~ ' and asked.reception_at_' ~ view ~ ' is null and asked.movements_to is null)'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.received_at_' ~ view ~ ' is null or asked.screened_at_' ~ view ~ ' is null')],
        "case when " ~ is_day('asked.received_at_' ~ view) ~ " or " ~ is_day('asked.screened_at_' ~ view)
            ~ " then cast(asked.screened_at_" ~ view ~ " as date) > " ~ add_days('cast(asked.received_at_' ~ view ~ ' as date)', "cast(" ~ threshold('rule_r16_clock_hours', as_of()) ~ " / 24 as integer)")
            ~ " else " ~ in_utc('asked.screened_at_' ~ view, 'screened_' ~ view) ~ " > " ~ in_utc('asked.received_at_' ~ view, 'received_' ~ view)
            ~ " + cast(" ~ threshold('rule_r16_clock_hours', as_of()) ~ " as integer) * interval '1' hour end"
    ) }} as r16_{{ view }},
    {{ verdict(
        "asked.r13_" ~ view ~ " = 'pass'",
        [('no_column', 'not asked.has_counted_in_sl'),
         ('table_missing', 'asked.movements_to is null or asked.plan_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.due_day_' ~ view ~ ' is null or asked.is_counted_in_level_' ~ view ~ ' is null'),
         ('not_due', not_complete_in(view, 'asked.movements_to', 'asked.task_date', 'asked'))],
        'asked.is_counted_in_level_' ~ view ~ ' and left_early.in_' ~ view
    ) }} as r17_{{ view }},
    {{ verdict(
        'asked.has_task',
        [('table_missing', 'asked.plan_to is null or asked.plan_action_to is null or ((asked.screenings_to is null or asked.screening_needs_to is null or asked.assessments_to is null or asked.assessment_needs_to is null) and not (not coalesce(action.in_' ~ view ~ ', false) and coalesce(need.is_flagged_' ~ view ~ ', false)))'),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'not coalesce(action.in_' ~ view ~ ', false) and not coalesce(need.is_recorded_' ~ view ~ ', false) and not coalesce(need.is_flagged_' ~ view ~ ', false)'),
         ('not_due', 'asked.plan_action_to < asked.submitted_on or (not coalesce(action.in_' ~ view ~ ', false) and not coalesce(need.is_flagged_' ~ view ~ ', false) and ' ~ not_complete_in(view, 'asked.needs_to', 'asked.task_date', 'asked') ~ ')')],
        'not coalesce(action.in_' ~ view ~ ', false) and need.is_flagged_' ~ view
    ) }} as r25_{{ view }},
    {{ verdict(
        'asked.has_task and (action.in_' ~ view ~ ' or not asked.has_work_' ~ view ~ ' or asked.plan_action_to is null)',
        [('table_missing', 'asked.plan_to is null or asked.plan_action_to is null or ((asked.screenings_to is null or asked.screening_needs_to is null or asked.assessments_to is null or asked.assessment_needs_to is null) and not coalesce(bare.in_' ~ view ~ ', false))'),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'case when not coalesce(bare.in_' ~ view ~ ', false) then not coalesce(need.is_recorded_' ~ view ~ ' or need.is_flagged_' ~ view ~ ', false) or need.has_unlisted_' ~ view ~ ' else action.has_unlisted_' ~ view ~ ' end'),
         ('not_due', 'asked.plan_action_to < asked.submitted_on or (not coalesce(bare.in_' ~ view ~ ', false) and ' ~ not_complete_in(view, 'asked.needs_to', 'asked.task_date', 'asked') ~ ')')],
        'bare.in_' ~ view
    ) }} as r26_{{ view }},
    {{ verdict(
        'asked.has_task',
        [('no_column', 'asked.plan_to is not null and not asked.has_issued_date'),
         ('table_missing', 'asked.plan_to is null or asked.movements_to is null'),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('not_due', 'asked.release_date_' ~ view ~ ' is null or ' ~ not_complete_in(view, 'asked.movements_to', 'asked.release_date_' ~ view, 'asked') ~ ' or asked.plan_to < asked.submitted_on')],
        'asked.issued_date_' ~ view ~ ' is null or asked.issued_date_' ~ view ~ ' > asked.release_date_' ~ view
    ) }} as r31_{{ view }},
    {% endfor %}
    {{ one_of(['S2', 'S3'], "case when asked.timeliness_pays then 'S2' else 'S3' end") }} as r15_severity,
    -- What the evidence is worded from.
    asked.planned_at_now as planned_at,
    asked.first_screened_at_now as first_screened_at,
    asked.book_id,
    asked.screened_at_now as screened_at,
    asked.due_day_now as due_day,
    asked.received_at_now as received_at,
    asked.is_counted_in_level_now as is_counted_in_level,
    coalesce(left_early.in_now, false) as is_gone_before,
    coalesce(action.actions, 0) as actions,
    bare.domains,
    need.is_flagged_now as is_flagged,
    asked.issued_date_now as issued_date,
    asked.release_date_now as release_date
from tested as asked
left join need on need.claim_no = asked.claim_no
left join action on action.claim_no = asked.claim_no
left join bare on bare.claim_no = asked.claim_no
left join left_early on left_early.claim_no = asked.claim_no
{% for view in fromjson(views()) %}
left join day as screened_{{ view }} on screened_{{ view }}.day = cast(asked.screened_at_{{ view }} as date)
left join day as received_{{ view }} on received_{{ view }}.day = cast(asked.received_at_{{ view }} as date)
{% endfor %}
