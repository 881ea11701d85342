-- What each review of a plan changed: a field of an action of the plan, or a new action (definition: payment_nothing_changed).
with
review as (
    select
        _source as source,
        {{ reference('review_ref') }} as review_ref,
        {{ reference('plan_ref') }} as plan_ref,
        cast(review_ts as date) as reviewed_on
    from {{ ref('stg_provider__plan_review') }}
    where _known_to > cast('9999-12-30' as timestamp) and review_ts is not null
),

plan as (
    select
        _source as source,
        {{ reference('plan_ref') }} as plan_ref,
        {{ reference('booking_no') }} as booking_reference,
        cast(completed_ts as date) as planned_on
    from {{ ref('stg_provider__plan') }}
    where _known_to > cast('9999-12-30' as timestamp)
),

action as (
    select
        _source as source,
        {{ reference('action_ref') }} as action_ref,
        {{ reference('plan_ref') }} as plan_ref,
        cast(min(coalesce(recorded_ts, _known_from)) as date) as first_recorded_on
    from {{ ref('stg_provider__plan_action') }}
    group by _source, {{ reference('action_ref') }}, {{ reference('plan_ref') }}
),

changed as (
    select review.source, review.review_ref
    from review
    inner join action on action.source = review.source and action.plan_ref = review.plan_ref
    inner join {{ ref('stg_provider__plan_action_history') }} as history
        on history._source = action.source and {{ reference('history.action_ref') }} = action.action_ref
        and history._known_to > cast('9999-12-30' as timestamp)
        and {{ is_changed_by('history', 'review.review_ref', 'review.reviewed_on') }}
    union
    select review.source, review.review_ref
    from review
    inner join action
        on action.source = review.source and action.plan_ref = review.plan_ref and action.first_recorded_on = review.reviewed_on
)

select
    review.source,
    review.review_ref,
    review.reviewed_on,
    plan.booking_reference,
    plan.planned_on,
    -- Without a history of actions nobody can say.
    case when changed.review_ref is not null then true when sender.plan_action_history_to is not null then false end as has_changed
from review
left join plan on plan.source = review.source and plan.plan_ref = review.plan_ref
left join changed on changed.source = review.source and changed.review_ref = review.review_ref
left join {{ ref('payment_sender') }} as sender on sender.source = review.source
