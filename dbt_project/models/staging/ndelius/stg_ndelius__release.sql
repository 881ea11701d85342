with
current_row as (
    {{ current_rows('ndelius__release') }}
)

select
    current_row.release_id,
    current_row.custody_id,
    coalesce(current_row.offender_id, custody.offender_id) as offender_id,
    current_row.actual_release_date,
    current_row.release_type_id,
    current_row.institution_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join {{ ref('stg_ndelius__custody') }} as custody
    on custody.custody_id = current_row.custody_id
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody') }}
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
