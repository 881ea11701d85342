with
movement as (
    select
        booking.person_id,
        booking.booking_token,
        movement.offender_book_id,
        movement.movement_seq,
        coalesce(movement.movement_date, cast(movement.movement_time as date)) as movement_date,
        movement.movement_time,
        upper(movement.movement_type) as movement_type,
        upper(movement.movement_reason_code) as reason_code,
        -- An admission brings in and a release lets out, whether or not the direction was delivered (definition: release_direction).
        coalesce(
            upper(movement.direction_code), case upper(movement.movement_type) when 'ADM' then 'IN' when 'REL' then 'OUT' end
        ) as direction,
        upper(movement.from_agy_loc_id) as from_agency,
        upper(movement.to_agy_loc_id) as to_agency,
        movement.known_from,
        -- Where nobody wrote down when it was made, it may have been known at any time (definition: claim_known_then).
        {{ earlier_of('movement.known_from', "coalesce(movement.create_datetime, cast('0001-01-01' as timestamp))") }} as maybe_from,
        movement._pointer
    from {{ ref('stg_nomis__external_movement') }} as movement
    inner join {{ ref('int_booking') }} as booking
        on booking.offender_book_id = movement.offender_book_id
),

-- MOVEMENT_SEQ is not a time order: the day and the time of day are (definition: release_movement_time).
timed as (
    select
        *,
        {{ at_time_of_day('movement_date', 'movement_time') }} as movement_at
    from movement
    where movement_date is not null
),

-- One agency may be listed under its code in two spellings.
agency as (
    select upper(agy_loc_id) as agency, max(upper(agency_location_type)) as agency_type
    from {{ ref('stg_nomis__agency_location') }}
    group by upper(agy_loc_id)
),

classed as (
    select
        timed.*,
        -- A temporary absence or transfer is one whatever its reason (definition: release_excluded).
        case
            when timed.movement_type = 'TAP' then 'rotl'
            when timed.movement_type = 'TRN' then 'transfer'
            else reason.class
        end as class,
        agency.agency_type as to_agency_type
    from timed
    left join {{ ref('movement_reason') }} as reason
        on reason.movement_type = timed.movement_type and upper(reason.code) = timed.reason_code
        and timed.movement_date between reason.valid_from and coalesce(reason.valid_to, cast('9999-12-31' as date))
    left join agency
        on agency.agency = timed.to_agency
)

select
    person_id,
    booking_token,
    offender_book_id,
    movement_seq,
    movement_date,
    movement_at,
    movement_type,
    reason_code,
    direction,
    from_agency,
    to_agency,
    to_agency_type,
    class,
    known_from,
    maybe_from,
    movement_type = 'ADM' and direction = 'IN' as is_admission,
    coalesce(movement_type = 'ADM' and direction = 'IN' and class = 'recall_admission', false) as is_recall_admission,
    -- The one order of a person's movements: time, then booking and sequence where times are equal.
    row_number() over (
        partition by person_id
        order by movement_at, {{ key_order('offender_book_id') }}, offender_book_id, movement_seq
    ) as movement_order,
    _pointer
from classed
