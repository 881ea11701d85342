{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('ndelius__recall', 'RECALL_ID', 'release_id') }}
)

select
    lost.recall_id,
    lost.release_id,
    coalesce(lost.offender_id, release.offender_id) as offender_id,
    lost.recall_reason_id,
    {{ pointer('lost') }} as _pointer
from lost
left join {{ ref('stg_ndelius__release') }} as release
    on release.release_id = lost.release_id
where coalesce(lost.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('lost.release_id', 'stg_ndelius__release', 'release_id', 'ndelius__release') }}
    and {{ parent_is_live('lost.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
