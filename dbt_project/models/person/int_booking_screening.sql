select
    booking.offender_book_id,
    booking.person_id,
    {{ reference('screening.screening_id') }} as screening_id,
    screening.completed_ts,
    screening.reception_ts,
    screening._known_from,
    screening._maybe_from,
    screening._known_to,
    screening._pointer
from {{ ref('stg_oasys__screening') }} as screening
inner join {{ ref('int_booking') }} as booking
    on {{ reference('booking.booking_no') }} = {{ reference('screening.booking_no') }}
left join {{ ref('link_number_person') }} as led
    on led.kind = 'noms' and led.identifier = upper(screening.noms_no) and led.persons = 1
where screening.completed_ts is not null and coalesce(led.person_id, booking.person_id) = booking.person_id
