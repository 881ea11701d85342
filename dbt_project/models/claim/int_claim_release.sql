with claims as (

    select source, claim_id, person_id, booking_no, is_booking_of_person, setting, task_date from {{ ref('int_claim') }}

),

releases as (

    select
        releases.release_id,
        releases.person_id,
        releases.release_date,
        bookings.booking_no
    from {{ ref('int_release') }} as releases
    left join {{ ref('int_booking') }} as bookings on releases.offender_book_id = bookings.offender_book_id

),

-- Work in custody leads up to a release, work in the community follows one. The claimed booking narrows the choice only
-- where it is a booking of this person; a mistyped one says nothing (definition: claim_release).
candidates as (

    select
        claims.source,
        claims.claim_id,
        releases.release_id,
        row_number() over (
            partition by claims.source, claims.claim_id
            order by abs({{ days_between('claims.task_date', 'releases.release_date') }}), releases.release_id
        ) as nearest_first
    from claims
    inner join releases
        on
            claims.person_id = releases.person_id
            and (not claims.is_booking_of_person or claims.booking_no = releases.booking_no)
            and (
                (claims.setting = 'custody' and releases.release_date >= claims.task_date)
                or (claims.setting = 'community' and releases.release_date <= claims.task_date)
            )

)

select
    source,
    claim_id,
    release_id
from candidates
where nearest_first = 1
