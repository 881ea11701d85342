with claims as (

    select source, claim_id, person_id, booking_no, is_booking_of_person, setting, task_date from {{ ref('int_claim') }}

),

releases as (

    select
        releases.release_id,
        releases.person_id,
        releases.release_date,
        {{ reference('bookings.booking_no') }} as booking_reference
    from {{ ref('int_release') }} as releases
    left join {{ ref('int_booking') }} as bookings on releases.offender_book_id = bookings.offender_book_id

),

-- Work in custody leads up to a release, work in the community follows one. The claimed booking narrows the choice only
-- where it is a booking of this person with a release on that side of the task; a mistyped one says nothing
-- (definition: claim_release, claim_release_booking).
candidates as (

    select
        claims.source,
        claims.claim_id,
        releases.release_id,
        claims.is_booking_of_person
        and coalesce({{ reference('claims.booking_no') }} <> releases.booking_reference, true) as is_of_another_booking,
        row_number() over (
            partition by claims.source, claims.claim_id
            order by
                case when claims.is_booking_of_person and {{ reference('claims.booking_no') }} = releases.booking_reference then 0 else 1 end,
                abs({{ days_between('claims.task_date', 'releases.release_date') }}),
                releases.release_id
        ) as nearest_first
    from claims
    inner join releases
        on
            claims.person_id = releases.person_id
            and (
                (claims.setting = 'custody' and releases.release_date >= claims.task_date)
                or (claims.setting = 'community' and releases.release_date <= claims.task_date)
            )

)

select
    source,
    claim_id,
    release_id,
    is_of_another_booking
from candidates
where nearest_first = 1
