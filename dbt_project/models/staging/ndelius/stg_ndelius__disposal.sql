with
current_row as (
    {{ current_rows('ndelius__disposal') }}
)

select
    current_row.disposal_id,
    current_row.event_id,
    coalesce(current_row.offender_id, event.offender_id) as offender_id,
    current_row.disposal_date,
    current_row.length_in_days,
    current_row.termination_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
left join {{ ref('stg_ndelius__event') }} as event
    on event.event_id = current_row.event_id
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.event_id', 'stg_ndelius__event', 'event_id', 'ndelius__event') }}
    and {{ parent_is_live('current_row.offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender') }}
