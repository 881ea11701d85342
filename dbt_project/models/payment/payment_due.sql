-- What service levels count: plans that fell due, and people released who should have had a review (definition: payment_level).
with
contract_prison as (
    select
        {{ reference('prison.contract_id') }} as contract_reference,
        {{ reference('prison.prison_code') }} as prison,
        {{ later_of('prison.from_date', 'contract.from_date') }} as from_date,
        coalesce({{ earlier_of('prison.to_date', 'contract.to_date') }}, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__contract_prison') }} as prison
    inner join {{ ref('stg_contracts__contract') }} as contract
        on {{ reference('contract.contract_id') }} = {{ reference('prison.contract_id') }}
),

numbered as (
    select
        offender_book_id,
        person_id,
        {{ reference('booking_no') }} as booking_reference,
        count(*) over (partition by {{ reference('booking_no') }}) as bookings
    from {{ ref('int_booking') }}
    where booking_no is not null
),

-- Plans of a booking: by its number; where two bookings carry it, not those that name somebody else.
planned as (
    select
        numbered.offender_book_id,
        plan._source,
        {{ reference('plan.plan_ref') }} as plan_ref,
        cast(plan.completed_ts as date) as planned_on
    from {{ ref('stg_provider__plan') }} as plan
    inner join numbered on numbered.booking_reference = {{ reference('plan.booking_no') }}
    left join {{ ref('link_number_person') }} as led
        on led.kind = 'noms' and led.identifier = upper(plan.noms_no) and led.persons = 1
    where plan._known_to > cast('9999-12-30' as timestamp)
        and (numbered.bookings = 1 or coalesce(led.person_id, numbered.person_id) = numbered.person_id)
),

plan as (
    select offender_book_id, min(planned_on) as planned_on
    from planned
    where planned_on is not null
    group by offender_book_id
),

-- The first screening of a booking sets the day its plan is due; who has left the prison by then is not counted.
screening as (
    select
        screening.offender_book_id,
        screening.person_id,
        {{ reference('booking.booking_no') }} as booking_reference,
        screening.screening_id,
        cast(screening.completed_ts as date) as screened_on
    from {{ ref('int_booking_screening') }} as screening
    inner join {{ ref('int_booking') }} as booking on booking.offender_book_id = screening.offender_book_id
    where screening._known_to > cast('9999-12-30' as timestamp)
),

-- By the day of screening, for there are fewer days than screenings.
working_day_due as (
    select
        definition.code,
        day.day as screened_on,
        day.working_days_so_far + definition.days as working_days_so_far
    from {{ ref('payment_day') }} as day
    cross join (select code, days from {{ ref('service_level') }} where kind = 'plan_in_working_days') as definition
),

day_due as (
    select working_day_due.code, working_day_due.screened_on, day.day as due_on
    from working_day_due
    inner join {{ ref('payment_day') }} as day
        on day.is_working_day and day.working_days_so_far = working_day_due.working_days_so_far
    -- Only within a period that it is agreed for does anybody ask where the person was.
    where exists (
        select 1
        from {{ ref('payment_agreed_level') }} as agreed
        where agreed.code = working_day_due.code and day.day between agreed.start_date and agreed.end_date
    )
),

due as (
    select
        day_due.code,
        screening.screening_id,
        screening.person_id,
        screening.offender_book_id,
        screening.booking_reference,
        day_due.due_on
    from screening
    inner join day_due on day_due.screened_on = screening.screened_on
),

-- Of two stays on the day the plan is due, the later.
stay as (
    select
        due.code,
        due.screening_id,
        due.due_on,
        due.booking_reference,
        due.offender_book_id,
        due.person_id,
        spell.prison,
        row_number() over (partition by due.code, due.screening_id, due.offender_book_id, due.due_on order by spell.movement_order desc) as newest_first
    from due
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = due.person_id
        and cast(spell.in_at as date) <= due.due_on
        and (spell.out_at is null or cast(spell.out_at as date) >= due.due_on)
),

held as (
    select
        stay.code,
        stay.screening_id,
        stay.due_on,
        stay.booking_reference,
        stay.offender_book_id,
        stay.person_id,
        stay.prison,
        min(contract_prison.contract_reference) as contract_reference
    from stay
    inner join contract_prison
        on contract_prison.prison = stay.prison and stay.due_on between contract_prison.from_date and contract_prison.to_date
    where stay.newest_first = 1
    group by stay.code, stay.screening_id, stay.due_on, stay.booking_reference, stay.offender_book_id, stay.person_id, stay.prison
    having min(contract_prison.contract_reference) = max(contract_prison.contract_reference)
),

review as (
    select
        planned.offender_book_id,
        cast(review.review_ts as date) as reviewed_on,
        review.review_ts,
        planned.planned_on
    from {{ ref('stg_provider__plan_review') }} as review
    inner join planned on planned._source = review._source and planned.plan_ref = {{ reference('review.plan_ref') }}
    where review._known_to > cast('9999-12-30' as timestamp)
),

released as (
    select
        release.release_id,
        release.release_date,
        release.offender_book_id,
        release.person_id,
        release.releasing_prison,
        {{ reference('booking.booking_no') }} as booking_reference,
        {{ reference('contract.contract_id') }} as contract_reference
    from {{ ref('int_release') }} as release
    inner join {{ ref('int_release_contract') }} as contract on contract.release_id = release.release_id
    inner join {{ ref('int_booking') }} as booking on booking.offender_book_id = release.offender_book_id
    inner join plan on plan.offender_book_id = release.offender_book_id and plan.planned_on <= release.release_date
    where {{ days_between('release.admission_date', 'release.release_date') }} >= cast({{ threshold('rule_r12_window_days', as_of()) }} as integer)
),

reviewed as (
    select distinct
        released.release_id,
        released.release_date,
        released.offender_book_id,
        review.review_ts,
        review.reviewed_on
    from released
    inner join review
        on review.offender_book_id = released.offender_book_id and review.reviewed_on <= released.release_date
        and review.planned_on <= released.release_date
),

-- The planned date as it stood at the time of the review.
planned_then as (
    select release_id, review_ts, planned_date
    from (
        select
            reviewed.release_id,
            reviewed.review_ts,
            planned.planned_date,
            row_number() over (
                partition by reviewed.release_id, reviewed.review_ts
                order by case when planned.is_history then 0 else 1 end, planned.planned_at desc, planned._pointer desc
            ) as best_first
        from reviewed
        inner join {{ ref('stg_nomis__planned_release') }} as planned
            on planned.offender_book_id = reviewed.offender_book_id
            and planned._known_to > cast('9999-12-30' as timestamp)
            and {{ comes_no_later('planned.planned_at', 'reviewed.review_ts') }}
    ) as ranked
    where best_first = 1
),

in_window as (
    select distinct reviewed.release_id, definition.code
    from reviewed
    cross join (select code, days from {{ ref('service_level') }} where kind = 'review_in_window') as definition
    left join planned_then on planned_then.release_id = reviewed.release_id and planned_then.review_ts = reviewed.review_ts
    where reviewed.reviewed_on >= {{ add_days('coalesce(planned_then.planned_date, reviewed.release_date)', '-definition.days') }}
)

select
    agreed.contract_reference,
    agreed.code,
    agreed.kind,
    agreed.period,
    held.screening_id as due_key,
    held.booking_reference,
    held.offender_book_id,
    held.person_id,
    held.prison,
    held.due_on,
    coalesce(plan.planned_on <= held.due_on, false) as is_done
from {{ ref('payment_agreed_level') }} as agreed
inner join held
    on held.contract_reference = agreed.contract_reference and held.code = agreed.code
    and held.due_on between agreed.start_date and agreed.end_date
left join plan on plan.offender_book_id = held.offender_book_id
where agreed.kind = 'plan_in_working_days'
union all
select
    agreed.contract_reference,
    agreed.code,
    agreed.kind,
    agreed.period,
    released.release_id as due_key,
    released.booking_reference,
    released.offender_book_id,
    released.person_id,
    released.releasing_prison as prison,
    released.release_date as due_on,
    in_window.release_id is not null as is_done
from {{ ref('payment_agreed_level') }} as agreed
inner join released
    on released.contract_reference = agreed.contract_reference and released.release_date between agreed.start_date and agreed.end_date
left join in_window on in_window.release_id = released.release_id and in_window.code = agreed.code
where agreed.kind = 'review_in_window'
