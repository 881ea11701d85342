with
current_row as (
    {{ current_rows('nomis__offender_external_movements') }}
)

select
    current_row.offender_book_id,
    current_row.movement_seq,
    current_row.movement_date,
    current_row.movement_time,
    current_row.movement_type,
    current_row.movement_reason_code,
    current_row.direction_code,
    current_row.from_agy_loc_id,
    current_row.to_agy_loc_id,
    current_row._source,
    current_row._recorded_at,
    coalesce(current_row._recorded_at, {{ end_of_day('current_row._complete_to') }}) as known_from,
    current_row.create_datetime,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
