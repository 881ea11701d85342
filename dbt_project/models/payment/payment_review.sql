with
asked as (
    select
        plan.*,
        view.done_at as reviewed_at,
        view.task_ref as review_ref
    from {{ ref('payment_plan') }} as plan
    inner join {{ ref('payment_view') }} as view on view.claim_no = plan.claim_no and view.view = plan.view
    where view.evidence_kind = 'PLAN_REVIEW'
),

-- Earlier reviews of the plan, claimed or not: by moment, then reference.
earlier as (
    select
        asked.claim_no,
        asked.view,
        max(case when cast(review.review_ts as date) = cast(asked.reviewed_at as date) then 1 else 0 end) = 1 as has_earlier_that_day,
        max(case when cast(review.review_ts as date) < cast(asked.reviewed_at as date) then cast(review.review_ts as date) end) as last_earlier_day
    from asked
    inner join {{ ref('stg_provider__plan_review') }} as review
        on review._source = asked.source and {{ reference('review.plan_ref') }} = asked.plan_ref
        and {{ is_seen('review', 'asked') }}
        and (
            review.review_ts < asked.reviewed_at
            or (review.review_ts = asked.reviewed_at and {{ reference('review.review_ref') }} < asked.review_ref)
        )
    group by asked.claim_no, asked.view
),

-- What a review changed: a field of an action of the plan, or a new action (definition: payment_nothing_changed).
changed as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('payment_action') }} as action on action.claim_no = asked.claim_no and action.view = asked.view
    inner join {{ ref('stg_provider__plan_action_history') }} as history
        on history._source = asked.source and {{ reference('history.action_ref') }} = action.action_ref
        and {{ is_seen('history', 'asked') }}
        and {{ is_changed_by('history', 'asked.review_ref', 'cast(asked.reviewed_at as date)') }}
    union
    select asked.claim_no, asked.view
    from asked
    inner join {{ ref('payment_action') }} as action
        on action.claim_no = asked.claim_no and action.view = asked.view
        and cast(action.first_recorded_at as date) = cast(asked.reviewed_at as date)
),

-- When anybody last looked at the need for a place to live: the need, an action, or a change of one.
housing as (
    select
        asked.claim_no,
        asked.view,
        max(looked.looked_at) as looked_at,
        min(looked.is_complete_by) as completed_at,
        max(case when looked.is_needed then 1 else 0 end) = 1 as is_needed,
        max(case when looked.is_unknown_status then 1 else 0 end) = 1 as has_unknown_status
    from asked
    inner join (
        select claim_no, view, recorded_ts as looked_at, cast(null as timestamp) as is_complete_by, is_flagged as is_needed, false as is_unknown_status
        from {{ ref('payment_need') }}
        where need_domain = 'accommodation'
        union all
        select claim_no, view, {{ later_of('status_ts', 'recorded_ts') }} as looked_at, case when is_complete then status_ts end as is_complete_by, true as is_needed, is_unknown_status
        from {{ ref('payment_action') }}
        where need_domain = 'accommodation'
        union all
        select action.claim_no, action.view, history.change_ts as looked_at, null as is_complete_by, true as is_needed, false as is_unknown_status
        from {{ ref('payment_action') }} as action
        inner join {{ ref('stg_provider__plan_action_history') }} as history
            on history._source = action.source and {{ reference('history.action_ref') }} = action.action_ref
            and {{ is_seen('history', 'action') }}
        where action.need_domain = 'accommodation'
    ) as looked
        on looked.claim_no = asked.claim_no and looked.view = asked.view
    group by asked.claim_no, asked.view
),

-- A need or an action whose code no list knows may be for a place to live.
unlisted as (
    select claim_no, view from {{ ref('payment_need') }} where need_domain = 'unlisted' and is_flagged
    union
    select claim_no, view
    from {{ ref('payment_action') }}
    where need_domain is null
)

select
    asked.claim_no,
    asked.view,
    asked.source,
    asked.is_perhaps,
    asked.moment,
    asked.plan_ref,
    asked.has_plan,
    asked.planned_at,
    asked.person_reference,
    asked.person_id,
    asked.book_id,
    asked.review_ref,
    asked.reviewed_at,
    coalesce(earlier.has_earlier_that_day, false) as has_earlier_that_day,
    earlier.last_earlier_day,
    changed.claim_no is not null as has_changed,
    coalesce(housing.is_needed, false) as is_housing_needed,
    housing.looked_at as housing_looked_at,
    housing.completed_at as housing_completed_at,
    coalesce(housing.has_unknown_status, false) as has_unknown_status,
    unlisted.claim_no is not null as has_unlisted
from asked
left join earlier on earlier.claim_no = asked.claim_no and earlier.view = asked.view
left join changed on changed.claim_no = asked.claim_no and changed.view = asked.view
left join housing on housing.claim_no = asked.claim_no and housing.view = asked.view
left join unlisted on unlisted.claim_no = asked.claim_no and unlisted.view = asked.view
