with
-- The record of a prisoner whom prison has merged into another since is the other's.
earlier as (
    select
        earlier_link.source,
        coalesce(prisoner.prisoner, earlier_link.source_key) as source_key,
        earlier_link.person_id
    from {{ source('landing', 'earlier_link') }} as earlier_link
    left join {{ ref('link_prisoner') }} as prisoner
        on earlier_link.source = 'nomis' and prisoner.offender_id = earlier_link.source_key
),

moved as (
    select earlier.person_id as person_id_before, link.person_id, count(*) as records
    from earlier
    inner join {{ ref('link_record') }} as record
        on record.source = earlier.source and record.source_key = earlier.source_key
    left join {{ ref('person_link') }} as link
        on link.source = earlier.source and link.source_key = earlier.source_key
    group by earlier.person_id, link.person_id
)

select
    person_id_before,
    person_id,
    records,
    count(*) over (partition by person_id_before) > 1 or person_id is null as is_parted,
    person_id is not null and count(*) over (partition by person_id) > 1 as is_joined
from moved
