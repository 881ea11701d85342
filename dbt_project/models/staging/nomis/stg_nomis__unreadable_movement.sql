{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('nomis__offender_external_movements', 'MOVEMENT_SEQ', 'offender_book_id') }}
)

select
    lost.offender_book_id,
    lost.movement_type,
    lost.movement_reason_code,
    {{ pointer('lost') }} as _pointer
from lost
where {{ parent_is_live('lost.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
