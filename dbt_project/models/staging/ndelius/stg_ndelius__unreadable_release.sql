{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__release', 'RELEASE_ID', 'offender_id') }}
)

select
    lost.release_id,
    lost.custody_id,
    coalesce(lost.offender_id, custody.offender_id) as offender_id,
    lost.release_type_id,
    {{ pointer('lost') }} as _pointer
from lost
left join {{ ref('stg_ndelius__custody') }} as custody
    on custody.custody_id = lost.custody_id
where coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody') }}
    and {{ parent_is_live('lost.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
