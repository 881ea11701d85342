with
threshold as (
    select
        max(case when threshold = 'join' then weight end) as join_weight,
        max(case when threshold = 'agreement' then weight end) as agreement
    from {{ ref('link_threshold') }}
),

record as (
    select link_record.record_id, link_record.source, link_record.source_key, token.record_token, person_link.person_id
    from {{ ref('link_record') }} as link_record
    inner join {{ ref('record_token') }} as token
        on token.record_id = link_record.record_id
    left join {{ ref('person_link') }} as person_link
        on person_link.source = link_record.source and person_link.source_key = link_record.source_key
),

-- Too light to join, or heavy enough and not joined. Two that lead to nobody wait for one of them to find somebody.
doubtful as (
    select pair.left_id, pair.right_id
    from {{ ref('link_pair') }} as pair
    cross join threshold
    inner join record as of_left on of_left.record_id = pair.left_id
    inner join record as of_right on of_right.record_id = pair.right_id
    where (of_left.person_id is not null or of_right.person_id is not null)
        and (pair.weight < threshold.join_weight or coalesce(of_left.person_id <> of_right.person_id, true))
),

decided as (
    select
        decision.left_record,
        decision.right_record,
        decision.decision,
        decision.decided_at,
        least(of_left.record_id, of_right.record_id) as left_id,
        greatest(of_left.record_id, of_right.record_id) as right_id
    from {{ ref('stg_decisions__link_decision') }} as decision
    left join record as of_left on of_left.record_token = decision.left_record
    left join record as of_right on of_right.record_token = decision.right_record
    -- Of records that were both never delivered to this home there is nothing to say.
    where of_left.record_id is not null or of_right.record_id is not null
),

-- The lower token first: the number of a record is another in every run.
to_look_at as (
    select
        case when of_left.record_token < of_right.record_token then of_left.record_token else of_right.record_token end as left_record,
        case when of_left.record_token < of_right.record_token then of_right.record_token else of_left.record_token end as right_record,
        doubtful.left_id,
        doubtful.right_id
    from doubtful
    inner join record as of_left on of_left.record_id = doubtful.left_id
    inner join record as of_right on of_right.record_id = doubtful.right_id
    union
    select left_record, right_record, left_id, right_id from decided
),

looked_at as (
    select left_record as record_token from to_look_at
    union
    select right_record as record_token from to_look_at
),

-- Where a person may go and look: of several rows about a prisoner the one in the prisoner's own number.
delivered_row as (
    select
        'nomis' as source,
        root_offender_id as source_key,
        coalesce(max(case when offender_id = root_offender_id then _pointer end), min(_pointer)) as _pointer
    from {{ ref('stg_nomis__offender') }}
    where root_offender_id in (
            select record.source_key from record
            inner join looked_at on looked_at.record_token = record.record_token
            where record.source = 'nomis'
        )
    group by root_offender_id
    union all
    select 'ndelius' as source, offender_id as source_key, _pointer from {{ ref('stg_ndelius__offender') }}
    union all
    select _source as source, person_ref as source_key, _pointer from {{ ref('stg_provider__person') }}
),

known as (
    select record.record_token, record.source, record.source_key, record.person_id, delivered_row._pointer
    from record
    inner join looked_at
        on looked_at.record_token = record.record_token
    left join delivered_row
        on delivered_row.source = record.source and delivered_row.source_key = record.source_key
)

-- A record that was decided on and is no longer delivered has a token only.
select
    to_look_at.left_record,
    to_look_at.right_record,
    of_left.source as left_source,
    of_right.source as right_source,
    of_left.source_key as left_key,
    of_right.source_key as right_key,
    of_left.person_id as left_person_id,
    of_right.person_id as right_person_id,
    of_left._pointer as left_pointer,
    of_right._pointer as right_pointer,
    pair.weight,
    {{ agreement('pair.name') }} as name_agreement,
    {{ agreement('pair.birth_date') }} as born_agreement,
    {{ agreement('pair.postcode') }} as home_agreement,
    {{ agreement('pair.sentence_date') }} as sentence_agreement,
    {{ agreement('pair.noms_number') }} as prison_number_agreement,
    {{ agreement('pair.crn') }} as case_number_agreement,
    {{ agreement('pair.pnc') }} as police_number_agreement,
    {{ agreement('pair.cro') }} as record_office_number_agreement,
    decided.decision,
    decided.decided_at
from to_look_at
cross join threshold
left join {{ ref('link_pair') }} as pair
    on pair.left_id = to_look_at.left_id and pair.right_id = to_look_at.right_id
left join known as of_left on of_left.record_token = to_look_at.left_record
left join known as of_right on of_right.record_token = to_look_at.right_record
left join decided
    on decided.left_record = to_look_at.left_record and decided.right_record = to_look_at.right_record
