with
version as (
    {{ known_rows('ndelius__offender_address', 'created_datetime') }}
),

pseudo_postcode as (
    select postcode from {{ ref('pseudo_postcode') }}
)

select
    version.offender_address_id,
    version.offender_id,
    version.address_status_id,
    version.address_type_id,
    coalesce(version.no_fixed_abode, 'N') = 'Y' or pseudo_postcode.postcode is not null as is_no_fixed_abode,
    version.start_date,
    version.end_date,
    version.created_datetime,
    version.last_updated_datetime,
    false as is_unreadable,
    version._known_from,
    version._maybe_from,
    version._known_to,
    {{ pointer('version') }} as _pointer
from version
left join pseudo_postcode
    on replace(upper(version.postcode), ' ', '') = replace(upper(pseudo_postcode.postcode), ' ', '')
where coalesce(version.soft_deleted, 'N') <> 'Y'
