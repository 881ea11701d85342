with
current_row as (
    {{ current_rows('ndelius__custody') }}
)

select
    current_row.custody_id,
    current_row.disposal_id,
    coalesce(current_row.offender_id, disposal.offender_id) as offender_id,
    current_row.custodial_status_id,
    current_row.status_change_date,
    current_row.prisoner_number,
    current_row.pss_start_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join {{ ref('stg_ndelius__disposal') }} as disposal
    on disposal.disposal_id = current_row.disposal_id
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.disposal_id', 'stg_ndelius__disposal', 'disposal_id', 'ndelius__disposal') }}
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
