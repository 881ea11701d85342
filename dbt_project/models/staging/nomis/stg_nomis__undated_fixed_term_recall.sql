{{ config(materialized='view') }}
select distinct landed.offender_book_id
from {{ source('landing', 'nomis__offender_fixed_term_recalls') }} as landed
where landed._quarantine_reason like '%:RETURN_TO_CUSTODY_DATE'
    and {{ parent_is_live('landed.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
