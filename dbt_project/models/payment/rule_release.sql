{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    view,
    r32,
    {{ json_object(['release_date', 'release_date', 'is_sent', 'is_sent', 'is_allocated', 'is_allocated']) }} as r32_evidence,
    r62,
    {{ json_object(['release_date', 'release_date', 'missed', 'meetings', 'is_mentored', 'is_mentored', 'most_missed', threshold('rule_r62_missed', as_of())]) }} as r62_evidence,
    r65,
    {{ json_object(['release_date', 'release_date', 'official_class', 'home_class']) }} as r65_evidence,
    r66,
    {{ json_object(['release_date', 'release_date', 'state', 'home_state']) }} as r66_evidence,
    r67,
    {{ json_object(['release_date', 'release_date', 'official_class', 'work_class']) }} as r67_evidence,
    r68,
    {{ json_object(['release_date', 'release_date', 'outcome_cell', 'finance_cell']) }} as r68_evidence,
    r69,
    {{ json_object(['release_date', 'release_date', 'is_in_time', 'is_in_time']) }} as r69_evidence,
    r70,
    {{ json_object(['release_date', 'release_date', 'recall_date', 'recall_date', 'recall_by', 'recall_on']) }} as r70_evidence
from {{ ref('answer_release') }}
