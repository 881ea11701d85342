with
current_row as (
    {{ current_rows('contracts__volume_baseline') }}
)

select
    current_row.contract_id,
    current_row.period,
    current_row.baseline,
    current_row.weight_group,
    current_row.weight,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
