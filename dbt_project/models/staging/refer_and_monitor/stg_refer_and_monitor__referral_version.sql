with
known_row as (
    {{ known_rows('refer_and_monitor__crs_performance_report_v2_referrals') }}
)

select
    known_row.referral_id,
    known_row.service_user_crn,
    known_row.crs_contract_reference,
    known_row.crs_contract_type,
    known_row.crs_provider_id,
    known_row.date_referral_received,
    known_row.date_first_action_plan_submitted,
    known_row.date_of_first_action_plan_approval,
    known_row.count_of_sessions_attended,
    known_row.date_intervention_ended,
    known_row.intervention_end_reason,
    known_row.date_end_of_service_report_submitted,
    known_row.intervention_concluded_at,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
