with
plan as (
    select * from {{ ref('payment_plan') }} where plan_ref is not null
),

first_recorded as (
    select _source, {{ reference('action_ref') }} as action_ref, min(coalesce(recorded_ts, _known_from)) as recorded_at
    from {{ ref('stg_provider__plan_action') }}
    group by _source, {{ reference('action_ref') }}
)

select
    plan.claim_no,
    plan.view,
    plan.source,
    plan.is_perhaps,
    plan.moment,
    {{ reference('action.action_ref') }} as action_ref,
    domain.need_domain,
    coalesce(status.is_complete, false) as is_complete,
    status.status is null and action.status is not null as is_unknown_status,
    action.status_ts,
    action.recorded_ts,
    first_recorded.recorded_at as first_recorded_at
from plan
inner join {{ ref('stg_provider__plan_action') }} as action
    on action._source = plan.source and {{ reference('action.plan_ref') }} = plan.plan_ref and {{ is_seen('action', 'plan') }}
left join first_recorded
    on first_recorded._source = action._source and first_recorded.action_ref = {{ reference('action.action_ref') }}
left join {{ ref('action_status') }} as status on status.status = lower(trim(action.status))
left join {{ ref('need_domain') }} as domain on domain.system = 'plan_action' and domain.code = lower(trim(action.domain))
