with
record as (
    select record_id, source, source_key
    from {{ ref('link_record') }}
    where source not in ('nomis', 'ndelius')
),

-- Each number alone; one that is nobody's leads nowhere.
led as (
    select record.record_id, led.persons, led.person_id
    from record
    inner join {{ ref('link_identifier') }} as identifier on identifier.record_id = record.record_id
    inner join {{ ref('link_number_person') }} as led
        on led.kind = identifier.kind and led.identifier = identifier.delivered
),

number as (
    select record_id, count(*) as numbers
    from {{ ref('link_identifier') }}
    where kind in ('noms', 'crn', 'pnc')
    group by record_id
),

told as (
    select
        record_id,
        count(distinct person_id) as persons,
        max(persons) as most_persons
    from led
    group by record_id
),

-- One reference may be written in two spellings.
named as (
    select
        record.source,
        {{ reference('record.source_key') }} as person_reference,
        count(distinct link.person_id) as persons
    from record
    left join {{ ref('person_link') }} as link on link.source = record.source and link.source_key = record.source_key
    group by record.source, {{ reference('record.source_key') }}
)

select
    record.source,
    {{ reference('record.source_key') }} as person_reference,
    max(coalesce(number.numbers, 0)) as numbers,
    max(coalesce(told.persons, 0)) as persons_by_number,
    max(coalesce(told.most_persons, 0)) as most_persons_of_a_number,
    max(named.persons) as persons_by_reference
from record
left join number on number.record_id = record.record_id
left join told on told.record_id = record.record_id
left join named on named.source = record.source and named.person_reference = {{ reference('record.source_key') }}
group by record.source, {{ reference('record.source_key') }}
