with
allocation as (
    {{ allocation_in_force(ref('int_release_movement'), 'release_id', 'release_date') }}
)

-- In force on day 0 (definition: geography_two).
select release_id, supervising_region, pdu, is_unreadable, _pointer
from allocation
