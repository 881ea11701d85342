with
asked as (
    select
        claim_no,
        source,
        task_ref as review_ref,
        submitted_ts,
        {{ in_each_view('plan_ref') }},
        {{ in_each_view('done_at') }}
    from {{ ref('payment_plan') }}
    where evidence_kind = 'PLAN_REVIEW'
),

-- The plans that any view sees: of most reviews one.
plan as (
    {% for view in fromjson(views()) %}
    select claim_no, source, plan_ref_{{ view }} as plan_ref
    from asked
    where plan_ref_{{ view }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Earlier reviews of the plan, claimed or not: by moment, then reference.
review as (
    select
        asked.claim_no,
        cast(review.review_ts as date) as reviewed_on,
        {% for view in fromjson(views()) %}
        cast(asked.done_at_{{ view }} as date) as day_{{ view }},
        asked.plan_ref_{{ view }} = plan.plan_ref
        and {{ is_seen_in(view, 'review', 'asked') }}
        and (
            review.review_ts < asked.done_at_{{ view }}
            or (review.review_ts = asked.done_at_{{ view }} and {{ reference('review.review_ref') }} < asked.review_ref)
        ) as is_earlier_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from plan
    inner join asked on asked.claim_no = plan.claim_no
    inner join {{ ref('stg_provider__plan_review') }} as review
        on review._source = plan.source and {{ reference('review.plan_ref') }} = plan.plan_ref
),

earlier as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when is_earlier_{{ view }} and reviewed_on = day_{{ view }} then 1 else 0 end) = 1 as that_day_{{ view }},
        max(case when is_earlier_{{ view }} and reviewed_on < day_{{ view }} then reviewed_on end) as last_day_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from review
    group by claim_no
),

-- The actions of the plan, and each change of one.
action as (
    select
        action.*,
        asked.submitted_ts,
        asked.review_ref,
        {{ in_each_view('asked.done_at') }}
    from asked
    inner join {{ ref('payment_action') }} as action on action.claim_no = asked.claim_no
),

history as (
    select
        action.claim_no,
        action.need_domain,
        history.change_ts,
        {% for view in fromjson(views()) %}
        action.in_{{ view }} and {{ is_seen_in(view, 'history', 'action') }} as in_{{ view }},
        {{ is_changed_by('history', 'action.review_ref', 'cast(action.done_at_' ~ view ~ ' as date)') }} as is_of_review_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from action
    inner join {{ ref('stg_provider__plan_action_history') }} as history
        on history._source = action.source and {{ reference('history.action_ref') }} = action.action_ref
),

-- What a review changed: a field of an action of the plan, or a new action (definition: payment_nothing_changed).
changed as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            claim_no,
            {% for view in fromjson(views()) %}
            in_{{ view }} and is_of_review_{{ view }} as in_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from history
        union all
        select
            claim_no,
            {% for view in fromjson(views()) %}
            in_{{ view }} and cast(first_recorded_at as date) = cast(done_at_{{ view }} as date) as in_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from action
    ) as either
    group by claim_no
),

-- When anybody last looked at the need for a place to live: the need, an action, or a change of one.
housing as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(looked_at_{{ view }}) as looked_at_{{ view }},
        min(completed_at_{{ view }}) as completed_at_{{ view }},
        max(case when is_needed_{{ view }} then 1 else 0 end) = 1 as is_needed_{{ view }},
        max(case when is_unknown_status_{{ view }} then 1 else 0 end) = 1 as has_unknown_status_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            claim_no,
            {% for view in fromjson(views()) %}
            recorded_ts_{{ view }} as looked_at_{{ view }},
            cast(null as timestamp) as completed_at_{{ view }},
            is_flagged_{{ view }} as is_needed_{{ view }},
            false as is_unknown_status_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('payment_need') }}
        where need_domain = 'accommodation'
        union all
        select
            claim_no,
            {% for view in fromjson(views()) %}
            case when in_{{ view }} then {{ later_of('status_ts', 'recorded_ts') }} end as looked_at_{{ view }},
            case when in_{{ view }} and is_complete then status_ts end as completed_at_{{ view }},
            in_{{ view }} as is_needed_{{ view }},
            in_{{ view }} and is_unknown_status as is_unknown_status_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from action
        where need_domain = 'accommodation'
        union all
        select
            claim_no,
            {% for view in fromjson(views()) %}
            case when in_{{ view }} then change_ts end as looked_at_{{ view }},
            null as completed_at_{{ view }},
            in_{{ view }} as is_needed_{{ view }},
            false as is_unknown_status_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from history
        where need_domain = 'accommodation'
    ) as looked
    group by claim_no
),

-- A need or an action whose code no list knows may be for a place to live.
unlisted as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select claim_no, {% for view in fromjson(views()) %}is_flagged_{{ view }} as in_{{ view }}{{ ', ' if not loop.last }}{% endfor %} from {{ ref('payment_need') }} where need_domain = 'unlisted'
        union all
        select claim_no, {{ in_each_view('in') }} from action where need_domain is null
    ) as either
    group by claim_no
)

select
    asked.claim_no,
    {% for view in fromjson(views()) %}
    coalesce(earlier.that_day_{{ view }}, false) as has_earlier_that_day_{{ view }},
    earlier.last_day_{{ view }} as last_earlier_day_{{ view }},
    coalesce(changed.in_{{ view }}, false) as has_changed_{{ view }},
    coalesce(housing.is_needed_{{ view }}, false) as is_housing_needed_{{ view }},
    housing.looked_at_{{ view }} as housing_looked_at_{{ view }},
    housing.completed_at_{{ view }} as housing_completed_at_{{ view }},
    coalesce(housing.has_unknown_status_{{ view }}, false) as has_unknown_status_{{ view }},
    coalesce(unlisted.in_{{ view }}, false) as has_unlisted_{{ view }}{{ ',' if not loop.last }}
    {% endfor %}
from asked
left join earlier on earlier.claim_no = asked.claim_no
left join changed on changed.claim_no = asked.claim_no
left join housing on housing.claim_no = asked.claim_no
left join unlisted on unlisted.claim_no = asked.claim_no
