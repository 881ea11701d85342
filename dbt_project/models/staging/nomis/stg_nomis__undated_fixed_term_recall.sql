{{ config(materialized='view') }}
with
set_aside as (
    {{ every_version('nomis__offender_fixed_term_recalls', lacking='RETURN_TO_CUSTODY_DATE') }}
)

select distinct set_aside.offender_book_id
from set_aside
where {{ parent_is_live('set_aside.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
