-- Whom a number leads to: what carries nothing but numbers is linked by them alone (definition: person_ids_only).
select
    identifier.kind,
    identifier.delivered as identifier,
    min(person.person_id) as person_id,
    count(distinct person.person_id) as persons
from {{ ref('link_identifier') }} as identifier
inner join {{ ref('link_spine') }} as spine on spine.record_id = identifier.record_id
inner join {{ ref('person_token') }} as person on person.oldest_id = spine.oldest_id
where identifier.kind in ('noms', 'crn', 'pnc')
group by identifier.kind, identifier.delivered
