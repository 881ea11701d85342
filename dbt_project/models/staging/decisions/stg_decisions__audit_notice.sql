with
current_row as (
    {{ current_rows('decisions__audit_notice') }}
)

select
    current_row.notice_ref,
    current_row.contract_id,
    nullif(current_row.period, '') as period,
    current_row.from_date,
    current_row.to_date,
    current_row.noted_on,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
