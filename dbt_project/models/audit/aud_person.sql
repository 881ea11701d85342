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
),

-- Prison says that the two are one; both their names and their birth dates say that they are two (definition: person_merged).
prisoner as (
    select
        offender.root_offender_id,
        {{ letters_only('offender.last_name') }} || ' ' || {{ letters_only('offender.first_name') }} as name,
        case when placeholder.placeholder_date is null then offender.birth_date end as birth_date
    from {{ ref('stg_nomis__offender') }} as offender
    left join {{ ref('placeholder_date') }} as placeholder
        on placeholder.placeholder_date = offender.birth_date
),

contradicted as (
    select merge._pointer
    from {{ ref('link_merge') }} as merge
    inner join prisoner as one on one.root_offender_id = merge.root_offender_id
    inner join prisoner as other on other.root_offender_id = merge.into_root_offender_id
    where merge.is_followed
    group by merge.root_offender_id, merge._pointer
    having max(case when one.name = ' ' or other.name = ' ' then null when one.name = other.name then 1 else 0 end) = 0
        and max(case when one.birth_date = other.birth_date then 1 when one.birth_date <> other.birth_date then 0 end) = 0
),

-- In a circle, or into two that are not one.
unsettled as (
    select merge._pointer
    from {{ ref('link_merge') }} as merge
    inner join {{ ref('link_merged') }} as merged on merged.root_offender_id = merge.root_offender_id
    inner join {{ ref('link_prisoner') }} as prisoner on prisoner.offender_id = merge.into_root_offender_id
    where merged.is_circular or prisoner.prisoner <> merged.prisoner
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
union all
select {{ finding("'merged_numbers_contradict'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "contradicted._pointer") }}
from contradicted
union all
select {{ finding("'merged_numbers_unsettled'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "unsettled._pointer") }}
from (select distinct _pointer from unsettled) as unsettled
