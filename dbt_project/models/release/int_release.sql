select
    movement.release_id,
    movement.person_id,
    movement.offender_book_id,
    movement.movement_order,
    movement.release_date,
    movement.release_type,
    movement.releasing_prison,
    movement.admission_date,
    movement.next_release_date,
    movement.next_release_order,
    region.supervising_region,
    region.pdu,
    person.sex,
    person.ethnicity,
    person.age_at_release,
    sentence.sentence_band,
    licence.is_on_licence,
    licence.licence_end_date,
    licence.supervision_end_date,
    licence.is_unreadable as is_licence_unreadable,
    movement._pointer
from {{ ref('int_release_movement') }} as movement
left join {{ ref('int_release_region') }} as region
    on region.release_id = movement.release_id
left join {{ ref('int_release_person') }} as person
    on person.release_id = movement.release_id
left join {{ ref('int_release_sentence') }} as sentence
    on sentence.release_id = movement.release_id
left join {{ ref('int_release_licence') }} as licence
    on licence.release_id = movement.release_id
