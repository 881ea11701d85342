with
-- Where each movement leaves the person, and in which prison. Court, temporary absence, escape and hospital leave them in the spell they
-- are in, and so does a transfer until they arrive elsewhere (definition: payment_spell).
movement as (
    select
        movement.person_id,
        movement.movement_order,
        movement.offender_book_id,
        movement.movement_date,
        movement.movement_at,
        movement.direction,
        movement.known_from,
        movement.maybe_from,
        movement._pointer,
        departure.exclusion_reason,
        departure.movement_order is not null and departure.exclusion_reason is null as is_release,
        place.place in ('custody', 'custody_other') as is_inside,
        case
            when movement.direction = 'IN' then coalesce(movement.to_agency, '')
            else coalesce(movement.from_agency, '')
        end as prison
    from {{ ref('int_movement') }} as movement
    inner join {{ ref('int_place') }} as place
        on place.person_id = movement.person_id and place.movement_order = movement.movement_order
    left join {{ ref('int_departure') }} as departure
        on departure.person_id = movement.person_id and departure.movement_order = movement.movement_order
),

changed as (
    select
        *,
        case
            when is_inside
                and lag(is_inside) over (partition by person_id order by movement_order)
                and lag(prison) over (partition by person_id order by movement_order) = prison
                and lag(offender_book_id) over (partition by person_id order by movement_order) = offender_book_id
                then 0
            else 1
        end as is_change
    from movement
),

stretched as (
    select
        *,
        sum(is_change) over (partition by person_id order by movement_order) as stretch
    from changed
),

-- The first movement of each stretch opens it; that of the next closes it.
first_of_stretch as (
    select
        person_id,
        movement_order,
        offender_book_id,
        movement_date,
        movement_at,
        known_from,
        maybe_from,
        exclusion_reason,
        is_release,
        is_inside,
        prison,
        _pointer
    from stretched
    where is_change = 1
),

followed as (
    select
        *,
        lead(movement_order) over (partition by person_id order by movement_order) as out_order,
        lead(movement_at) over (partition by person_id order by movement_order) as out_at,
        lead(known_from) over (partition by person_id order by movement_order) as out_known_from,
        lead(maybe_from) over (partition by person_id order by movement_order) as out_maybe_from,
        lead(_pointer) over (partition by person_id order by movement_order) as out_pointer
    from first_of_stretch
)

select
    person_id,
    offender_book_id,
    nullif(prison, '') as prison,
    movement_order,
    movement_at as in_at,
    known_from,
    maybe_from,
    out_at,
    out_known_from,
    out_maybe_from,
    _pointer,
    out_pointer
from followed
where is_inside
