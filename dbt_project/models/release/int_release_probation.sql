-- All of them, each with the sentence behind it (definition: status_several_sentences).
select
    movement.release_id,
    movement.release_date,
    delius.delius_release_id,
    delius.custody_id,
    delius.disposal_id,
    abs({{ days_between('movement.release_date', 'delius.actual_release_date') }}) as gap_days,
    delius._pointer
from {{ ref('int_release_movement') }} as movement
inner join {{ ref('int_delius_release') }} as delius
    on delius.person_id = movement.person_id
where abs({{ days_between('movement.release_date', 'delius.actual_release_date') }})
    <= {{ threshold('release_match_days', 'movement.release_date') }}
