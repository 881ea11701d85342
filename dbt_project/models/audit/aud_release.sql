with
release as (
    select * from {{ ref('int_release') }}
),

matched as (
    select release.*, match.delius_release_id
    from release
    left join {{ ref('int_release_match') }} as match
        on match.release_id = release.release_id
)

select {{ finding("'supervision_end_unknown'", "'release'", "release_id", "_pointer") }}
from matched
where supervision_end_date is null
union all
select {{ finding("'licence_end_unknown'", "'release'", "release_id", "_pointer") }}
from matched
where licence_end_date is null
union all
select distinct {{ finding("'termination_before_release'", "'release'", "probation.release_id", "disposal._pointer") }}
from {{ ref('int_release_probation') }} as probation
inner join {{ ref('stg_ndelius__disposal') }} as disposal
    on disposal.disposal_id = probation.disposal_id
where disposal.termination_date < probation.release_date
union all
-- A date of birth that makes nobody, or somebody very old, leave prison is a placeholder (definition: release_placeholder_age).
select {{ finding("'impossible_birth_date'", "'release'", "matched.release_id", "offender._pointer") }}
from matched
inner join {{ ref('int_booking') }} as booking
    on booking.offender_book_id = matched.offender_book_id
inner join {{ ref('stg_nomis__offender') }} as offender
    on offender.offender_id = booking.offender_id
where {{ is_impossible_age('offender.birth_date', 'matched.release_date') }}
    and offender.birth_date not in (select placeholder_date from {{ ref('placeholder_date') }})
union all
select {{ finding("'impossible_birth_date'", "'release'", "matched.release_id", "offender._pointer") }}
from matched
inner join {{ ref('int_person_case') }} as person_case
    on person_case.person_id = matched.person_id
inner join {{ ref('stg_ndelius__offender') }} as offender
    on offender.offender_id = person_case.offender_id
where {{ is_impossible_age('offender.date_of_birth_date', 'matched.release_date') }}
    and offender.date_of_birth_date not in (select placeholder_date from {{ ref('placeholder_date') }})
union all
select {{ finding("'death_before_release'", "'release'", "matched.release_id", "matched._pointer") }}
from matched
inner join {{ ref('int_person_case') }} as person_case
    on person_case.person_id = matched.person_id
where person_case.deceased_date < matched.release_date
union all
select {{ finding("'prison_unlisted'", "'release'", "matched.release_id", "matched._pointer") }}
from matched
left join {{ ref('prison') }} as prison
    on prison.prison = matched.releasing_prison
left join {{ ref('stg_nomis__agency_location') }} as agency
    on upper(agency.agy_loc_id) = matched.releasing_prison
where prison.prison is null and agency.agy_loc_id is null
union all
select {{ finding("'probation_release_unmatched'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "delius._pointer") }}
from {{ ref('int_delius_release') }} as delius
left join {{ ref('int_release_match') }} as match
    on match.delius_release_id = delius.delius_release_id
where match.delius_release_id is null
union all
select {{ finding("'prison_release_unmatched'", "'release'", "matched.release_id", "matched._pointer") }}
from matched
where matched.delius_release_id is null
union all
select {{ finding("'unclassified_reason'", "'exclusion'", "cast(null as " ~ dbt.type_string() ~ ")", "departure._pointer") }}
from {{ ref('int_departure') }} as departure
where departure.exclusion_reason = 'unclassified_reason'
union all
select {{ finding("'movement_without_date'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "movement._pointer") }}
from {{ ref('stg_nomis__external_movement') }} as movement
where movement.movement_date is null and movement.movement_time is null
union all
select {{ finding("'movement_without_direction'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "movement._pointer") }}
from {{ ref('stg_nomis__external_movement') }} as movement
where movement.direction_code is null
union all
select {{ finding("'return_after_release'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "movement._pointer") }}
from {{ ref('int_place') }} as place
inner join {{ ref('int_movement') }} as movement
    on movement.person_id = place.person_id and movement.movement_order = place.movement_order
where place.is_late_return
union all
-- What would have said something of a release and cannot be read (definition: delivery_unreadable_event).
select {{ finding("'unreadable_record'", "'release'", "release_id", "_pointer") }}
from {{ ref('int_release_unreadable') }}
union all
select {{ finding("'unreadable_record'", "'release'", "release_id", "_pointer") }}
from {{ ref('int_release_region') }}
where is_unreadable
