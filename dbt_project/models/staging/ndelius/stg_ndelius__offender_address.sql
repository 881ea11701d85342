with
current_row as (
    {{ current_rows('ndelius__offender_address') }}
),

pseudo_postcode as (
    select postcode from {{ ref('pseudo_postcode') }}
)

select
    current_row.offender_address_id,
    current_row.offender_id,
    current_row.address_status_id,
    current_row.address_type_id,
    coalesce(current_row.no_fixed_abode, 'N') = 'Y' or pseudo_postcode.postcode is not null as is_no_fixed_abode,
    -- Goes on to linkage and no further.
    current_row.postcode,
    current_row.start_date,
    current_row.end_date,
    current_row.created_datetime,
    current_row.last_updated_datetime,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join pseudo_postcode
    on replace(upper(current_row.postcode), ' ', '') = replace(upper(pseudo_postcode.postcode), ' ', '')
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
