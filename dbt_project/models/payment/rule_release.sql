{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r32') }},
    {{ json_object(['release_date', 'release_date', 'is_sent', 'is_sent', 'is_allocated', 'is_allocated']) }} as r32_evidence,
    {{ in_each_view('r62') }},
    {{ json_object(['release_date', 'release_date', 'missed', 'meetings', 'is_mentored', 'is_mentored', 'most_missed', threshold('rule_r62_missed', as_of())]) }} as r62_evidence,
    {{ in_each_view('r65') }},
    {{ json_object(['release_date', 'release_date', 'official_class', 'home_class']) }} as r65_evidence,
    {{ in_each_view('r66') }},
    {{ json_object(['release_date', 'release_date', 'state', 'home_state']) }} as r66_evidence,
    {{ in_each_view('r67') }},
    {{ json_object(['release_date', 'release_date', 'official_class', 'work_class']) }} as r67_evidence,
    {{ in_each_view('r68') }},
    {{ json_object(['release_date', 'release_date', 'outcome_cell', 'finance_cell']) }} as r68_evidence,
    {{ in_each_view('r69') }},
    {{ json_object(['release_date', 'release_date', 'is_in_time', 'is_in_time']) }} as r69_evidence,
    {{ in_each_view('r70') }},
    {{ json_object(['release_date', 'release_date', 'recall_date', 'recall_date', 'recall_by', 'recall_on']) }} as r70_evidence
from {{ ref('answer_release') }}
