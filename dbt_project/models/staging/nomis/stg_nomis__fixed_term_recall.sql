with
current_row as (
    {{ current_rows('nomis__offender_fixed_term_recalls') }}
)

select
    current_row.offender_book_id,
    current_row.return_to_custody_date,
    current_row.recall_length,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
