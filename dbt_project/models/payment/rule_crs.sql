{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r56') }},
    {{ json_object(['assessed', 'first_assessment', 'plan_submitted', 'planned_on', 'plan_approved', 'approved_on', 'first_session', 'first_session', 'last_session', 'last_session', 'reported', 'reported_on']) }} as r56_evidence,
    {{ in_each_view('r57') }},
    {{ json_object(['count_of_sessions_attended', 'count_of_sessions_attended', 'sessions', 'sessions', 'reported', 'reported_on']) }} as r57_evidence,
    {{ in_each_view('r58') }},
    {{ json_object(['outcome_day', 'outcome_day', 'homeless_days', 'homeless_days']) }} as r58_evidence,
    {{ in_each_view('r59') }},
    {{ json_object(['intervention_end_reason', 'end_reason', 'ended', 'ended_on']) }} as r59_evidence,
    {{ in_each_view('r60') }},
    r60_part,
    {{ json_object(['billed_level', 'billed_level', 'agreed_rank', 'agreed_rank']) }} as r60_evidence,
    {{ in_each_view('r61') }},
    {{ json_object(['received', 'received_on', 'other_referral', 'other_referral', 'intervention_end_reason', 'end_reason', 'count_of_sessions_attended', 'count_of_sessions_attended', 'sessions', 'sessions']) }} as r61_evidence
from {{ ref('answer_crs') }}
