-- The key of a release is ours, its type is the reason of the movement (definition: release_type).
with
kept as (
    select * from {{ ref('int_departure') }}
    where exclusion_reason is null
)

select
    {{ fingerprint(["kept.booking_token", "kept.movement_seq"]) }} as release_id,
    kept.person_id,
    kept.offender_book_id,
    kept.movement_order,
    kept.movement_date as release_date,
    kept.reason_code as release_type,
    kept.from_agency as releasing_prison,
    place.admission_date,
    lead(kept.movement_date) over (partition by kept.person_id order by kept.movement_order) as next_release_date,
    lead(kept.movement_order) over (partition by kept.person_id order by kept.movement_order) as next_release_order,
    kept._pointer
from kept
left join {{ ref('int_place') }} as place
    on place.person_id = kept.person_id and place.movement_order = kept.movement_order
