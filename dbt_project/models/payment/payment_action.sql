with
-- The plans that any view sees: of most claims one.
plan as (
    {% for view in fromjson(views()) %}
    select claim_no, source, plan_ref_{{ view }} as plan_ref
    from {{ ref('payment_plan') }}
    where plan_ref_{{ view }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

first_recorded as (
    select _source, {{ reference('action_ref') }} as action_ref, min(coalesce(recorded_ts, _known_from)) as recorded_at
    from {{ ref('stg_provider__plan_action') }}
    group by _source, {{ reference('action_ref') }}
),

seen as (
    select
        claim.claim_no,
        claim.source,
        {{ reference('action.action_ref') }} as action_ref,
        lower(trim(action.domain)) as domain,
        lower(trim(action.status)) as status,
        action.status_ts,
        action.recorded_ts,
        action._known_from as known_from,
        {% for view in fromjson(views()) %}
        coalesce(claim.plan_ref_{{ view }} = plan.plan_ref and {{ is_seen_in(view, 'action', 'claim') }}, false) as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from plan
    inner join {{ ref('payment_plan') }} as claim on claim.claim_no = plan.claim_no
    inner join {{ ref('stg_provider__plan_action') }} as action
        on action._source = plan.source and {{ reference('action.plan_ref') }} = plan.plan_ref
)

select
    seen.claim_no,
    seen.source,
    seen.action_ref,
    domain.need_domain,
    coalesce(status.is_complete, false) as is_complete,
    status.status is null and seen.status is not null as is_unknown_status,
    seen.status_ts,
    seen.recorded_ts,
    seen.known_from,
    first_recorded.recorded_at as first_recorded_at,
    {{ in_each_view('seen.in') }}
from seen
left join first_recorded on first_recorded._source = seen.source and first_recorded.action_ref = seen.action_ref
left join {{ ref('action_status') }} as status on status.status = seen.status
left join {{ ref('need_domain') }} as domain on domain.system = 'plan_action' and domain.code = seen.domain
where seen.in_now or seen.in_then or seen.in_perhaps
