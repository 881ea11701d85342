{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('nomis__offender_sent_calculations', 'OFFENDER_SENT_CALCULATION_ID', 'offender_book_id') }}
)

select
    lost.offender_book_id,
    {{ pointer('lost') }} as _pointer
from lost
where {{ parent_is_live('lost.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
