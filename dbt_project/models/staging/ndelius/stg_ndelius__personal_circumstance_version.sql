with
version as (
    {{ known_rows('ndelius__personal_circumstance', 'created_datetime') }}
)

select
    version.personal_circumstance_id,
    version.offender_id,
    version.circumstance_type_id,
    version.circumstance_sub_type_id,
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
where coalesce(version.soft_deleted, 'N') <> 'Y'
