with
every_birth_date as (
    select 'nomis' as source, root_offender_id as source_key, birth_date
    from {{ ref('stg_nomis__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, date_of_birth_date as birth_date
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, date_of_birth_date as birth_date
    from {{ ref('stg_ndelius__alias') }}
    union all
    select _source as source, person_ref as source_key, birth_date
    from {{ ref('stg_provider__person') }}
)

-- Placeholders are no evidence (decisions: Persons).
select distinct record.record_id, every_birth_date.birth_date
from every_birth_date
inner join {{ ref('link_record') }} as record
    on record.source = every_birth_date.source and record.source_key = every_birth_date.source_key
left join {{ ref('placeholder_date') }} as placeholder
    on placeholder.placeholder_date = every_birth_date.birth_date
where every_birth_date.birth_date is not null and placeholder.placeholder_date is null
