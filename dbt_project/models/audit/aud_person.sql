with
link as (
    select source, source_key, person_id
    from {{ ref('person_link') }}
),

noms_case as (
    select identifier.identifier, link.person_id, offender._pointer
    from {{ ref('link_identifier') }} as identifier
    inner join {{ ref('link_record') }} as record
        on record.record_id = identifier.record_id and record.source = 'ndelius'
    inner join link
        on link.source = 'ndelius' and link.source_key = record.source_key
    inner join {{ ref('stg_ndelius__offender') }} as offender
        on offender.offender_id = record.source_key
    where identifier.kind = 'noms'
),

shared_number as (
    select identifier, count(distinct person_id) as person_count, count(*) as case_count
    from noms_case
    group by identifier
)

select {{ finding("'provider_person_not_linked'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "person._pointer") }}
from {{ ref('stg_provider__person') }} as person
left join link
    on link.source = person._source and link.source_key = person.person_ref
where link.person_id is null
union all
select {{ finding("'noms_number_on_two_cases'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "noms_case._pointer") }}
from noms_case
inner join shared_number
    on shared_number.identifier = noms_case.identifier
where shared_number.case_count > 1 and shared_number.person_count = 1
union all
select {{ finding("'noms_number_on_two_people'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "noms_case._pointer") }}
from noms_case
inner join shared_number
    on shared_number.identifier = noms_case.identifier
where shared_number.person_count > 1
