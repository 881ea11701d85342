with
-- The source row of the work: that which task_ref names in the sender's own table. Of most claims every view sees the one that is live.
live_work as (
    select
        evidence_kind,
        source,
        work_ref,
        done_at,
        is_done,
        is_unknown_status,
        author_ref,
        plan_ref,
        _pointer as work_pointer,
        _known_from,
        _maybe_from
    from {{ ref('payment_work') }}
    where _known_to > cast('9999-12-30' as timestamp)
),

-- A version that has gone since.
gone_work as (
    select
        claim.claim_no,
        view.view,
        work.done_at,
        work.is_done,
        work.is_unknown_status,
        work.author_ref,
        work.plan_ref
    from {{ ref('payment_claim') }} as claim
    inner join {{ ref('payment_work') }} as work
        on work.evidence_kind = claim.evidence_kind and work.source = claim.source and work.work_ref = claim.task_ref
        and claim.submitted_ts < work._known_to
    cross join (select 'then' as view union all select 'perhaps' as view) as view
    where claim.waterfall = 'tested'
        and work._known_to <= cast('9999-12-30' as timestamp)
        and claim.submitted_ts >= case when view.view = 'perhaps' then work._maybe_from else work._known_from end
),

-- A commissioned service is known by its referral.
referred as (
    select claim_no, evidence_kind, task_ref, milestone, submitted_ts
    from {{ ref('payment_claim') }}
    where waterfall = 'tested' and evidence_kind in ('CRS_REFERRALS', 'CRS_APPOINTMENTS')
),

attended as (
    select
        referred.claim_no,
        {% for view in fromjson(views()) %}
        min(case when appointment.is_assessment and {{ is_seen_in(view, 'appointment', 'referred') }} then appointment.appointment_time end) as first_assessment_{{ view }},
        min(case when appointment.is_session and {{ is_seen_in(view, 'appointment', 'referred') }} then appointment.appointment_time end) as first_session_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from referred
    inner join (
        select
            {{ reference('referral_id') }} as referral_id,
            lower(reason_for_appointment) = 'saa' as is_assessment,
            lower(reason_for_appointment) = 'delivery' as is_session,
            appointment_time,
            _known_from,
            _maybe_from,
            _known_to
        from {{ ref('stg_refer_and_monitor__appointment') }}
        where upper(attended) in ('YES', 'LATE') and lower(reason_for_appointment) in ('saa', 'delivery')
    ) as appointment on appointment.referral_id = referred.task_ref
    group by referred.claim_no
),

referral as (
    select
        {{ reference('referral_id') }} as referral_id,
        date_first_action_plan_submitted,
        date_of_first_action_plan_approval,
        date_end_of_service_report_submitted,
        intervention_concluded_at,
        _known_from,
        _maybe_from,
        _known_to,
        _pointer
    from {{ ref('stg_refer_and_monitor__referral_version') }}
),

commissioned_work as (
    select
        referred.claim_no,
        {% for view in fromjson(views()) %}
        referral_{{ view }}.referral_id is not null as has_work_{{ view }},
        case when referral_{{ view }}.referral_id is not null then case
            when referred.milestone = 'assessment_attended' then attended.first_assessment_{{ view }}
            when referred.milestone = 'plan_submitted' then referral_{{ view }}.date_first_action_plan_submitted
            when referred.milestone = 'plan_approved' then referral_{{ view }}.date_of_first_action_plan_approval
            when referred.milestone = 'first_session' then attended.first_session_{{ view }}
            when referred.milestone = 'report_submitted' then referral_{{ view }}.date_end_of_service_report_submitted
            when referred.milestone = 'concluded' then referral_{{ view }}.intervention_concluded_at
            when referred.evidence_kind = 'CRS_APPOINTMENTS' then attended.first_assessment_{{ view }}
            else referral_{{ view }}.date_of_first_action_plan_approval
        end end as done_at_{{ view }},
        {% endfor %}
        referral_now._pointer as work_pointer
    from referred
    {% for view in fromjson(views()) %}
    left join referral as referral_{{ view }}
        on referral_{{ view }}.referral_id = referred.task_ref and {{ is_seen_in(view, 'referral_' ~ view, 'referred') }}
    {% endfor %}
    left join attended on attended.claim_no = referred.claim_no
),

told as (
    select
        claim.*,
        {% for view in fromjson(views()) %}
        {% if view == 'now' %}
        live_work.work_ref is not null or coalesce(commissioned_work.has_work_now, false) as has_work_now,
        coalesce(live_work.done_at, commissioned_work.done_at_now) as done_at_now,
        coalesce(live_work.is_done, commissioned_work.done_at_now is not null) as is_done_now,
        coalesce(live_work.is_unknown_status, false) as is_unknown_status_now,
        live_work.author_ref as author_ref_now,
        live_work.plan_ref as plan_ref_now,
        coalesce(live_work.work_pointer, commissioned_work.work_pointer) as work_pointer,
        {% else %}
        {% set is_live = 'claim.submitted_ts >= live_work.' ~ ('_maybe_from' if view == 'perhaps' else '_known_from') %}
        coalesce({{ is_live }}, false) or gone_{{ view }}.claim_no is not null or coalesce(commissioned_work.has_work_{{ view }}, false) as has_work_{{ view }},
        case when {{ is_live }} then live_work.done_at else coalesce(gone_{{ view }}.done_at, commissioned_work.done_at_{{ view }}) end as done_at_{{ view }},
        case when {{ is_live }} then live_work.is_done else coalesce(gone_{{ view }}.is_done, commissioned_work.done_at_{{ view }} is not null) end as is_done_{{ view }},
        case when {{ is_live }} then live_work.is_unknown_status else coalesce(gone_{{ view }}.is_unknown_status, false) end as is_unknown_status_{{ view }},
        case when {{ is_live }} then live_work.author_ref else gone_{{ view }}.author_ref end as author_ref_{{ view }},
        case when {{ is_live }} then live_work.plan_ref else gone_{{ view }}.plan_ref end as plan_ref_{{ view }},
        {% endif %}
        booking.release_id is not null and {{ is_known_in(view, 'booking', 'claim', 'release_') }} as sees_release_{{ view }},
        {% endfor %}
        -- The booking is told as today, for every view: that which is claimed, else that of the spell, else that of the release.
        coalesce(booking.claimed_book_id, booking.spell_book_id, booking.release_book_id) as book_id,
        booking.release_id,
        booking.release_date,
        booking.admission_date,
        booking.released_at
    from {{ ref('payment_claim') }} as claim
    left join live_work
        on live_work.evidence_kind = claim.evidence_kind and live_work.source = claim.source and live_work.work_ref = claim.task_ref
    {% for view in ['then', 'perhaps'] %}
    left join gone_work as gone_{{ view }} on gone_{{ view }}.claim_no = claim.claim_no and gone_{{ view }}.view = '{{ view }}'
    {% endfor %}
    left join commissioned_work on commissioned_work.claim_no = claim.claim_no
    left join {{ ref('payment_booking') }} as booking on booking.claim_no = claim.claim_no
    where claim.waterfall = 'tested'
)

select
    told.claim_no,
    told.source,
    told.claim_id,
    told.contract_reference,
    told.provider,
    told.contract_type,
    told.contract_provider,
    told.has_contract,
    told.contract_from,
    told.contract_to,
    told.prime,
    told.sub,
    coalesce(told.person_id, told.source || '|' || told.person_reference) as who,
    told.person_id,
    told.person_reference,
    told.prison,
    told.has_task,
    told.task_reference,
    told.domain,
    told.setting,
    told.evidence_kind,
    told.milestone,
    told.is_release_linked,
    told.timeliness_pays,
    told.max_per_booking,
    told.standard_minutes,
    told.window_from_days,
    told.window_to_days,
    told.review_from_days,
    told.work_to,
    told.task_ref,
    told.task_date,
    told.period,
    told.qty,
    told.rate,
    told.band_used,
    told.billed_level,
    told.amount,
    told.submitted_ts,
    told.submitted_on,
    told.submitted_ts is not null as is_dated,
    {{ add_days('told.submitted_on', "-cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} as lagged_to,
    told.evidence_ref,
    told.late_approval_ref,
    told.first_complete_to,
    told.first_paid_on,
    told.is_paid,
    {% for view in fromjson(views()) %}
    told.has_work_{{ view }},
    told.done_at_{{ view }},
    told.is_done_{{ view }},
    told.is_unknown_status_{{ view }},
    told.author_ref_{{ view }},
    told.plan_ref_{{ view }},
    -- The day of the record where it is the claimed day, else the claimed day (definition: payment_days).
    case when cast(told.done_at_{{ view }} as date) = told.task_date then told.done_at_{{ view }} else cast(told.task_date as timestamp) end as claimed_at_{{ view }},
    {% endfor %}
    told.work_pointer,
    told.book_id,
    told.release_id,
    told.release_date,
    told.admission_date,
    told.released_at,
    {% for view in fromjson(views()) %}
    told.sees_release_{{ view }}{{ ',' if not loop.last }}
    {% endfor %}
from told
