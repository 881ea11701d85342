{{ config(materialized='view') }}
-- `now` sees what is live; `then` what was recorded by the moment of submission; `perhaps` also rows of which nobody can say whether they
-- were there (definition: claim_known_then). Where the last two answer alike, that is what was known.
{% for view in fromjson(views()) %}
select
    claim_no,
    '{{ view }}' as view,
    {{ 'true' if view == 'perhaps' else 'false' }} as is_perhaps,
    {{ "cast('9999-12-30' as timestamp)" if view == 'now' else 'submitted_ts' }} as moment,
    {{ "cast('9999-12-30' as date)" if view == 'now' else 'submitted_on' }} as seen_to,
    {{ "cast('9999-12-30' as date)" if view == 'now' else 'lagged_to' }} as lagged_to,
    has_work_{{ view }} as has_work,
    done_at_{{ view }} as done_at,
    is_done_{{ view }} as is_done,
    is_unknown_status_{{ view }} as is_unknown_status,
    author_ref_{{ view }} as author_ref,
    plan_ref_{{ view }} as plan_ref,
    {{ 'work_pointer' if view == 'now' else 'null' }} as work_pointer,
    claimed_at_{{ view }} as claimed_at,
    book_id,
    case when sees_release_{{ view }} then release_id end as release_id,
    case when sees_release_{{ view }} then release_date end as release_date,
    case when sees_release_{{ view }} then admission_date end as admission_date,
    case when sees_release_{{ view }} then released_at end as released_at,
    release_date as release_date_now,
    source,
    person_id,
    person_reference,
    contract_reference,
    contract_type,
    has_task,
    task_reference,
    task_ref,
    task_date,
    domain,
    setting,
    evidence_kind,
    timeliness_pays,
    review_from_days,
    billed_level,
    qty,
    rate,
    submitted_on
from {{ ref('payment_seen') }}
{% if view != 'now' -%}
where submitted_ts is not null
{% endif -%}
{{ 'union all' if not loop.last }}
{% endfor %}
