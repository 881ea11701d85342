{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__offender_sent_calculations') }}
)

select
    current_row.offender_sent_calculation_id,
    current_row.offender_book_id,
    current_row.calculation_date,
    current_row.led_calculated_date,
    current_row.led_overrided_date,
    current_row.tused_calculated_date,
    current_row.tused_overrided_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
