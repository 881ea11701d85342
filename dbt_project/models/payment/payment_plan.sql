with
asked as (
    select
        view.claim_no,
        view.view,
        view.is_perhaps,
        view.moment,
        view.plan_ref,
        view.book_id,
        view.done_at,
        view.source,
        view.person_id
    from {{ ref('payment_view') }} as view
    where view.evidence_kind in ('PLAN', 'PLAN_REVIEW')
),

plan as (
    select
        asked.claim_no,
        asked.view,
        plan.completed_ts,
        {{ reference('plan.person_ref') }} as person_reference,
        {{ reference('plan.screening_id') }} as screening_id,
        plan.issued_date,
        plan.counted_in_sl = 'Y' as is_counted_in_level,
        plan._pointer
    from asked
    inner join {{ ref('stg_provider__plan') }} as plan
        on plan._source = asked.source and {{ reference('plan.plan_ref') }} = asked.plan_ref
        and {{ is_seen('plan', 'asked') }}
),

screening as (
    select
        asked.claim_no,
        asked.view,
        screening.screening_id,
        screening.completed_ts,
        screening.reception_ts,
        screening._pointer
    from asked
    inner join {{ ref('int_booking_screening') }} as screening
        on screening.offender_book_id = asked.book_id
        and {{ is_seen('screening', 'asked') }}
),

first_screened as (
    select claim_no, view, min(completed_ts) as first_screened_at
    from screening
    group by claim_no, view
),

-- The one that the plan names, if it is of the booking; else the last at or before the work.
chosen as (
    select claim_no, view, screening_id, completed_ts, reception_ts, _pointer
    from (
        select
            screening.*,
            row_number() over (
                partition by screening.claim_no, screening.view
                order by
                    case when screening.screening_id = plan.screening_id then 0 else 1 end,
                    screening.completed_ts desc, screening.screening_id desc
            ) as best_first
        from screening
        inner join asked on asked.claim_no = screening.claim_no and asked.view = screening.view
        left join plan on plan.claim_no = screening.claim_no and plan.view = screening.view
        where screening.screening_id = plan.screening_id or {{ comes_no_later('screening.completed_ts', 'asked.done_at') }}
    ) as ranked
    where best_first = 1
),

admission as (
    select offender_book_id, min(movement_at) as admitted_at
    from {{ ref('int_movement') }}
    where is_admission
    group by offender_book_id
)

select
    asked.claim_no,
    asked.view,
    asked.source,
    asked.person_id,
    asked.is_perhaps,
    asked.moment,
    asked.plan_ref,
    asked.book_id,
    asked.done_at,
    plan.claim_no is not null as has_plan,
    plan.completed_ts as planned_at,
    plan.person_reference,
    plan.issued_date,
    plan.is_counted_in_level,
    first_screened.first_screened_at,
    chosen.screening_id,
    chosen.completed_ts as screened_at,
    chosen.reception_ts as reception_at,
    admission.admitted_at,
    plan._pointer as plan_pointer,
    chosen._pointer as screening_pointer
from asked
left join plan on plan.claim_no = asked.claim_no and plan.view = asked.view
left join first_screened on first_screened.claim_no = asked.claim_no and first_screened.view = asked.view
left join chosen on chosen.claim_no = asked.claim_no and chosen.view = asked.view
left join admission on admission.offender_book_id = asked.book_id
