with
-- A booking names a person even where the table of persons was never delivered (definition: person_agreement).
record as (
    select 'nomis' as source, root_offender_id as source_key from {{ ref('stg_nomis__offender') }}
    union
    select 'nomis' as source, coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id) as source_key
    from {{ ref('stg_nomis__offender_booking') }} as booking
    left join {{ ref('stg_nomis__offender') }} as offender
        on offender.offender_id = booking.offender_id
    union
    select 'ndelius' as source, offender_id as source_key from {{ ref('stg_ndelius__offender') }}
    union
    select _source as source, person_ref as source_key from {{ ref('stg_provider__person') }}
)

select
    cast(row_number() over (order by source, source_key) as integer) as record_id,
    source,
    source_key
from record
where source_key is not null
