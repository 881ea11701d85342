{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__key_date', 'KEY_DATE_ID', 'custody_id') }}
)

select
    lost.custody_id,
    lost.key_date_type_id,
    {{ pointer('lost') }} as _pointer
from lost
where coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody') }}
