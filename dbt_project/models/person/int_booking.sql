with
booking as (
    select
        booking.offender_book_id,
        booking.booking_no,
        booking.offender_id,
        -- The person's own record says who it belongs to; without one the booking names the person.
        coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id) as root_offender_id
    from {{ ref('stg_nomis__offender_booking') }} as booking
    left join {{ ref('stg_nomis__offender') }} as offender
        on offender.offender_id = booking.offender_id
)

select
    booking.offender_book_id,
    booking.booking_no,
    booking.offender_id,
    token.booking_token,
    person_link.person_id
from booking
inner join {{ ref('person_link') }} as person_link
    on person_link.source = 'nomis' and person_link.source_key = booking.root_offender_id
inner join {{ ref('booking_token') }} as token
    on token.offender_book_id = booking.offender_book_id
