with
claim as (
    select * from {{ ref('payment_seen') }} where evidence_kind in ('PLAN_ACTION', 'SERVICE')
),

action as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'action', 'claim') }} then lower(trim(action.action_type)) end) as action_type_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join {{ ref('stg_provider__plan_action') }} as action
        on action._source = claim.source and {{ reference('action.action_ref') }} = claim.task_ref
    where claim.evidence_kind = 'PLAN_ACTION'
    group by claim.claim_no
),

referral as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        {% set seen = is_seen_in(view, 'referral', 'claim') %}
        max(case when {{ seen }} then 1 else 0 end) = 1 as in_{{ view }},
        min(case when {{ seen }} then referral.sent_ts end) as first_sent_at_{{ view }},
        min(case when {{ seen }} then referral.response_ts end) as first_response_at_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join {{ ref('stg_provider__referral') }} as referral
        on referral._source = claim.source and {{ reference('referral.action_ref') }} = claim.task_ref
    where claim.evidence_kind = 'PLAN_ACTION'
    group by claim.claim_no
),

contact as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        min(case when {{ is_seen_in(view, 'contact', 'claim') }} then contact.contact_ts end) as first_contact_at_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = claim.source and {{ reference('contact.action_ref') }} = claim.task_ref
        and contact.attended = 'Y'
    where claim.evidence_kind = 'PLAN_ACTION'
    group by claim.claim_no
),

signed as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.person_id,
        claim.has_task,
        claim.setting,
        claim.evidence_kind,
        claim.task_ref,
        claim.submitted_on,
        claim.lagged_to,
        {% for view in fromjson(views()) %}
        claim.has_work_{{ view }},
        claim.is_unknown_status_{{ view }},
        claim.done_at_{{ view }},
        case when claim.sees_release_{{ view }} then claim.release_date end as release_date_{{ view }},
        case when claim.sees_release_{{ view }} then claim.released_at end as released_at_{{ view }},
        coalesce(referral.in_{{ view }}, false) as has_referral_{{ view }},
        referral.first_sent_at_{{ view }},
        referral.first_response_at_{{ view }},
        contact.first_contact_at_{{ view }},
        case
            when claim.evidence_kind = 'SERVICE' then claim.done_at_{{ view }}
            else {{ earlier_of('contact.first_contact_at_' ~ view, 'referral.first_sent_at_' ~ view) }}
        end as first_sign_at_{{ view }},
        claim.evidence_kind = 'PLAN_ACTION'
        and (not claim.has_work_{{ view }} or (action.action_type_{{ view }} = 'referral' and (claim.is_done_{{ view }} or claim.is_unknown_status_{{ view }}))) as is_complete_referral_{{ view }},
        {{ seen_to(view, 'claim') }} as seen_to_{{ view }},
        {% endfor %}
        mark.movements_to,
        sender.service_to,
        sender.contact_to,
        sender.referral_to,
        sender.plan_action_to
    from claim
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join action on action.claim_no = claim.claim_no
    left join referral on referral.claim_no = claim.claim_no
    left join contact on contact.claim_no = claim.claim_no
),

-- A referral is to be answered within four weeks, and by the release if that comes first.
asked as (
    select
        signed.*,
        {% for view in fromjson(views()) %}
        {% set due = add_days('cast(signed.first_sent_at_' ~ view ~ ' as date)', "cast(" ~ threshold('rule_r28_days', as_of()) ~ " as integer)") %}
        case
            when signed.release_date_{{ view }} >= cast(signed.first_sent_at_{{ view }} as date) and signed.release_date_{{ view }} < {{ due }} then signed.release_date_{{ view }}
            else {{ due }}
        end as deadline_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from signed
)

select
    asked.claim_no,
    asked.is_dated,
    {% for view in fromjson(views()) %}
    {% set done_at, sent_at, release_date, deadline = 'asked.done_at_' ~ view, 'asked.first_sent_at_' ~ view, 'asked.release_date_' ~ view, 'asked.deadline_' ~ view %}
    {% set is_asked = 'asked.has_task and asked.is_complete_referral_' ~ view ~ ' and (asked.has_referral_' ~ view ~ ' or not asked.has_work_' ~ view ~ ' or asked.referral_to is null)' %}
    {{ verdict(
        "asked.has_task and asked.setting = 'custody'",
        [('table_missing', "asked.movements_to is null or (asked.evidence_kind = 'SERVICE' and asked.service_to is null) or (asked.evidence_kind = 'PLAN_ACTION' and (asked.plan_action_to is null or asked.contact_to is null or asked.referral_to is null))"),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('not_due', release_date ~ ' is null or ' ~ not_complete_in(view, 'asked.movements_to', release_date, 'asked') ~ ' or asked.contact_to < asked.submitted_on')],
        'asked.first_sign_at_' ~ view ~ ' is null or ' ~ comes_before('asked.released_at_' ~ view, 'asked.first_sign_at_' ~ view)
    ) }} as r08_{{ view }},
    {{ verdict(
        is_asked,
        [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null or asked.contact_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.is_unknown_status_' ~ view ~ ' or ' ~ done_at ~ ' is null or ' ~ sent_at ~ ' is null'),
         ('not_due', 'least(asked.referral_to, asked.contact_to) < asked.submitted_on')],
        "case when " ~ is_day(done_at) ~ " or " ~ is_day(sent_at)
            ~ " then cast(" ~ done_at ~ " as date) <= " ~ add_days('cast(' ~ sent_at ~ ' as date)', 'cast(' ~ threshold('rule_r27_clock_hours', as_of()) ~ ' / 24 as integer)')
            ~ " else " ~ in_utc(done_at, 'done_day_' ~ view) ~ " <= " ~ in_utc(sent_at, 'sent_day_' ~ view)
            ~ " + cast(" ~ threshold('rule_r27_clock_hours', as_of()) ~ " as integer) * interval '1' hour end"
            ~ " and not coalesce(" ~ comes_no_later('asked.first_response_at_' ~ view, done_at) ~ ", false)"
            ~ " and not coalesce(" ~ comes_no_later('asked.first_contact_at_' ~ view, done_at) ~ ", false)"
    ) }} as r27_{{ view }},
    {{ verdict(
        is_asked,
        [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null or asked.movements_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.is_unknown_status_' ~ view ~ ' or ' ~ sent_at ~ ' is null'),
         ('not_due', 'least(asked.referral_to, asked.seen_to_' ~ view ~ ') < ' ~ deadline ~ ' or ' ~ not_complete_in(view, 'asked.movements_to', deadline, 'asked') ~ ' or asked.referral_to < asked.submitted_on')],
        'asked.first_response_at_' ~ view ~ ' is null or cast(asked.first_response_at_' ~ view ~ ' as date) > ' ~ deadline
    ) }} as r28_{{ view }},
    {{ verdict(
        'asked.has_task and asked.is_complete_referral_' ~ view,
        [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null'),
         ('no_source_row', 'not asked.has_work_' ~ view),
         ('value_missing', 'asked.is_unknown_status_' ~ view),
         ('not_due', 'asked.referral_to < asked.submitted_on')],
        'not asked.has_referral_' ~ view
    ) }} as r29_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    asked.first_sign_at_now as first_sign_at,
    asked.release_date_now as release_date,
    asked.released_at_now as released_at,
    asked.done_at_now as done_at,
    asked.first_sent_at_now as first_sent_at,
    asked.first_response_at_now as first_response_at,
    asked.first_contact_at_now as first_contact_at,
    asked.deadline_now as deadline,
    asked.task_ref,
    asked.has_referral_now as has_referral
from asked
{% for view in fromjson(views()) %}
left join {{ ref('payment_day') }} as done_day_{{ view }} on done_day_{{ view }}.day = cast(asked.done_at_{{ view }} as date)
left join {{ ref('payment_day') }} as sent_day_{{ view }} on sent_day_{{ view }}.day = cast(asked.first_sent_at_{{ view }} as date)
{% endfor %}
