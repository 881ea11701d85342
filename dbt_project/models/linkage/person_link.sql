with
member as (
    select record_id, oldest_id from {{ ref('link_spine') }}
    union all
    select record_id, oldest_id from {{ ref('link_provider_record') }}
),

-- Each with its best link inside the person.
best as (
    select record_id, weight, method
    from (
        select
            one.record_id,
            towards.weight,
            towards.method,
            row_number() over (partition by one.record_id order by towards.weight desc, towards.method) as place
        from {{ ref('link_towards') }} as towards
        inner join member as one on one.record_id = towards.record_id
        inner join member as two on two.record_id = towards.other_id and two.oldest_id = one.oldest_id
    ) as placed
    where place = 1
)

select
    record.source,
    record.source_key,
    person.person_id,
    coalesce(best.method, 'own_record') as method,
    best.weight
from member
inner join {{ ref('link_record') }} as record on record.record_id = member.record_id
inner join {{ ref('person_token') }} as person on person.oldest_id = member.oldest_id
left join best on best.record_id = member.record_id
union all
-- Tables that carry ids only link by that id alone.
select
    'crn' as source,
    case_number.identifier as source_key,
    min(person.person_id) as person_id,
    'crn' as method,
    cast(null as double) as weight
from {{ ref('link_identifier') }} as case_number
inner join {{ ref('link_spine') }} as spine on spine.record_id = case_number.record_id and spine.source = 'ndelius'
inner join {{ ref('person_token') }} as person on person.oldest_id = spine.oldest_id
where case_number.kind = 'crn'
group by case_number.identifier
having min(person.person_id) = max(person.person_id)
order by source, source_key
