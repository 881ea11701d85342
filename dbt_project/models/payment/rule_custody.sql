{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r04') }},
    {{ json_object(['claimed_at', 'claimed_at', 'prison_code', 'prison', 'is_inside', 'is_inside']) }} as r04_evidence,
    {{ in_each_view('r05') }},
    {{ json_object(['prison_code', 'prison', 'prisons', 'prisons', 'task_date', 'task_date']) }} as r05_evidence,
    {{ alike_in_each_view('r06') }},
    {{ json_object(['contract_id', 'contract_reference', 'prison_code', 'prison', 'task_date', 'task_date', 'is_covered', 'is_covered']) }} as r06_evidence,
    {{ in_each_view('r07') }},
    {{ json_object(['done_at', 'done_at', 'is_after_release', 'is_after_release']) }} as r07_evidence,
    {{ in_each_view('r09') }},
    {{ json_object(['task_date', 'task_date', 'window_from_days', 'window_from_days', 'window_to_days', 'window_to_days', 'is_near_release', 'is_near_release']) }} as r09_evidence,
    {{ in_each_view('r10') }},
    {{ json_object(['task_date', 'task_date', 'exit', 'exit', 'is_after_death', 'is_after_death']) }} as r10_evidence,
    {{ in_each_view('r11') }},
    {{ json_object(['claimed_at', 'claimed_at', 'mode', 'mode', 'is_met_inside', 'is_met_inside']) }} as r11_evidence
from {{ ref('answer_custody') }}
