with
prison as (
    select 'nomis' as source, root_offender_id as source_key, last_name as surname, first_name
    from {{ ref('stg_nomis__offender') }}
),

probation as (
    select 'ndelius' as source, offender_id as source_key, surname, first_name
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, previous_surname as surname, first_name
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, surname, first_name
    from {{ ref('stg_ndelius__alias') }}
),

provider as (
    select _source as source, person_ref as source_key, last_name as surname, first_name
    from {{ ref('stg_provider__person') }}
),

every_name as (
    select source, source_key, surname, first_name from prison
    union all
    select source, source_key, surname, first_name from probation
    union all
    select source, source_key, surname, first_name from provider
),

-- Upper case, letters only (decisions: Persons).
cleaned as (
    select
        record.record_id,
        {{ letters_only('every_name.surname') }} as surname,
        {{ letters_only('every_name.first_name') }} as first_name
    from every_name
    inner join {{ ref('link_record') }} as record
        on record.source = every_name.source and record.source_key = every_name.source_key
)

select distinct record_id, surname, first_name
from cleaned
where surname <> '' and first_name <> ''
