{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__offender_manager', 'OFFENDER_MANAGER_ID', 'offender_id') }}
)

select
    lost.offender_manager_id,
    lost.offender_id,
    lost.allocation_date,
    lost.end_date,
    {{ pointer('lost') }} as _pointer
from lost
-- One that ends before it starts can be read, and says nothing.
where not coalesce(lost.end_date < lost.allocation_date, false)
    and coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
