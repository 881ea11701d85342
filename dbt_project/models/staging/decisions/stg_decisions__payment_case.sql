with
current_row as (
    {{ current_rows('decisions__payment_case') }}
)

select
    current_row.case_source,
    current_row.claim_id,
    current_row.subject_id,
    current_row.rule_id,
    current_row.subject_kind,
    current_row.contract_id,
    current_row.provider,
    current_row.state,
    current_row.severity,
    current_row.at_risk,
    current_row.amount,
    current_row.as_of,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
