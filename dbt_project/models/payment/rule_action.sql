with
asked as (
    select
        view.claim_no,
        view.view,
        view.moment,
        view.is_perhaps,
        view.lagged_to,
        view.seen_to,
        view.has_work,
        view.is_unknown_status,
        view.is_done,
        view.done_at,
        view.release_date,
        view.released_at,
        view.source,
        view.person_id,
        view.has_task,
        view.setting,
        view.evidence_kind,
        view.task_ref,
        view.task_date,
        view.submitted_on
    from {{ ref('payment_view') }} as view
    where view.evidence_kind in ('PLAN_ACTION', 'SERVICE')
),

action as (
    select asked.claim_no, asked.view, lower(trim(action.action_type)) as action_type
    from asked
    inner join {{ ref('stg_provider__plan_action') }} as action
        on asked.evidence_kind = 'PLAN_ACTION'
        and action._source = asked.source and {{ reference('action.action_ref') }} = asked.task_ref
        and {{ is_seen('action', 'asked') }}
),

referral as (
    select
        asked.claim_no,
        asked.view,
        count(*) as referrals,
        min(referral.sent_ts) as first_sent_at,
        min(referral.response_ts) as first_response_at
    from asked
    inner join {{ ref('stg_provider__referral') }} as referral
        on asked.evidence_kind = 'PLAN_ACTION'
        and referral._source = asked.source and {{ reference('referral.action_ref') }} = asked.task_ref
        and {{ is_seen('referral', 'asked') }}
    group by asked.claim_no, asked.view
),

contact as (
    select asked.claim_no, asked.view, min(contact.contact_ts) as first_contact_at
    from asked
    inner join {{ ref('stg_provider__contact') }} as contact
        on asked.evidence_kind = 'PLAN_ACTION'
        and contact._source = asked.source and {{ reference('contact.action_ref') }} = asked.task_ref
        and contact.attended = 'Y'
        and {{ is_seen('contact', 'asked') }}
    group by asked.claim_no, asked.view
),

signed as (
    select
        asked.*,
        action.action_type,
        referral.claim_no is not null as has_referral,
        referral.first_sent_at,
        referral.first_response_at,
        contact.first_contact_at,
        case
            when asked.evidence_kind = 'SERVICE' then asked.done_at
            else {{ earlier_of('contact.first_contact_at', 'referral.first_sent_at') }}
        end as first_sign_at,
        asked.evidence_kind = 'PLAN_ACTION' and (not asked.has_work or (action.action_type = 'referral' and (asked.is_done or asked.is_unknown_status))) as is_complete_referral,
        mark.movements_to,
        sender.service_to,
        sender.contact_to,
        sender.referral_to,
        sender.plan_action_to
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = asked.source
    left join action on action.claim_no = asked.claim_no and action.view = asked.view
    left join referral on referral.claim_no = asked.claim_no and referral.view = asked.view
    left join contact on contact.claim_no = asked.claim_no and contact.view = asked.view
),

-- A referral is to be answered within four weeks, and by the release if that comes first.
deadlined as (
    select
        *,
        case
            when release_date >= cast(first_sent_at as date)
                and release_date < {{ add_days('cast(first_sent_at as date)', "cast(" ~ threshold('rule_r28_days', as_of()) ~ " as integer)") }}
                then release_date
            else {{ add_days('cast(first_sent_at as date)', "cast(" ~ threshold('rule_r28_days', as_of()) ~ " as integer)") }}
        end as deadline
    from signed
),

answered as (
    select
        asked.claim_no,
        asked.view,
        {{ verdict(
            "asked.has_task and asked.setting = 'custody'",
            [('table_missing', "asked.movements_to is null or (asked.evidence_kind = 'SERVICE' and asked.service_to is null) or (asked.evidence_kind = 'PLAN_ACTION' and (asked.plan_action_to is null or asked.contact_to is null or asked.referral_to is null))"),
             ('not_linked', 'asked.person_id is null'),
             ('no_source_row', 'not asked.has_work'),
             ('not_due', 'asked.release_date is null or ' ~ not_complete('asked.movements_to', 'asked.release_date', 'asked') ~ ' or asked.contact_to < asked.submitted_on')],
            'asked.first_sign_at is null or ' ~ comes_before('asked.released_at', 'asked.first_sign_at')
        ) }} as r08,
        {{ only_now(json_object(['first_sign', 'asked.first_sign_at', 'release_date', 'asked.release_date', 'released_at', 'asked.released_at']), 'asked') }} as r08_evidence,
        {{ verdict(
            "asked.has_task and asked.is_complete_referral and (asked.has_referral or not asked.has_work or asked.referral_to is null)",
            [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null or asked.contact_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.is_unknown_status or asked.done_at is null or asked.first_sent_at is null'),
             ('not_due', 'least(asked.referral_to, asked.contact_to) < asked.submitted_on')],
            "case when " ~ is_day('asked.done_at') ~ " or " ~ is_day('asked.first_sent_at')
                ~ " then cast(asked.done_at as date) <= " ~ add_days('cast(asked.first_sent_at as date)', 'cast(' ~ threshold('rule_r27_clock_hours', as_of()) ~ ' / 24 as integer)')
                ~ " else " ~ in_utc('asked.done_at', 'done_day') ~ " <= " ~ in_utc('asked.first_sent_at', 'sent_day')
                ~ " + cast(" ~ threshold('rule_r27_clock_hours', as_of()) ~ " as integer) * interval '1' hour end"
                ~ " and not coalesce(" ~ comes_no_later('asked.first_response_at', 'asked.done_at') ~ ", false)"
                ~ " and not coalesce(" ~ comes_no_later('asked.first_contact_at', 'asked.done_at') ~ ", false)"
        ) }} as r27,
        {{ only_now(json_object(['status_ts', 'asked.done_at', 'sent_ts', 'asked.first_sent_at', 'response_ts', 'asked.first_response_at', 'contact_ts', 'asked.first_contact_at', 'clock_hours', threshold('rule_r27_clock_hours', as_of())]), 'asked') }} as r27_evidence,
        {{ verdict(
            "asked.has_task and asked.is_complete_referral and (asked.has_referral or not asked.has_work or asked.referral_to is null)",
            [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null or asked.movements_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.is_unknown_status or asked.first_sent_at is null'),
             ('not_due', 'least(asked.referral_to, asked.seen_to) < asked.deadline or ' ~ not_complete('asked.movements_to', 'asked.deadline', 'asked') ~ ' or asked.referral_to < asked.submitted_on')],
            'asked.first_response_at is null or cast(asked.first_response_at as date) > asked.deadline'
        ) }} as r28,
        {{ only_now(json_object(['sent_ts', 'asked.first_sent_at', 'deadline', 'asked.deadline', 'response_ts', 'asked.first_response_at']), 'asked') }} as r28_evidence,
        {{ verdict(
            'asked.has_task and asked.is_complete_referral',
            [('table_missing', 'asked.plan_action_to is null or asked.referral_to is null'),
             ('no_source_row', 'not asked.has_work'),
             ('value_missing', 'asked.is_unknown_status'),
             ('not_due', 'asked.referral_to < asked.submitted_on')],
            'not asked.has_referral'
        ) }} as r29,
        {{ only_now(json_object(['action_ref', 'asked.task_ref', 'has_referral', 'asked.has_referral']), 'asked') }} as r29_evidence
    from deadlined as asked
    left join {{ ref('payment_day') }} as done_day on done_day.day = cast(asked.done_at as date)
    left join {{ ref('payment_day') }} as sent_day on sent_day.day = cast(asked.first_sent_at as date)
)

{{ by_claim('answered', ['r08', 'r27', 'r28', 'r29'], ['r08_evidence', 'r27_evidence', 'r28_evidence', 'r29_evidence']) }}
