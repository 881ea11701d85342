{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r13') }},
    {{ json_object(['completed_ts', 'planned_at', 'booking', 'case when book_id is not null then 1 end', 'screening_completed_ts', 'first_screened_at']) }} as r13_evidence,
    {{ in_each_view('r14') }},
    {{ json_object(['plan_completed_ts', 'planned_at', 'screening_completed_ts', 'first_screened_at']) }} as r14_evidence,
    {{ in_each_view('r15') }},
    r15_severity,
    {{ json_object(['screening_completed_ts', 'screened_at', 'due_day', 'due_day', 'plan_completed_ts', 'planned_at']) }} as r15_evidence,
    {{ in_each_view('r16') }},
    {{ json_object(['reception_ts', 'received_at', 'screening_completed_ts', 'screened_at', 'clock_hours', threshold('rule_r16_clock_hours', as_of())]) }} as r16_evidence,
    {{ in_each_view('r17') }},
    {{ json_object(['due_day', 'due_day', 'counted_in_sl', 'is_counted_in_level', 'is_gone_before', 'is_gone_before']) }} as r17_evidence,
    {{ in_each_view('r25') }},
    {{ json_object(['actions', 'actions', 'domains', 'domains', 'is_flagged', 'is_flagged']) }} as r25_evidence,
    {{ in_each_view('r26') }},
    {{ json_object(['domains', 'domains']) }} as r26_evidence,
    {{ in_each_view('r31') }},
    {{ json_object(['issued_date', 'issued_date', 'release_date', 'release_date']) }} as r31_evidence
from {{ ref('answer_plan') }}
