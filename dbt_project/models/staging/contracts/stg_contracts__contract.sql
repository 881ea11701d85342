with
current_row as (
    {{ current_rows('contracts__contract') }}
)

select
    current_row.contract_id,
    current_row.contract_type,
    current_row.provider_code,
    current_row.provider_name,
    current_row.area_kind,
    current_row.area_code,
    current_row.from_date,
    current_row.to_date,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
