with
prison_identifier as (
    select prisoner.prisoner, upper(identifier.identifier_type) as identifier_type, identifier.identifier
    from {{ ref('stg_nomis__offender_identifier') }} as identifier
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = identifier.offender_id
),

-- Further and former PNC numbers, among other numbers: what has the shape and the right check letter.
further_pnc as (
    select offender_id, pnc
    from (
        select offender_id, {{ pnc('identifier') }} as pnc
        from {{ ref('stg_ndelius__additional_identifier') }}
    ) as shaped
    where right(pnc, 1) = substr('ZABCDEFGHJKLMNPQRTUVWXY', cast(cast(substr(pnc, 3, 2) || substr(pnc, 6, 7) as bigint) % 23 as integer) + 1, 1)
),

-- MERGED and NOMS keep the numbers a person had before a merge.
every_identifier as (
    select 'nomis' as source, prisoner.prisoner as source_key, 'noms' as kind, offender.offender_id_display as identifier
    from {{ ref('stg_nomis__offender') }} as offender
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = offender.offender_id
    union all
    select 'nomis' as source, prisoner as source_key, 'noms' as kind, identifier
    from prison_identifier
    where identifier_type in ('MERGED', 'NOMS')
    union all
    select 'nomis' as source, prisoner as source_key, 'pnc' as kind, {{ pnc('identifier') }} as identifier
    from prison_identifier
    where identifier_type = 'PNC'
    union all
    select 'nomis' as source, prisoner as source_key, 'cro' as kind, identifier
    from prison_identifier
    where identifier_type = 'CRO'
    union all
    select 'ndelius' as source, offender_id as source_key, 'crn' as kind, crn as identifier
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, 'noms' as kind, noms_number as identifier
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, 'pnc' as kind, pnc_number as identifier
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, 'pnc' as kind, pnc as identifier
    from further_pnc
    union all
    select 'ndelius' as source, offender_id as source_key, 'cro' as kind, cro_number as identifier
    from {{ ref('stg_ndelius__offender') }}
    union all
    select _source as source, person_ref as source_key, 'crn' as kind, crn as identifier
    from {{ ref('stg_provider__person') }}
    union all
    select _source as source, person_ref as source_key, 'noms' as kind, noms_no as identifier
    from {{ ref('stg_provider__person') }}
    union all
    select _source as source, person_ref as source_key, 'pnc' as kind, pnc as identifier
    from {{ ref('stg_provider__person') }}
),

cleaned as (
    select distinct record.record_id, every_identifier.kind, upper(trim(every_identifier.identifier)) as identifier
    from every_identifier
    inner join {{ ref('link_record') }} as record
        on record.source = every_identifier.source and record.source_key = every_identifier.source_key
    where trim(every_identifier.identifier) <> ''
),

-- The number that a merged one is now, whoever writes it (definition: person_merged).
number_now as (
    select merge.number, upper(trim(offender.offender_id_display)) as merged_into
    from (select distinct number, into_root_offender_id from {{ ref('link_merge') }} where newest_first = 1) as merge
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = merge.into_root_offender_id
    inner join {{ ref('stg_nomis__offender') }} as offender
        on offender.offender_id = prisoner.prisoner
    where trim(offender.offender_id_display) <> ''
)

select
    cleaned.record_id,
    cleaned.kind,
    coalesce(number_now.merged_into, cleaned.identifier) as identifier,
    cleaned.identifier as delivered
from cleaned
left join number_now
    on cleaned.kind = 'noms' and number_now.number = cleaned.identifier
