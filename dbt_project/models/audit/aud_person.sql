with
link as (
    select source, source_key, person_id
    from {{ ref('person_link') }}
),

-- Providers' rows whose NOMS number, CRN and PNC lead to more than one person, whoever of them they were joined with.
two_minded as (
    select mine.record_id
    from {{ ref('link_identifier') }} as mine
    inner join {{ ref('link_record') }} as record
        on record.record_id = mine.record_id and record.source not in ('nomis', 'ndelius')
    inner join {{ ref('link_identifier') }} as theirs
        on theirs.kind = mine.kind and theirs.identifier = mine.identifier
    inner join {{ ref('link_record') }} as owner
        on owner.record_id = theirs.record_id and owner.source in ('nomis', 'ndelius')
    inner join link
        on link.source = owner.source and link.source_key = owner.source_key
    group by mine.record_id
    having count(distinct link.person_id) > 1
),

by_crn_alone as (
    select 'referral_person_not_linked' as finding, service_user_crn as crn, _pointer
    from {{ ref('stg_refer_and_monitor__referral') }}
    union all
    select 'placement_person_not_linked' as finding, crn, _pointer from {{ ref('stg_cas__ap_placement') }}
    union all
    select 'placement_person_not_linked' as finding, crn, _pointer from {{ ref('stg_cas__booking') }}
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
select {{ finding("'provider_person_numbers_of_two'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "person._pointer") }}
from two_minded
inner join {{ ref('link_record') }} as record
    on record.record_id = two_minded.record_id
inner join {{ ref('stg_provider__person') }} as person
    on person._source = record.source and person.person_ref = record.source_key
union all
select {{ finding("by_crn_alone.finding", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "by_crn_alone._pointer") }}
from by_crn_alone
left join link
    on link.source = 'crn' and {{ reference('link.source_key') }} = {{ reference('by_crn_alone.crn') }}
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
