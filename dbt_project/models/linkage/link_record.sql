with
record as (
    select 'nomis' as source, prisoner as source_key from {{ ref('link_prisoner') }}
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
