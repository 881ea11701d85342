{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r46') }},
    {{ json_object(['author_ref', 'author_ref', 'done_at', 'done_at', 'is_on_roster', 'is_on_roster']) }} as r46_evidence,
    {{ in_each_view('r47') }},
    r47_severity,
    {{ json_object(['recorded_ts', 'recorded_at', 'done_at', 'done_at', 'closes_ts', 'closes_ts', 'working_days', 'working_days', 'most_working_days', threshold('rule_r47_working_days', as_of())]) }} as r47_evidence,
    {{ in_each_view('r48') }},
    {{ json_object(['task_ref', 'task_ref', 'submitted_ts', 'submitted_ts', 'paid_on', 'first_paid_on', 'is_live', 'is_live', 'is_altered', 'is_altered']) }} as r48_evidence,
    {{ in_each_view('r49') }},
    {{ json_object(['evidence_ref', 'evidence_ref', 'is_received', 'is_received']) }} as r49_evidence
from {{ ref('answer_evidence') }}
