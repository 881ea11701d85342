{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r12') }},
    {{ json_object(['review_ts', 'reviewed_at', 'planned', 'planned_date', 'release_date', 'booked_on', 'window_from_days', 'from_days']) }} as r12_evidence,
    {{ in_each_view('r18') }},
    {{ json_object(['review_ts', 'reviewed_at', 'plan_completed_ts', 'planned_at']) }} as r18_evidence,
    {{ in_each_view('r19') }},
    {{ json_object(['review_ts', 'reviewed_at', 'plan_ref', 'plan_ref', 'has_earlier_that_day', 'has_earlier_that_day']) }} as r19_evidence,
    {{ in_each_view('r20') }},
    {{ json_object(['review_ts', 'reviewed_at', 'last_review', 'last_earlier_day', 'working_days', 'working_days', 'least_working_days', threshold('rule_r20_working_days', as_of()), 'has_changed', 'has_changed']) }} as r20_evidence,
    {{ in_each_view('r21') }},
    {{ json_object(['plan_ref', 'plan_ref', 'review_ts', 'reviewed_at', 'plan_completed_ts', 'planned_at', 'has_plan', 'has_plan']) }} as r21_evidence,
    {{ in_each_view('r30') }},
    {{ json_object(['review_ts', 'reviewed_at', 'person_contacted', 'person_contacted', 'is_met', 'is_met']) }} as r30_evidence,
    {{ in_each_view('r33') }},
    {{ json_object(['looked_at', 'housing_looked_at', 'release_date', 'release_date', 'is_needed', 'is_housing_needed', 'completed', 'housing_completed_at', 'days', threshold('rule_r33_days', as_of())]) }} as r33_evidence
from {{ ref('answer_review') }}
