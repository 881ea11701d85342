{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r34') }},
    {{ json_object(['contract_id', 'contract_reference', 'task_code', 'task_reference', 'task_date', 'task_date', 'is_repeated', 'is_repeated']) }} as r34_evidence,
    {{ in_each_view('r35') }},
    {{ json_object(['prime_code', 'prime', 'task_code', 'task_reference', 'task_date', 'task_date', 'is_by_both', 'is_by_both']) }} as r35_evidence,
    {{ in_each_view('r36') }},
    {{ json_object(['contract_id', 'contract_reference', 'task_code', 'task_reference', 'is_across', 'is_across']) }} as r36_evidence,
    {{ in_each_view('r37') }},
    {{ json_object(['place', 'place', 'max_per_booking', 'max_per_booking', 'is_duplicate', 'is_duplicate']) }} as r37_evidence,
    {{ alike_in_each_view('r38') }},
    {{ json_object(['period', 'period', 'closes_ts', 'closes_ts', 'submitted_ts', 'submitted_ts', 'late_approval_ref', 'late_approval_ref', 'has_late_approvals', 'has_late_approval', 'approved_on', 'approved_on']) }} as r38_evidence,
    {{ alike_in_each_view('r39') }},
    {{ json_object(['period', 'period', 'task_date', 'task_date', 'start_date', 'start_date', 'end_date', 'end_date']) }} as r39_evidence,
    {{ in_each_view('r40') }},
    {{ json_object(['submitted_ts', 'submitted_ts', 'done_at', 'done_at', 'task_date', 'task_date', 'complete_to', 'first_complete_to', 'has_work', 'has_work']) }} as r40_evidence
from {{ ref('answer_claim') }}
