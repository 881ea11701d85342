{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__personal_circumstance', 'PERSONAL_CIRCUMSTANCE_ID', 'offender_id') }}
)

select
    lost.personal_circumstance_id,
    lost.offender_id,
    lost.circumstance_type_id,
    lost.start_date,
    lost.end_date,
    lost.created_datetime,
    lost.last_updated_datetime,
    {{ pointer('lost') }} as _pointer
from lost
-- One that ends before it starts can be read, and says nothing.
where not coalesce(lost.end_date < lost.start_date, false)
    and coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
