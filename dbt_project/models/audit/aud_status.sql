with
evidence as (
    select * from {{ ref('int_status_evidence') }}
),

home as (
    select * from {{ ref('int_home_record') }}
),

-- From the day of arrival up to the day of departure, which is no night; a booking of which neither an arrival nor a night is told is no
-- stay (definition: status_stay_nights).
stay as (
    select
        person_link.person_id,
        booking.startdate as from_date,
        coalesce(
            booking.actualenddate,
            {{ add_days('booking.startdate', 'coalesce(booking.actualnightsstayed, booking.currentnightsstayed)') }}
        ) as departure_date,
        booking._pointer
    from {{ ref('stg_cas__booking') }} as booking
    inner join {{ ref('person_link') }} as person_link
        on person_link.source = 'crn' and person_link.source_key = upper(booking.crn)
    where coalesce(booking.iscancelled, 'N') <> 'Y'
    union all
    select
        person_link.person_id,
        placement.arrived_on as from_date,
        coalesce(placement.departed_on, {{ add_days(as_of(), 1) }}) as departure_date,
        placement._pointer
    from {{ ref('stg_cas__ap_placement') }} as placement
    inner join {{ ref('person_link') }} as person_link
        on person_link.source = 'crn' and person_link.source_key = upper(placement.crn)
    where placement.arrived_on is not null
)

-- A flag or postcode that says no fixed abode beside a type that says housed.
select {{ finding("'conflicting_address'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from home
where is_conflicting
union all
select {{ finding("'conflicting_address'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from {{ ref('int_discharge_address') }}
where is_conflicting
union all
-- The same thing is recorded in two places, and they disagree.
select {{ finding("'address_and_circumstance_disagree'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "circumstance._pointer") }}
from home as circumstance
inner join home as address
    on address.person_id = circumstance.person_id
    and address.kind = 'address'
    and address.start_date = circumstance.start_date
    and 'unreadable_record' not in (coalesce(address.unknown_reason, ''), coalesce(circumstance.unknown_reason, ''))
    and coalesce(address.status, 'out of scope') <> coalesce(circumstance.status, 'out of scope')
where circumstance.kind = 'circumstance'
union all
select {{ finding("'status_from_before_custody'", "'release'", "release_id", "_pointer") }}
from evidence
where unknown_reason = 'pre_custody_record' and day = 0
union all
-- A stay that was booked and not cancelled, while the status of that day says something else than temporary
-- accommodation (definition: status_cas).
select {{ finding("'stay_contradicts_status'", "'release'", "evidence.release_id", "stay._pointer") }}
from evidence
inner join {{ ref('int_release') }} as release
    on release.release_id = evidence.release_id
inner join stay
    on stay.person_id = release.person_id
    and {{ add_days('release.release_date', 'evidence.day') }} >= stay.from_date
    and {{ add_days('release.release_date', 'evidence.day') }} < stay.departure_date
where evidence.domain = 'accommodation'
    and evidence.unknown_reason is null
    and not evidence.is_out_of_scope
    and evidence.official_class <> 'temporary'
union all
-- A day of the record cannot be read, so that it may say something of any (definition: delivery_unreadable_event).
select {{ finding("'unreadable_record'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from (
    select unknown_reason, _pointer from home
    union all
    select unknown_reason, _pointer from {{ ref('int_work_record') }}
    union all
    select unknown_reason, _pointer from {{ ref('int_discharge_address') }}
) as record
where unknown_reason = 'unreadable_record'
