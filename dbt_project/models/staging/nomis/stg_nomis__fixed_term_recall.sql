-- Overwritten in place: what came before is history and no correction, so every version that ever came stands
-- (definition: recall_type_nearest).
with
delivered as (
    {{ every_version('nomis__offender_fixed_term_recalls') }}
)

select
    delivered.offender_book_id,
    delivered.return_to_custody_date,
    delivered.recall_length,
    delivered._complete_to,
    delivered._source,
    delivered._recorded_at,
    {{ pointer('delivered') }} as _pointer
from delivered
where {{ parent_is_live('delivered.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
