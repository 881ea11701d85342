with
booking as (
    select
        booking.offender_book_id,
        booking.booking_no,
        booking.offender_id,
        prisoner.prisoner
    from {{ ref('stg_nomis__offender_booking') }} as booking
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = coalesce(booking.offender_id, booking.root_offender_id)
)

select
    booking.offender_book_id,
    booking.booking_no,
    booking.offender_id,
    token.booking_token,
    person_link.person_id
from booking
inner join {{ ref('person_link') }} as person_link
    on person_link.source = 'nomis' and person_link.source_key = booking.prisoner
inner join {{ ref('booking_token') }} as token
    on token.offender_book_id = booking.offender_book_id
