with
plan as (
    select
        _source,
        {{ reference('plan_ref') }} as plan_ref,
        completed_ts,
        {{ reference('person_ref') }} as person_reference,
        {{ reference('screening_id') }} as screening_id,
        issued_date,
        counted_in_sl = 'Y' as is_counted_in_level,
        _known_from,
        _maybe_from,
        _known_to,
        _pointer
    from {{ ref('stg_provider__plan') }}
),

asked as (
    select
        claim.claim_no,
        claim.source,
        claim.person_id,
        claim.evidence_kind,
        claim.task_ref,
        claim.book_id,
        claim.submitted_ts,
        {% for view in fromjson(views()) %}
        claim.plan_ref_{{ view }},
        claim.done_at_{{ view }},
        plan_{{ view }}.plan_ref is not null as has_plan_{{ view }},
        plan_{{ view }}.completed_ts as planned_at_{{ view }},
        plan_{{ view }}.person_reference as person_reference_{{ view }},
        plan_{{ view }}.screening_id as named_screening_{{ view }},
        plan_{{ view }}.issued_date as issued_date_{{ view }},
        plan_{{ view }}.is_counted_in_level as is_counted_in_level_{{ view }},
        {% endfor %}
        plan_now._pointer as plan_pointer
    from {{ ref('payment_seen') }} as claim
    {% for view in fromjson(views()) %}
    left join plan as plan_{{ view }}
        on plan_{{ view }}._source = claim.source and plan_{{ view }}.plan_ref = claim.plan_ref_{{ view }} and {{ is_seen_in(view, 'plan_' ~ view, 'claim') }}
    {% endfor %}
    where claim.evidence_kind in ('PLAN', 'PLAN_REVIEW')
),

-- The screenings of the booking that a view sees, and of them those that it may choose from.
screening as (
    select
        asked.claim_no,
        screening.screening_id,
        screening.completed_ts,
        screening.reception_ts,
        screening._pointer,
        {% for view in fromjson(views()) %}
        {% set seen = is_seen_in(view, 'screening', 'asked') %}
        {{ seen }} as is_seen_{{ view }},
        coalesce(screening.screening_id = asked.named_screening_{{ view }}, false) as is_named_{{ view }},
        coalesce({{ seen }} and (screening.screening_id = asked.named_screening_{{ view }} or {{ comes_no_later('screening.completed_ts', 'asked.done_at_' ~ view) }}), false) as is_open_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked
    inner join {{ ref('int_booking_screening') }} as screening on screening.offender_book_id = asked.book_id
),

-- The one that the plan names, if it is of the booking; else the last at or before the work.
ranked as (
    select
        screening.*,
        {% for view in fromjson(views()) %}
        row_number() over (
            partition by claim_no
            order by
                case when is_open_{{ view }} then 0 else 1 end,
                case when is_named_{{ view }} then 0 else 1 end,
                completed_ts desc, screening_id desc
        ) as place_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from screening
),

screened as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        {% set chosen = 'is_open_' ~ view ~ ' and place_' ~ view ~ ' = 1' %}
        min(case when is_seen_{{ view }} then completed_ts end) as first_screened_at_{{ view }},
        max(case when {{ chosen }} then screening_id end) as screening_id_{{ view }},
        max(case when {{ chosen }} then completed_ts end) as screened_at_{{ view }},
        max(case when {{ chosen }} then reception_ts end) as reception_at_{{ view }},
        {% endfor %}
        max(case when is_open_now and place_now = 1 then _pointer end) as screening_pointer
    from ranked
    group by claim_no
),

admission as (
    select offender_book_id, min(movement_at) as admitted_at
    from {{ ref('int_movement') }}
    where is_admission
    group by offender_book_id
)

select
    asked.claim_no,
    asked.source,
    asked.person_id,
    asked.evidence_kind,
    asked.task_ref,
    asked.book_id,
    asked.submitted_ts,
    {% for view in fromjson(views()) %}
    asked.plan_ref_{{ view }},
    asked.done_at_{{ view }},
    asked.has_plan_{{ view }},
    asked.planned_at_{{ view }},
    asked.person_reference_{{ view }},
    asked.issued_date_{{ view }},
    asked.is_counted_in_level_{{ view }},
    screened.first_screened_at_{{ view }},
    screened.screening_id_{{ view }},
    screened.screened_at_{{ view }},
    screened.reception_at_{{ view }},
    {% endfor %}
    admission.admitted_at,
    asked.plan_pointer,
    screened.screening_pointer
from asked
left join screened on screened.claim_no = asked.claim_no
left join admission on admission.offender_book_id = asked.book_id
