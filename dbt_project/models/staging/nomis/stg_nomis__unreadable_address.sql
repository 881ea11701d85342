{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('nomis__addresses') }}
)

-- Whose it is: as of an address that can be read.
select
    lost.address_id,
    coalesce(owner.root_offender_id, lost.owner_id) as root_offender_id,
    case when lost.start_date <= lost.end_date or lost.end_date is null then lost.start_date end as start_date,
    case when lost.start_date <= lost.end_date or lost.start_date is null then lost.end_date end as end_date,
    {{ pointer('lost') }} as _pointer
from lost
left join {{ ref('stg_nomis__offender') }} as owner
    on owner.offender_id = lost.owner_id
where upper(lost.owner_class) = 'OFF'
    and {{ parent_is_live('coalesce(owner.root_offender_id, lost.owner_id)', 'stg_nomis__offender', 'root_offender_id', 'nomis__offenders') }}
