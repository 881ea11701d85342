{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__offender_imprison_statuses') }}
)

select
    current_row.offender_book_id,
    current_row.imprison_status_seq,
    current_row.imprisonment_status,
    current_row.effective_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
