{{ config(materialized='view') }}
-- Whose prison record has a probation record beside it: without one, what probation knows is unknown here.
with
measure as (
    select measure_id
    from {{ ref('measures') }}
    where kind = 'linked'
),

on_probation as (
    select distinct person_id
    from {{ ref('int_person_case') }}
)

select
    measure.measure_id,
    release.release_id,
    true as in_denominator,
    on_probation.person_id is not null as in_numerator,
    'observed' as state,
    case when on_probation.person_id is null then 'not_linked' end as reason,
    cast(null as date) as evidence_date,
    false as is_stale,
    cast(null as double) as days
from measure
cross join {{ ref('fct_release') }} as release
left join on_probation
    on on_probation.person_id = release.person_id
