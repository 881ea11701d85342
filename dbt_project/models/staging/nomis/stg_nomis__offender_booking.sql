with
current_row as (
    {{ current_rows('nomis__offender_bookings') }}
)

select
    current_row.offender_book_id,
    current_row.offender_id,
    current_row.root_offender_id,
    current_row.booking_no,
    current_row.booking_begin_date,
    current_row.agy_loc_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_id', 'stg_nomis__offender', 'offender_id', 'nomis__offenders') }}
