{{ config(materialized='view') }}
with
lost as (
    {{ lost_rows('nomis__addresses', 'ADDRESS_ID', 'owner_id') }}
)

-- Whose it is: as of an address that can be read.
select
    lost.address_id,
    coalesce(owner.root_offender_id, lost.owner_id) as root_offender_id,
    lost.start_date,
    lost.end_date,
    {{ pointer('lost') }} as _pointer
from lost
left join {{ ref('stg_nomis__offender') }} as owner
    on owner.offender_id = lost.owner_id
-- One that ends before it starts can be read, and says nothing.
where not coalesce(lost.end_date < lost.start_date, false)
    and upper(lost.owner_class) = 'OFF'
    and {{ parent_is_live('coalesce(owner.root_offender_id, lost.owner_id)', 'stg_nomis__offender', 'root_offender_id', 'nomis__offenders') }}
