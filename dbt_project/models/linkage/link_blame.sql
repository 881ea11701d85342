{{ config(materialized='view') }}
with
-- What the rows of a delivered table tell of a record, in the parts of link_evidence.
part as (
    select 'nomis__offenders' as table_name, 'person' as part
    union all select 'nomis__offender_identifiers' as table_name, 'person' as part
    union all select 'ndelius__offender' as table_name, 'person' as part
    union all select 'ndelius__alias' as table_name, 'person' as part
    union all select 'provider__person' as table_name, 'person' as part
    union all select 'nomis__offender_identifiers' as table_name, 'police' as part
    union all select 'ndelius__offender' as table_name, 'police' as part
    union all select 'ndelius__additional_identifier' as table_name, 'police' as part
    union all select 'provider__person' as table_name, 'police' as part
    union all select 'nomis__addresses' as table_name, 'home' as part
    union all select 'ndelius__offender_address' as table_name, 'home' as part
    union all select 'provider__person' as table_name, 'home' as part
    union all select 'nomis__offender_sentences' as table_name, 'sentence' as part
    union all select 'nomis__offender_bookings' as table_name, 'sentence' as part
    union all select 'ndelius__disposal' as table_name, 'sentence' as part
),

was as (
    {{ by_part(source('landing', 'earlier_evidence')) }}
),

is_now as (
    {{ by_part(ref('link_evidence')) }}
),

changed as (
    select
        coalesce(was.source, is_now.source) as source,
        coalesce(was.source_key, is_now.source_key) as source_key,
        coalesce(was.part, is_now.part) as part
    from was
    full join is_now
        on is_now.source = was.source and is_now.source_key = was.source_key and is_now.part = was.part
    where was.number is distinct from is_now.number
),

pair as (
    select left_id as record_id, right_id as other_id from {{ ref('link_pair') }}
    union all
    select right_id as record_id, left_id as other_id from {{ ref('link_pair') }}
),

-- Whose records it is that have changed, or that are compared with one that has.
whose as (
    select changed.source, changed.source_key, changed.part, earlier.person_id
    from changed
    inner join {{ source('landing', 'earlier_link') }} as earlier
        on earlier.source = changed.source and earlier.source_key = changed.source_key
    union
    select changed.source, changed.source_key, changed.part, moved.person_id_before as person_id
    from changed
    inner join {{ ref('person_link') }} as link on link.source = changed.source and link.source_key = changed.source_key
    inner join {{ ref('link_moved') }} as moved on moved.person_id = link.person_id
    union
    select changed.source, changed.source_key, changed.part, earlier.person_id
    from changed
    inner join {{ ref('link_record') }} as record on record.source = changed.source and record.source_key = changed.source_key
    inner join pair on pair.record_id = record.record_id
    inner join {{ ref('link_record') }} as other on other.record_id = pair.other_id
    inner join {{ source('landing', 'earlier_link') }} as earlier
        on earlier.source = other.source and earlier.source_key = other.source_key
),

to_explain as (
    select source, source_key, part, person_id
    from whose
    where person_id in (select person_id from {{ ref('link_changed_person') }})
),

brought as (
    select source, delivery_id, table_name, takes_away, what
    from {{ ref('link_brought') }}
    where what not in (select what from {{ source('landing', 'earlier_brought') }} where is_seen)
),

-- The rows that tell of a record, as they are now.
told as (
    select 'nomis' as source, prisoner.prisoner as source_key, cast(null as {{ dbt.type_string() }}) as part, offender._pointer
    from {{ ref('stg_nomis__offender') }} as offender
    inner join {{ ref('link_prisoner') }} as prisoner on prisoner.offender_id = offender.offender_id
    union all
    select
        'nomis' as source,
        prisoner.prisoner as source_key,
        case when upper(identifier.identifier_type) in ('PNC', 'CRO') then 'police' else 'person' end as part,
        identifier._pointer
    from {{ ref('stg_nomis__offender_identifier') }} as identifier
    inner join {{ ref('link_prisoner') }} as prisoner on prisoner.offender_id = identifier.offender_id
    union all
    select 'nomis' as source, prisoner.prisoner as source_key, null as part, address._pointer
    from {{ ref('stg_nomis__address') }} as address
    inner join {{ ref('link_prisoner') }} as prisoner on prisoner.offender_id = address.root_offender_id
    union all
    select
        'nomis' as source,
        prisoner.prisoner as source_key,
        null as part,
        sentence._pointer
    from {{ ref('stg_nomis__offender_sentence') }} as sentence
    inner join {{ ref('stg_nomis__offender_booking') }} as booking on booking.offender_book_id = sentence.offender_book_id
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = coalesce(booking.offender_id, booking.root_offender_id)
    union all
    select 'ndelius' as source, offender_id as source_key, null as part, _pointer
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, null as part, _pointer
    from {{ ref('stg_ndelius__alias') }}
    union all
    select 'ndelius' as source, offender_id as source_key, null as part, _pointer
    from {{ ref('stg_ndelius__additional_identifier') }}
    union all
    select 'ndelius' as source, offender_id as source_key, null as part, _pointer
    from {{ ref('stg_ndelius__offender_address') }}
    union all
    select 'ndelius' as source, offender_id as source_key, null as part, _pointer
    from {{ ref('stg_ndelius__disposal') }}
    union all
    select _source as source, person_ref as source_key, null as part, _pointer
    from {{ ref('stg_provider__person') }}
),

by_row as (
    select distinct told.source, told.source_key, part.part, delivery.delivery_id
    from told
    inner join {{ source('landing', 'delivery') }} as delivery on delivery.file_number = {{ pointer_file('told._pointer') }}
    inner join brought
        on brought.what = delivery.delivery_id || ' ' || delivery.sha256 and brought.table_name = delivery.table_name
    inner join part on part.table_name = delivery.table_name and part.part = coalesce(told.part, part.part)
),

newest as (
    select
        brought.source,
        part.part,
        coalesce(max(case when brought.takes_away then brought.delivery_id end), max(brought.delivery_id)) as delivery_id
    from brought
    inner join part on part.table_name = brought.table_name
    group by brought.source, part.part
)

-- A delivery has brought or taken away what one of their records is linked by, or what a record is linked by that now stands in the way of
-- theirs: it holds the rows as they are now, or, where the rows are gone, it is the newest that may have taken such rows away.
select distinct to_explain.person_id, coalesce(by_row.delivery_id, newest.delivery_id) as delivery_id
from to_explain
inner join newest on newest.source = to_explain.source and newest.part = to_explain.part
left join by_row
    on by_row.source = to_explain.source and by_row.source_key = to_explain.source_key and by_row.part = to_explain.part
