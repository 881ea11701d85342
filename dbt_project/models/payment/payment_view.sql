with
claim as (
    select * from {{ ref('payment_claim') }} where waterfall = 'tested'
),

asked as (
    select
        claim.*,
        moment.view,
        moment.is_perhaps,
        moment.moment,
        moment.seen_to,
        moment.lagged_to
    from claim
    inner join {{ ref('payment_moment') }} as moment on moment.claim_no = claim.claim_no
),

-- The source row of the work: that which task_ref names in the sender's own table, or the referral of a commissioned service.
delivered_work as (
    select
        asked.claim_no,
        asked.view,
        work.done_at,
        work.is_done,
        work.is_unknown_status,
        work.author_ref,
        work.recorded_ts,
        work.plan_ref,
        work.person_ref,
        work._pointer
    from asked
    inner join {{ ref('payment_work') }} as work
        on work.evidence_kind = asked.evidence_kind and work.source = asked.source and work.work_ref = asked.task_ref
        and {{ is_seen('work', 'asked') }}
),

seen_referral as (
    select
        asked.claim_no,
        asked.view,
        asked.evidence_kind,
        asked.milestone,
        referral.date_of_first_action_plan_approval,
        referral.date_first_action_plan_submitted,
        referral.date_end_of_service_report_submitted,
        referral.intervention_concluded_at,
        referral._pointer
    from asked
    inner join {{ ref('stg_refer_and_monitor__referral_version') }} as referral
        on asked.evidence_kind in ('CRS_REFERRALS', 'CRS_APPOINTMENTS')
        and asked.task_ref = {{ reference('referral.referral_id') }}
        and {{ is_seen('referral', 'asked') }}
),

attended as (
    select
        asked.claim_no,
        asked.view,
        min(case when lower(appointment.reason_for_appointment) = 'saa' then appointment.appointment_time end) as first_assessment,
        min(case when lower(appointment.reason_for_appointment) = 'delivery' then appointment.appointment_time end) as first_session,
        max(case when lower(appointment.reason_for_appointment) = 'delivery' then appointment.appointment_time end) as last_session,
        count(case when lower(appointment.reason_for_appointment) = 'delivery' then 1 end) as sessions
    from asked
    inner join {{ ref('stg_refer_and_monitor__appointment') }} as appointment
        on asked.evidence_kind in ('CRS_REFERRALS', 'CRS_APPOINTMENTS')
        and asked.task_ref = {{ reference('appointment.referral_id') }}
        and upper(appointment.attended) in ('YES', 'LATE')
        and {{ is_seen('appointment', 'asked') }}
    group by asked.claim_no, asked.view
),

commissioned_work as (
    select
        seen_referral.claim_no,
        seen_referral.view,
        case
            when seen_referral.milestone = 'assessment_attended' then attended.first_assessment
            when seen_referral.milestone = 'plan_submitted' then seen_referral.date_first_action_plan_submitted
            when seen_referral.milestone = 'plan_approved' then seen_referral.date_of_first_action_plan_approval
            when seen_referral.milestone = 'first_session' then attended.first_session
            when seen_referral.milestone = 'report_submitted' then seen_referral.date_end_of_service_report_submitted
            when seen_referral.milestone = 'concluded' then seen_referral.intervention_concluded_at
            when seen_referral.evidence_kind = 'CRS_APPOINTMENTS' then attended.first_assessment
            else seen_referral.date_of_first_action_plan_approval
        end as done_at,
        seen_referral._pointer
    from seen_referral
    left join attended on attended.claim_no = seen_referral.claim_no and attended.view = seen_referral.view
),

work as (
    select * from delivered_work
    union all
    select
        claim_no,
        view,
        done_at,
        done_at is not null as is_done,
        false as is_unknown_status,
        null as author_ref,
        null as recorded_ts,
        null as plan_ref,
        null as person_ref,
        _pointer
    from commissioned_work
),

-- The day of the record where it is the claimed day, else the claimed day (definition: payment_days).
placed as (
    select
        asked.*,
        work.claim_no is not null as has_work,
        work.done_at,
        coalesce(work.is_done, false) as is_done,
        coalesce(work.is_unknown_status, false) as is_unknown_status,
        work.author_ref,
        work.recorded_ts,
        work.plan_ref,
        work._pointer as work_pointer,
        case when cast(work.done_at as date) = asked.task_date then work.done_at else cast(asked.task_date as timestamp) end as claimed_at
    from asked
    left join work on work.claim_no = asked.claim_no and work.view = asked.view
),

-- The claim's release, if the view has seen it.
release as (
    select
        placed.claim_no,
        placed.view,
        release.release_id,
        release.release_date,
        release.admission_date,
        movement.movement_at as released_at,
        movement.offender_book_id
    from placed
    inner join {{ ref('int_claim_release') }} as chosen on chosen.source = placed.source and chosen.claim_id = placed.claim_id
    inner join {{ ref('int_release') }} as release on release.release_id = chosen.release_id
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = release.person_id and movement.movement_order = release.movement_order
    where placed.moment >= case when placed.is_perhaps then movement.maybe_from else movement.known_from end
),

-- The booking is told as today, for every view: that of the spell on the day of the task, the last to begin, where no booking of the person
-- is claimed; else that of the release.
spell as (
    select claim_no, offender_book_id
    from (
        select
            placed.claim_no,
            spell.offender_book_id,
            row_number() over (partition by placed.claim_no order by spell.movement_order desc) as newest_first
        from placed
        inner join {{ ref('int_spell') }} as spell
            on spell.person_id = placed.person_id
            and cast(spell.in_at as date) <= placed.task_date
            and (spell.out_at is null or cast(spell.out_at as date) >= placed.task_date)
        where placed.view = 'now' and placed.claimed_book_id is null
    ) as ranked
    where newest_first = 1
)

select
    placed.claim_no,
    placed.view,
    placed.is_perhaps,
    placed.moment,
    placed.seen_to,
    placed.lagged_to,
    placed.has_work,
    placed.done_at,
    placed.is_done,
    placed.is_unknown_status,
    placed.author_ref,
    placed.recorded_ts,
    placed.plan_ref,
    placed.work_pointer,
    placed.claimed_at,
    coalesce(placed.claimed_book_id, spell.offender_book_id, live.offender_book_id) as book_id,
    release.release_id,
    release.release_date,
    release.admission_date,
    release.released_at,
    live.release_date as release_date_now
from placed
left join release on release.claim_no = placed.claim_no and release.view = placed.view
left join release as live on live.claim_no = placed.claim_no and live.view = 'now'
left join spell on spell.claim_no = placed.claim_no
