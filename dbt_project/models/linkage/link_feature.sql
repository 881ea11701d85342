{{ config(materialized='view') }}
-- A view: read once, and wide.
with
identified as (
    select
        source,
        source_key,
        {{ sorted_array("case when kind = 'noms' then identifier end") }} as noms_numbers,
        {{ sorted_array("case when kind = 'crn' then identifier end") }} as crns,
        {{ sorted_array("case when kind = 'pnc' then identifier end") }} as pncs,
        {{ sorted_array("case when kind = 'cro' then identifier end") }} as cros
    from {{ ref('link_identifier') }}
    group by source, source_key
),

named as (
    select
        source,
        source_key,
        min(surname || ' ' || first_name) as name,
        {{ sorted_array("surname || ' ' || first_name") }} as names,
        {{ sorted_array("first_name || ' ' || surname") }} as swapped_names,
        -- Of several, the first and the last: a pair of records that agrees on one of these is compared closely.
        min(surname) as surname,
        max(surname) as other_surname,
        min(first_name) as first_name,
        max(first_name) as other_first_name
    from {{ ref('link_name') }}
    group by source, source_key
),

born as (
    select
        source,
        source_key,
        min(birth_date) as birth_date,
        {{ sorted_array('birth_date') }} as birth_dates,
        {{ sorted_array(day_and_month_turned('birth_date')) }} as turned_birth_dates
    from {{ ref('link_birth_date') }}
    group by source, source_key
),

lived_at as (
    select
        source,
        source_key,
        {{ sorted_array('postcode') }} as postcodes,
        {{ sorted_array('left(postcode, length(postcode) - 3)') }} as outcodes
    from {{ ref('link_postcode') }}
    group by source, source_key
),

sentenced as (
    select source, source_key, {{ sorted_array('sentence_date') }} as sentence_dates
    from {{ ref('link_sentence_date') }}
    group by source, source_key
),

keyed as (
    select source, source_key, {{ sorted_array('key') }} as keys
    from {{ ref('link_key') }}
    group by source, source_key
)

select
    record.record_id,
    record.source,
    record.source_key,
    named.name,
    named.names,
    named.swapped_names,
    named.surname,
    named.other_surname,
    named.first_name,
    named.other_first_name,
    born.birth_date,
    born.birth_dates,
    born.turned_birth_dates,
    lived_at.postcodes,
    lived_at.outcodes,
    sentenced.sentence_dates,
    identified.noms_numbers,
    identified.crns,
    identified.pncs,
    identified.cros,
    keyed.keys
from {{ ref('link_record') }} as record
left join identified
    on identified.source = record.source and identified.source_key = record.source_key
left join named
    on named.source = record.source and named.source_key = record.source_key
left join born
    on born.source = record.source and born.source_key = record.source_key
left join lived_at
    on lived_at.source = record.source and lived_at.source_key = record.source_key
left join sentenced
    on sentenced.source = record.source and sentenced.source_key = record.source_key
left join keyed
    on keyed.source = record.source and keyed.source_key = record.source_key
