{%- set work = ['done_at', 'is_done', 'is_unknown_status', 'author_ref', 'plan_ref', 'work_pointer'] -%}
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
        work.plan_ref,
        work._pointer as work_pointer
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
    select
        claim.claim_no,
        claim.evidence_kind,
        claim.task_ref,
        claim.milestone,
        view.view,
        view.view = 'perhaps' as is_perhaps,
        case when view.view = 'now' then cast('9999-12-30' as timestamp) else claim.submitted_ts end as moment
    from {{ ref('payment_claim') }} as claim
    cross join {{ each_view() }} as view
    where claim.waterfall = 'tested' and claim.evidence_kind in ('CRS_REFERRALS', 'CRS_APPOINTMENTS')
),

attended as (
    select
        referred.claim_no,
        referred.view,
        min(case when lower(appointment.reason_for_appointment) = 'saa' then appointment.appointment_time end) as first_assessment,
        min(case when lower(appointment.reason_for_appointment) = 'delivery' then appointment.appointment_time end) as first_session
    from referred
    inner join {{ ref('stg_refer_and_monitor__appointment') }} as appointment
        on {{ reference('appointment.referral_id') }} = referred.task_ref
        and upper(appointment.attended) in ('YES', 'LATE')
        and {{ is_seen('appointment', 'referred') }}
    group by referred.claim_no, referred.view
),

commissioned_work as (
    select
        referred.claim_no,
        referred.view,
        case
            when referred.milestone = 'assessment_attended' then attended.first_assessment
            when referred.milestone = 'plan_submitted' then referral.date_first_action_plan_submitted
            when referred.milestone = 'plan_approved' then referral.date_of_first_action_plan_approval
            when referred.milestone = 'first_session' then attended.first_session
            when referred.milestone = 'report_submitted' then referral.date_end_of_service_report_submitted
            when referred.milestone = 'concluded' then referral.intervention_concluded_at
            when referred.evidence_kind = 'CRS_APPOINTMENTS' then attended.first_assessment
            else referral.date_of_first_action_plan_approval
        end as done_at,
        referral._pointer as work_pointer
    from referred
    inner join {{ ref('stg_refer_and_monitor__referral_version') }} as referral
        on {{ reference('referral.referral_id') }} = referred.task_ref and {{ is_seen('referral', 'referred') }}
    left join attended on attended.claim_no = referred.claim_no and attended.view = referred.view
),

other_work as (
    select claim_no, view, done_at, is_done, is_unknown_status, author_ref, plan_ref, work_pointer from gone_work
    union all
    select
        claim_no,
        view,
        done_at,
        done_at is not null as is_done,
        false as is_unknown_status,
        null as author_ref,
        null as plan_ref,
        work_pointer
    from commissioned_work
),

told as (
    select
        claim.*,
        {% for view in fromjson(views()) %}
        {% set is_live -%}
        {% if view == 'now' %}live_work.work_ref is not null{% else %}coalesce(claim.submitted_ts >= live_work.{{ '_maybe_from' if view == 'perhaps' else '_known_from' }}, false){% endif %}
        {%- endset %}
        {{ is_live }} or other_{{ view }}.claim_no is not null as has_work_{{ view }},
        {% for column in work %}
        case when {{ is_live }} then live_work.{{ column }} else other_{{ view }}.{{ column }} end as {{ column }}_{{ view }},
        {% endfor %}
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
    {% for view in fromjson(views()) %}
    left join other_work as other_{{ view }} on other_{{ view }}.claim_no = claim.claim_no and other_{{ view }}.view = '{{ view }}'
    {% endfor %}
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
    told.who,
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
    coalesce(told.is_done_{{ view }}, false) as is_done_{{ view }},
    coalesce(told.is_unknown_status_{{ view }}, false) as is_unknown_status_{{ view }},
    told.author_ref_{{ view }},
    told.plan_ref_{{ view }},
    -- The day of the record where it is the claimed day, else the claimed day (definition: payment_days).
    case when cast(told.done_at_{{ view }} as date) = told.task_date then told.done_at_{{ view }} else cast(told.task_date as timestamp) end as claimed_at_{{ view }},
    {% endfor %}
    told.work_pointer_now as work_pointer,
    told.book_id,
    told.release_id,
    told.release_date,
    told.admission_date,
    told.released_at,
    {% for view in fromjson(views()) %}
    told.sees_release_{{ view }}{{ ',' if not loop.last }}
    {% endfor %}
from told
