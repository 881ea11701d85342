with
run as (
    select as_of, {{ add_days('as_of', 'due_within_days') }} as last_day
    from (
        select run.as_of, cast({{ threshold('due_within_days', 'run.as_of') }} as integer) as due_within_days
        from (select {{ as_of() }} as as_of) as run
    ) as dated
),

-- A plan to deport, to move elsewhere or to a hospital is no release into the community. A reason that is not listed stays
-- (definition: due_release).
planned as (
    select
        details.offender_book_id,
        details.release_date as planned_date,
        upper(details.movement_reason_code) as release_type,
        run.as_of,
        details._pointer
    from {{ ref('stg_nomis__release_details') }} as details
    inner join run
        on details.release_date between run.as_of and run.last_day
    left join {{ ref('movement_reason') }} as reason
        on reason.movement_type = upper(details.movement_type) and upper(reason.code) = upper(details.movement_reason_code)
        and details.release_date between reason.valid_from and coalesce(reason.valid_to, cast('9999-12-31' as date))
    -- Bail and the like are no release from a sentence, but the person comes out.
    where coalesce(reason.class, 'release') in ('release', 'unsentenced')
),

-- Where the person is until a next movement takes them elsewhere.
place_now as (
    select place.person_id, place.place, place.admission_date
    from {{ ref('int_place') }} as place
    inner join run
        on place.from_date <= run.as_of
        and (place.next_date is null or place.next_date > run.as_of)
),

-- Escaped or in hospital counts as in custody (definition: release_next_place).
in_custody as (
    select place_now.person_id, place_now.admission_date
    from place_now
    where place_now.place in ('custody', 'custody_other')
        and not exists (
            select 1
            from {{ ref('int_person_case') }} as person_case
            inner join run
                on person_case.deceased_date <= run.as_of
            where person_case.person_id = place_now.person_id
        )
),

-- A booking the person has left is over, whatever date was once planned for it.
booking_now as (
    select booking_token, offender_book_id, person_id, _pointer
    from (
        select
            movement.booking_token,
            movement.offender_book_id,
            movement.person_id,
            movement._pointer,
            place.place,
            row_number() over (partition by movement.offender_book_id order by movement.movement_order desc) as latest_first
        from {{ ref('int_movement') }} as movement
        inner join {{ ref('int_place') }} as place
            on place.person_id = movement.person_id and place.movement_order = movement.movement_order
        inner join run
            on movement.movement_date <= run.as_of
        where movement.offender_book_id in (select planned.offender_book_id from planned)
    ) as ranked
    where latest_first = 1 and place in ('custody', 'custody_other')
),

-- The prison is where the last movement in went to.
prison_now as (
    select offender_book_id, to_agency
    from (
        select
            offender_book_id,
            to_agency,
            row_number() over (partition by offender_book_id order by movement_order desc) as latest_first
        from {{ ref('int_movement') }}
        inner join run
            on movement_date <= run.as_of
        where direction = 'IN'
            and offender_book_id in (select planned.offender_book_id from planned)
    ) as ranked
    where latest_first = 1
),

-- What was never delivered makes the answer unknown, not no.
delivered as (
    select
        count(case when table_name in ('ndelius__offender_address', 'ndelius__personal_circumstance') then 1 end) > 0 as has_homes,
        count(case when table_name = 'ndelius__offender_manager' then 1 end) > 0 as has_allocations,
        count(case when table_name = 'ndelius__staff' then 1 end) > 0 as has_staff
    from {{ source('landing', 'delivery') }}
    where is_accepted
)

select
    booking_now.booking_token as booking_id,
    booking_now.offender_book_id,
    booking_now.person_id,
    planned.planned_date,
    planned.as_of,
    {{ days_between('planned.as_of', 'planned.planned_date') }} as days_to_go,
    planned.release_type,
    coalesce(prison_now.to_agency, upper(booking.agy_loc_id)) as releasing_prison,
    in_custody.admission_date,
    exists (
        select 1 from {{ ref('int_person_case') }} as person_case where person_case.person_id = booking_now.person_id
    ) as is_linked,
    delivered.has_homes,
    delivered.has_allocations,
    delivered.has_staff,
    booking_now._pointer as movement_pointer,
    planned._pointer
from planned
inner join booking_now
    on booking_now.offender_book_id = planned.offender_book_id
inner join in_custody
    on in_custody.person_id = booking_now.person_id
inner join {{ ref('stg_nomis__offender_booking') }} as booking
    on booking.offender_book_id = planned.offender_book_id
left join prison_now
    on prison_now.offender_book_id = planned.offender_book_id
cross join delivered
