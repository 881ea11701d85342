{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__offender_release_details') }}
)

select
    current_row.offender_book_id,
    current_row.release_date,
    current_row.movement_type,
    current_row.movement_reason_code,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
