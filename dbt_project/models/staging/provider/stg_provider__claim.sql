with
current_row as (
    {{ current_rows('provider__claim') }}
)

select
    current_row.claim_id,
    current_row.contract_id,
    current_row.prime_code,
    current_row.sub_code,
    current_row.person_ref,
    current_row.booking_no,
    current_row.prison_code,
    current_row.task_code,
    current_row.task_ref,
    current_row.task_date,
    current_row.period,
    current_row.qty,
    current_row.rate,
    current_row.band_used,
    current_row.billed_level,
    current_row.amount,
    current_row.submitted_ts,
    current_row.invoice_ref,
    current_row.evidence_ref,
    current_row.late_approval_ref,
    current_row.status,
    current_row.reverses_claim_id,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row  -- hangs on nothing (definition: claim_no_parents)
