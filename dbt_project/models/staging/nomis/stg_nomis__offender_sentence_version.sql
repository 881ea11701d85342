with
version as (
    {{ known_rows('nomis__offender_sentences', 'create_datetime') }}
)

select
    version.offender_book_id,
    version.sentence_seq,
    version.start_date,
    version._known_from,
    version._maybe_from,
    version._known_to,
    {{ pointer('version') }} as _pointer
from version
where {{ parent_is_live('version.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
