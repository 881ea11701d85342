{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r08') }},
    {{ json_object(['first_sign', 'first_sign_at', 'release_date', 'release_date', 'released_at', 'released_at']) }} as r08_evidence,
    {{ in_each_view('r27') }},
    {{ json_object(['status_ts', 'done_at', 'sent_ts', 'first_sent_at', 'response_ts', 'first_response_at', 'contact_ts', 'first_contact_at', 'clock_hours', threshold('rule_r27_clock_hours', as_of())]) }} as r27_evidence,
    {{ in_each_view('r28') }},
    {{ json_object(['sent_ts', 'first_sent_at', 'deadline', 'deadline', 'response_ts', 'first_response_at']) }} as r28_evidence,
    {{ in_each_view('r29') }},
    {{ json_object(['action_ref', 'task_ref', 'has_referral', 'has_referral']) }} as r29_evidence
from {{ ref('answer_action') }}
