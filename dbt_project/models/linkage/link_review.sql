with
threshold as (
    select
        max(case when threshold = 'strict' then weight end) as strict_weight,
        max(case when threshold = 'agreement' then weight end) as agreement,
        max(case when threshold = 'twin_rule' then weight end) as twin_rule
    from {{ ref('link_threshold') }}
),

record as (
    select link_record.record_id, link_record.source, link_record.source_key, person_link.person_id, person_link.weight
    from {{ ref('link_record') }} as link_record
    left join {{ ref('person_link') }} as person_link
        on person_link.source = link_record.source and person_link.source_key = link_record.source_key
),

-- Too light to join, or heavy enough and not joined, or what joins a record to its person and would not do at the strict threshold. Two
-- that lead to nobody wait for one of them to find somebody. Two prison records are for prison to merge.
doubtful as (
    select pair.left_id, pair.right_id
    from {{ ref('link_pair') }} as pair
    cross join threshold
    inner join record as of_left on of_left.record_id = pair.left_id
    inner join record as of_right on of_right.record_id = pair.right_id
    where (of_left.person_id is not null or of_right.person_id is not null)
        and not (of_left.source = 'nomis' and of_right.source = 'nomis')
        and (
            coalesce(of_left.person_id <> of_right.person_id, true)
            or (pair.weight < threshold.strict_weight and (pair.weight >= of_left.weight or pair.weight >= of_right.weight))
        )
),

decided as (
    select
        decision.left_record,
        decision.right_record,
        decision.decision,
        decision.decided_at,
        of_left.record_id as left_id,
        of_right.record_id as right_id
    from {{ ref('stg_decisions__link_decision') }} as decision
    left join {{ ref('record_token') }} as of_left on of_left.record_token = decision.left_record
    left join {{ ref('record_token') }} as of_right on of_right.record_token = decision.right_record
    -- Of records that were both never delivered to this home there is nothing to say.
    where of_left.record_id is not null or of_right.record_id is not null
),

-- The lower token first: the number of a record is another in every run.
to_look_at as (
    select
        case when of_left.record_token < of_right.record_token then of_left.record_token else of_right.record_token end as left_record,
        case when of_left.record_token < of_right.record_token then of_right.record_token else of_left.record_token end as right_record,
        case when of_left.record_token < of_right.record_token then doubtful.left_id else doubtful.right_id end as left_id,
        case when of_left.record_token < of_right.record_token then doubtful.right_id else doubtful.left_id end as right_id
    from doubtful
    inner join {{ ref('record_token') }} as of_left on of_left.record_id = doubtful.left_id and of_left.is_own
    inner join {{ ref('record_token') }} as of_right on of_right.record_id = doubtful.right_id and of_right.is_own
    union
    select left_record, right_record, left_id, right_id from decided
),

looked_at as (
    select record.record_id, record.source, record.source_key, record.person_id
    from record
    where record.record_id in (select left_id from to_look_at union select right_id from to_look_at)
),

-- Where a person may go and look: of several rows about a prisoner the one in the prisoner's own number.
delivered_row as (
    select
        looked_at.record_id,
        coalesce(max(case when offender.offender_id = prisoner.prisoner then offender._pointer end), min(offender._pointer)) as _pointer
    from looked_at
    inner join {{ ref('link_prisoner') }} as prisoner
        on looked_at.source = 'nomis' and prisoner.prisoner = looked_at.source_key
    inner join {{ ref('stg_nomis__offender') }} as offender
        on offender.offender_id = prisoner.offender_id
    group by looked_at.record_id
    union all
    select looked_at.record_id, offender._pointer
    from looked_at
    inner join {{ ref('stg_ndelius__offender') }} as offender
        on looked_at.source = 'ndelius' and offender.offender_id = looked_at.source_key
    union all
    select looked_at.record_id, person._pointer
    from looked_at
    inner join {{ ref('stg_provider__person') }} as person
        on person._source = looked_at.source and person.person_ref = looked_at.source_key
),

known as (
    select looked_at.record_id, looked_at.source, looked_at.source_key, looked_at.person_id, delivered_row._pointer
    from looked_at
    left join delivered_row
        on delivered_row.record_id = looked_at.record_id
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
    {{ agreement('pair.name', 'twin_rule') }} as name_agreement,
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
    on pair.left_id = least(to_look_at.left_id, to_look_at.right_id) and pair.right_id = greatest(to_look_at.left_id, to_look_at.right_id)
left join known as of_left on of_left.record_id = to_look_at.left_id
left join known as of_right on of_right.record_id = to_look_at.right_id
left join decided
    on decided.left_record = to_look_at.left_record and decided.right_record = to_look_at.right_record
