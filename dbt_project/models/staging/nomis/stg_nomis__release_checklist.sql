with
current_row as (
    {{ current_rows('nomis__release_checklist') }}
)

select
    current_row.offender_book_id,
    current_row.photo_id,
    current_row.bank_account,
    current_row.bank_account_at_reception,
    current_row.expects_to_claim,
    current_row.benefit_claim_date,
    current_row.benefit_first_payment_date,
    current_row.recorded_datetime,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
