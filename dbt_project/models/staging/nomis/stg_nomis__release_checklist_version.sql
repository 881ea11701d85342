with
version as (
    {{ known_rows('nomis__release_checklist', 'recorded_datetime') }}
)

select
    version.offender_book_id,
    version.photo_id,
    version.bank_account,
    version.benefit_claim_date,
    version.recorded_datetime,
    version._known_from,
    version._maybe_from,
    version._known_to,
    {{ pointer('version') }} as _pointer
from version
