with
every_postcode as (
    select 'nomis' as source, prisoner.prisoner as source_key, address.postcode
    from {{ ref('stg_nomis__address') }} as address
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = address.root_offender_id
    union all
    select 'ndelius' as source, offender_id as source_key, postcode from {{ ref('stg_ndelius__offender_address') }}
    union all
    select _source as source, person_ref as source_key, postcode from {{ ref('stg_provider__person') }}
),

cleaned as (
    select distinct record.record_id, {{ postcode('every_postcode.postcode') }} as postcode
    from every_postcode
    inner join {{ ref('link_record') }} as record
        on record.source = every_postcode.source and record.source_key = every_postcode.source_key
),

-- A prison's own or a large hostel's says nothing about who somebody is, and would bring everybody there to be compared.
shared_by_few as (
    select postcode
    from cleaned
    group by postcode
    having count(*) <= {{ threshold('link_postcode_records', as_of()) }}
)

-- What stands for no fixed abode is no evidence.
select cleaned.record_id, cleaned.postcode
from cleaned
inner join shared_by_few
    on shared_by_few.postcode = cleaned.postcode
left join {{ ref('pseudo_postcode') }} as pseudo_postcode
    on pseudo_postcode.match_postcode = cleaned.postcode
where pseudo_postcode.match_postcode is null
