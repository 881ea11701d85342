{#- Each table that work is written down in: which row, when it was done, and whether. -#}
{%- set from_provider = {
    'PLAN': ['stg_provider__plan', 'plan_ref', 'row.completed_ts', 'row.completed_ts is not null', 'row.author_ref', 'row.recorded_ts', 'row.plan_ref'],
    'PLAN_REVIEW': ['stg_provider__plan_review', 'review_ref', 'row.review_ts', 'row.review_ts is not null', 'row.author_ref', 'row.recorded_ts', 'row.plan_ref'],
    'PLAN_ACTION': ['stg_provider__plan_action', 'action_ref', 'row.status_ts', 'action_status.is_complete', 'null', 'row.recorded_ts', 'row.plan_ref'],
    'CONTACT': ['stg_provider__contact', 'contact_ref', 'row.contact_ts', "row.attended = 'Y'", 'row.author_ref', 'row.recorded_ts', 'null'],
    'SERVICE': ['stg_provider__service', 'service_ref', 'cast(row.started_on as timestamp)', 'row.started_on is not null', 'null', 'null', 'null'],
    'MESSAGE': ['stg_provider__message', 'message_ref', 'row.sent_ts', 'row.sent_ts is not null', 'null', 'null', 'null'],
} -%}
{% for kind, (model, key, done_at, is_done, author, recorded, plan) in from_provider.items() %}
select
    '{{ kind }}' as evidence_kind,
    row._source as source,
    {{ reference('row.' ~ key) }} as work_ref,
    cast({{ done_at }} as timestamp) as done_at,
    coalesce({{ is_done }}, false) as is_done,
    {{ 'row.status is not null and action_status.status is null' if kind == 'PLAN_ACTION' else 'false' }} as is_unknown_status,
    {{ reference('cast(' ~ author ~ ' as ' ~ dbt.type_string() ~ ')') }} as author_ref,
    cast({{ recorded }} as timestamp) as recorded_ts,
    {{ reference('cast(' ~ plan ~ ' as ' ~ dbt.type_string() ~ ')') }} as plan_ref,
    row.content,
    row._known_from,
    row._maybe_from,
    row._known_to,
    row._pointer
from {{ ref(model) }} as row
{% if kind == 'PLAN_ACTION' -%}
left join {{ ref('action_status') }} as action_status on action_status.status = lower(trim(row.status))
{% endif -%}
{{ 'union all' if not loop.last }}
{%- endfor %}
