with
current_row as (
    {{ current_rows('nomis__addresses') }}
),

pseudo_postcode as (
    select postcode from {{ ref('pseudo_postcode') }}
)

-- Only addresses of prisoners (OWNER_CLASS OFF); OWNER_ID is ROOT_OFFENDER_ID (definition: status_discharge_address). That of a person who
-- has since been joined to another is an older root, whose own record says who it belongs to now.
select
    current_row.address_id,
    coalesce(owner.root_offender_id, current_row.owner_id) as root_offender_id,
    coalesce(current_row.no_fixed_address_flag, 'N') = 'Y' or pseudo_postcode.postcode is not null as is_no_fixed_abode,
    -- Goes on to linkage and no further.
    current_row.postal_code as postcode,
    current_row.start_date,
    current_row.end_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join pseudo_postcode
    on replace(upper(current_row.postal_code), ' ', '') = replace(upper(pseudo_postcode.postcode), ' ', '')
left join {{ ref('stg_nomis__offender') }} as owner
    on owner.offender_id = current_row.owner_id
where upper(current_row.owner_class) = 'OFF'
    and {{ parent_is_live('coalesce(owner.root_offender_id, current_row.owner_id)', 'stg_nomis__offender', 'root_offender_id', 'nomis__offenders') }}
