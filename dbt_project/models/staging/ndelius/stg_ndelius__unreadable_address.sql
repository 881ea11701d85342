{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__offender_address') }}
)

select
    lost.offender_address_id,
    lost.offender_id,
    lost.address_status_id,
    case when lost.start_date <= lost.end_date or lost.end_date is null then lost.start_date end as start_date,
    case when lost.start_date <= lost.end_date or lost.start_date is null then lost.end_date end as end_date,
    lost.created_datetime,
    lost.last_updated_datetime,
    {{ pointer('lost') }} as _pointer
from lost
where coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
