with
asked as (
    select
        plan.*,
        view.lagged_to,
        view.has_work,
        view.release_date,
        view.released_at,
        view.has_task,
        view.task_date,
        view.submitted_on,
        view.timeliness_pays,
        screened_day.working_days_so_far as working_days_at_screening,
        cast(plan.planned_at as date) as planned_on,
        reception_day.summer_time as reception_summer,
        due.day as due_day,
        case when coalesce(plan.reception_at, plan.admitted_at) is not null then coalesce(plan.reception_at, plan.admitted_at) end as received_at
    from {{ ref('payment_plan') }} as plan
    inner join {{ ref('payment_view') }} as view on view.claim_no = plan.claim_no and view.view = plan.view
    left join {{ ref('payment_day') }} as screened_day on screened_day.day = cast(plan.screened_at as date)
    left join {{ ref('payment_day') }} as reception_day on reception_day.day = cast(coalesce(plan.reception_at, plan.admitted_at) as date)
    left join {{ ref('payment_day') }} as due
        on due.is_working_day
        and due.working_days_so_far = screened_day.working_days_so_far + cast({{ threshold('rule_r15_working_days', as_of()) }} as integer)
    where view.evidence_kind = 'PLAN'
),

need as (
    select
        claim_no,
        view,
        max(case when is_flagged then 1 else 0 end) = 1 as is_flagged,
        max(case when is_record then 1 else 0 end) = 1 as is_recorded,
        max(case when need_domain = 'unlisted' and is_flagged then 1 else 0 end) = 1 as has_unlisted
    from {{ ref('payment_need') }}
    group by claim_no, view
),

action as (
    select claim_no, view, count(distinct action_ref) as actions, max(case when need_domain is null then 1 else 0 end) = 1 as has_unlisted
    from {{ ref('payment_action') }}
    group by claim_no, view
),

bare as (
    select need.claim_no, need.view, {{ sorted_list('need.need_domain') }} as domains
    from {{ ref('payment_need') }} as need
    left join {{ ref('payment_action') }} as action
        on action.claim_no = need.claim_no and action.view = need.view and action.need_domain = need.need_domain
    where need.is_flagged and need.need_domain <> 'unlisted' and action.claim_no is null
    group by need.claim_no, need.view
),

-- Left the prison, by release or transfer, before the plan was due.
left_early as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = asked.person_id
        and cast(spell.in_at as date) <= cast(asked.screened_at as date)
        and cast(spell.out_at as date) >= cast(asked.screened_at as date)
        and cast(spell.out_at as date) < asked.due_day
        and asked.moment >= case when asked.is_perhaps then spell.out_maybe_from else spell.out_known_from end
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
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'mark.screenings_to is null'),
             ('not_linked', 'asked.person_id is null'),
             ('value_missing', 'asked.book_id is null'),
             ('not_due', not_complete('mark.screenings_to', 'asked.task_date', 'asked'))],
            'asked.first_screened_at is null'
        ) }} as r13
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = asked.source
),

tested as (
    select
        first_tested.*,
        {{ verdict(
            "has_task and " ~ passes('r13') ~ " and r13 is not null",
            [('table_missing', 'plan_to is null'),
             ('no_source_row', 'not has_work'),
             ('value_missing', 'planned_at is null'),
             ('not_due', 'plan_to < submitted_on')],
            comes_before('planned_at', 'first_screened_at')
        ) }} as r14
    from first_tested
),

answered as (
    select
        asked.*,
        coalesce(action.actions, 0) as actions,
        need.is_flagged,
        bare.domains,
        left_early.claim_no is not null as is_gone_before,
        {{ verdict(
            "asked.r14 = 'pass'",
            [('value_missing', 'asked.planned_at is null or asked.screened_at is null or asked.due_day is null')],
            'asked.planned_on > asked.due_day'
        ) }} as r15,
        case when asked.timeliness_pays then 'S2' else 'S3' end as r15_severity,
        {{ verdict(
            "asked.r13 = 'pass'",
            [('table_missing', 'asked.plan_to is null or (asked.has_work and asked.reception_at is null and asked.movements_to is null)'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.received_at is null or asked.screened_at is null')],
            "case when " ~ is_day('asked.received_at') ~ " or " ~ is_day('asked.screened_at')
                ~ " then cast(asked.screened_at as date) > " ~ add_days('cast(asked.received_at as date)', "cast(" ~ threshold('rule_r16_clock_hours', as_of()) ~ " / 24 as integer)")
                ~ " else " ~ in_utc('asked.screened_at', 'screening_day') ~ " > " ~ in_utc('asked.received_at', 'reception_day')
                ~ " + cast(" ~ threshold('rule_r16_clock_hours', as_of()) ~ " as integer) * interval '1' hour end"
        ) }} as r16,
        {{ verdict(
            "asked.r13 = 'pass'",
            [('no_column', 'not asked.has_counted_in_sl'),
             ('table_missing', 'asked.movements_to is null or asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.due_day is null or asked.is_counted_in_level is null'),
             ('not_due', not_complete('asked.movements_to', 'asked.task_date', 'asked'))],
            'asked.is_counted_in_level and left_early.claim_no is not null'
        ) }} as r17,
        {{ verdict(
            'asked.has_task',
            [('table_missing', 'asked.plan_to is null or asked.plan_action_to is null or ((asked.screenings_to is null or asked.screening_needs_to is null or asked.assessments_to is null or asked.assessment_needs_to is null) and not (action.claim_no is null and coalesce(need.is_flagged, false)))'),
             ('not_linked', 'asked.person_id is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'action.claim_no is null and not coalesce(need.is_recorded, false) and not coalesce(need.is_flagged, false)'),
             ('not_due', 'asked.plan_action_to < asked.submitted_on or (action.claim_no is null and not coalesce(need.is_flagged, false) and ' ~ not_complete('asked.needs_to', 'asked.task_date', 'asked') ~ ')')],
            'action.claim_no is null and need.is_flagged'
        ) }} as r25,
        {{ verdict(
            'asked.has_task and (action.claim_no is not null or not asked.has_work or asked.plan_action_to is null)',
            [('table_missing', 'asked.plan_to is null or asked.plan_action_to is null or ((asked.screenings_to is null or asked.screening_needs_to is null or asked.assessments_to is null or asked.assessment_needs_to is null) and bare.domains is null)'),
             ('not_linked', 'asked.person_id is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'case when bare.domains is null then not coalesce(need.is_recorded or need.is_flagged, false) or need.has_unlisted else action.has_unlisted end'),
             ('not_due', 'asked.plan_action_to < asked.submitted_on or (bare.domains is null and ' ~ not_complete('asked.needs_to', 'asked.task_date', 'asked') ~ ')')],
            'bare.domains is not null'
        ) }} as r26,
        {{ verdict(
            'asked.has_task',
            [('no_column', 'asked.plan_to is not null and not asked.has_issued_date'),
             ('table_missing', 'asked.plan_to is null or asked.movements_to is null'),
             ('not_linked', 'asked.person_id is null'),
             ('no_source_row', 'not asked.has_work'),
             ('not_due', 'asked.release_date is null or ' ~ not_complete('asked.movements_to', 'asked.release_date', 'asked') ~ ' or asked.plan_to < asked.submitted_on')],
            'asked.issued_date is null or asked.issued_date > asked.release_date'
        ) }} as r31
    from tested as asked
    left join need on need.claim_no = asked.claim_no and need.view = asked.view
    left join action on action.claim_no = asked.claim_no and action.view = asked.view
    left join bare on bare.claim_no = asked.claim_no and bare.view = asked.view
    left join left_early on left_early.claim_no = asked.claim_no and left_early.view = asked.view
    left join {{ ref('payment_day') }} as screening_day on screening_day.day = cast(asked.screened_at as date)
    left join {{ ref('payment_day') }} as reception_day on reception_day.day = cast(asked.received_at as date)
)

{{ by_claim(
    'answered',
    ['r13', 'r14', 'r15', 'r16', 'r17', 'r25', 'r26', 'r31'],
    ['r15_severity', 'planned_at', 'first_screened_at', 'book_id', 'screened_at', 'due_day', 'received_at', 'is_counted_in_level', 'is_gone_before', 'actions', 'domains', 'is_flagged', 'issued_date', 'release_date']
) }}
