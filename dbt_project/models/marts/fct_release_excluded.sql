-- A key of our own (definition: release_excluded_key).
select
    {{ fingerprint(["'excluded'", "departure.booking_token", "departure.movement_seq"]) }} as exclusion_id,
    departure.person_id,
    departure.movement_date as date,
    departure.from_agency as prison,
    departure.exclusion_reason as reason
from {{ ref('int_departure') }} as departure
where departure.exclusion_reason is not null
