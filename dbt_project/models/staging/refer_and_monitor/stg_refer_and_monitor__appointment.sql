with
known_row as (
    {{ known_rows('refer_and_monitor__crs_performance_report_v2_appointments', made='booked_at') }}
)

select
    known_row.referral_id,
    known_row.appointmentid as appointment_id,
    known_row.appointment_time,
    known_row.booked_at,
    known_row.attended,
    known_row.attendance_submitted_at,
    known_row.reason_for_appointment,
    known_row.appointment_delivery_type,
    known_row._source,
    known_row._known_from,
    known_row._maybe_from,
    known_row._known_to,
    {{ pointer('known_row') }} as _pointer
from known_row
