with
current_row as (
    {{ current_rows('ndelius__recall') }}
)

select
    current_row.recall_id,
    current_row.release_id,
    coalesce(current_row.offender_id, release.offender_id) as offender_id,
    current_row.recall_date,
    current_row.recall_reason_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join {{ ref('stg_ndelius__release') }} as release
    on release.release_id = current_row.release_id
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.release_id', 'stg_ndelius__release', 'release_id', 'ndelius__release') }}
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
