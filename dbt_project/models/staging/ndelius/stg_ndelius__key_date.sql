with
current_row as (
    {{ current_rows('ndelius__key_date') }}
)

select
    current_row.key_date_id,
    current_row.custody_id,
    current_row.key_date_type_id,
    current_row.key_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
-- Where custodies were never delivered, the key date stands (definition: release_key_date).
where coalesce(current_row.soft_deleted, 'N') <> 'Y'
    and {{ parent_is_live('current_row.custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody') }}
