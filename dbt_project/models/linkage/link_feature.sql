{{ config(materialized='view') }}
-- A view: read once, and wide. All that agrees or differs (definition: person_linkage).
with
identified as (
    select
        record_id,
        {{ sorted_array("case when kind = 'noms' then identifier end") }} as noms_numbers,
        {{ sorted_array("case when kind = 'crn' then identifier end") }} as crns,
        {{ sorted_array("case when kind = 'pnc' then identifier end") }} as pncs,
        {{ sorted_array("case when kind = 'cro' then identifier end") }} as cros
    from (select distinct record_id, kind, identifier from {{ ref('link_identifier') }}) as identifier
    group by record_id
),

named as (
    select
        record_id,
        -- Their own where it is known: an alias may be a brother's name.
        coalesce(min(case when is_own then surname || ' ' || first_name end), min(surname || ' ' || first_name)) as name,
        {{ sorted_array("surname || ' ' || first_name") }} as names,
        {{ sorted_array("first_name || ' ' || surname") }} as swapped_names,
        -- Of several, the first and the last: a pair of records that agrees on one of these is compared closely.
        min(surname) as surname,
        max(surname) as other_surname,
        coalesce(min(case when is_own then first_name end), min(first_name)) as first_name,
        coalesce(max(case when is_own then first_name end), max(first_name)) as other_first_name
    from {{ ref('link_name') }}
    group by record_id
),

born as (
    select
        record_id,
        coalesce(min(case when is_own then birth_date end), min(birth_date)) as birth_date,
        {{ sorted_array('birth_date') }} as birth_dates,
        {{ sorted_array(day_and_month_turned('birth_date')) }} as turned_birth_dates
    from {{ ref('link_birth_date') }}
    group by record_id
),

lived_at as (
    select
        record_id,
        {{ sorted_array('postcode') }} as postcodes,
        {{ sorted_array('left(postcode, length(postcode) - 3)') }} as outcodes
    from {{ ref('link_postcode') }}
    group by record_id
),

sentenced as (
    select record_id, {{ sorted_array('sentence_date') }} as sentence_dates
    from {{ ref('link_sentence_date') }}
    group by record_id
),

keyed as (
    select record_id, {{ sorted_array('key') }} as keys
    from {{ ref('link_key') }}
    group by record_id
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
    on identified.record_id = record.record_id
left join named
    on named.record_id = record.record_id
left join born
    on born.record_id = record.record_id
left join lived_at
    on lived_at.record_id = record.record_id
left join sentenced
    on sentenced.record_id = record.record_id
left join keyed
    on keyed.record_id = record.record_id
