with
current_row as (
    {{ current_rows('refer_and_monitor__crs_performance_report_v2_referrals') }}
)

select
    current_row.referral_id,
    current_row.referral_ref,
    current_row.crs_contract_reference,
    current_row.crs_contract_type,
    current_row.crs_provider_id,
    current_row.service_user_crn,
    current_row.date_referral_received,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
