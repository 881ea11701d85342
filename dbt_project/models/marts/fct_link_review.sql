with
review as (
    select
        link_review.*,
        left_record || '-' || right_record as pair_id,
        coalesce(left_source in ('nomis', 'ndelius') and right_source in ('nomis', 'ndelius'), false) as is_of_persons,
        coalesce(left_person_id = right_person_id, false) as is_one_person
    from {{ ref('link_review') }} as link_review
),

person as (
    select pair_id, left_person_id as person_id, is_of_persons, is_one_person from review where left_person_id is not null
    union
    select pair_id, right_person_id as person_id, is_of_persons, is_one_person from review where right_person_id is not null
),

released as (
    select person.pair_id, person.is_of_persons, person.is_one_person, release.release_id
    from person
    inner join {{ ref('fct_release') }} as release
        on release.person_id = person.person_id
),

releases as (
    select pair_id, count(*) as releases
    from released
    group by pair_id
),

-- Whether a provider's record is somebody's decides on its claims; whether a case is a prisoner's, on their releases and all claims.
provider_claim as (
    select review.pair_id, claim.source, claim.claim_id
    from review
    inner join {{ ref('link_review_claim') }} as claim
        on claim.record_token = review.left_record
    union
    select review.pair_id, claim.source, claim.claim_id
    from review
    inner join {{ ref('link_review_claim') }} as claim
        on claim.record_token = review.right_record
),

claim_at_stake as (
    select pair_id, source, claim_id
    from provider_claim
    union
    select person.pair_id, claim.source, claim.claim_id
    from person
    inner join {{ ref('fct_claim') }} as claim
        on claim.person_id = person.person_id
    where person.is_of_persons
),

money as (
    select
        at_stake.pair_id,
        cast(sum(claim.amount) as decimal(38, 2)) as money,
        cast(sum(case when claim.outcome_cell <> 'no_outcome_defined' and not claim.is_reversal then 1 else 0 end) as bigint) as claim_outcomes
    from claim_at_stake as at_stake
    inner join {{ ref('fct_claim') }} as claim
        on claim.source = at_stake.source and claim.claim_id = at_stake.claim_id
    group by at_stake.pair_id
),

-- Of two who are apart, what is not known may become known; of one, what is known may become unknown.
outcomes as (
    select released.pair_id, count(*) as release_outcomes
    from released
    inner join {{ ref('evt_status') }} as status
        on status.release_id = released.release_id
    where released.is_of_persons and status.state = case when released.is_one_person then 'observed' else 'unknown' end
    group by released.pair_id
),

references_of as (
    select record_token, {{ sorted_list('claim_id') }} as claims
    from {{ ref('link_review_claim') }}
    group by record_token
),

delivered_row as (
    select link_review.pointer as _pointer, delivery.delivery_id as delivery, delivery.file, {{ pointer_row('link_review.pointer') }} as row_number
    from (
        select left_pointer as pointer from review
        union
        select right_pointer as pointer from review
    ) as link_review
    inner join {{ source('landing', 'delivery') }} as delivery
        on delivery.file_number = {{ pointer_file('link_review.pointer') }}
),

at_stake as (
    select
        review.*,
        coalesce(releases.releases, 0) as releases,
        -- No claim at all is nothing at stake; claims without an amount are not known.
        case when money.pair_id is null then cast(0 as decimal(38, 2)) else money.money end as money,
        case when review.is_of_persons then coalesce(outcomes.release_outcomes, 0) else coalesce(money.claim_outcomes, 0) end as outcomes
    from review
    left join releases on releases.pair_id = review.pair_id
    left join money on money.pair_id = review.pair_id
    left join outcomes on outcomes.pair_id = review.pair_id
)

select
    at_stake.pair_id,
    at_stake.left_record,
    at_stake.right_record,
    at_stake.left_source,
    at_stake.right_source,
    at_stake.left_person_id,
    at_stake.right_person_id,
    row_left.delivery as left_delivery,
    row_left.file as left_file,
    row_left.row_number as left_row_number,
    row_right.delivery as right_delivery,
    row_right.file as right_file,
    row_right.row_number as right_row_number,
    claims_left.claims as left_claims,
    claims_right.claims as right_claims,
    at_stake.is_one_person,
    round(at_stake.weight, 1) as weight,
    at_stake.name_agreement,
    at_stake.born_agreement,
    at_stake.home_agreement,
    at_stake.sentence_agreement,
    at_stake.prison_number_agreement,
    at_stake.case_number_agreement,
    at_stake.police_number_agreement,
    at_stake.record_office_number_agreement,
    at_stake.releases,
    at_stake.money,
    at_stake.outcomes,
    at_stake.decision,
    at_stake.decided_at,
    row_number() over (
        order by coalesce(at_stake.money, 0) desc, at_stake.outcomes desc, coalesce(at_stake.weight, 0) desc, at_stake.pair_id
    ) as rank
from at_stake
left join delivered_row as row_left on row_left._pointer = at_stake.left_pointer
left join delivered_row as row_right on row_right._pointer = at_stake.right_pointer
left join references_of as claims_left on claims_left.record_token = at_stake.left_record
left join references_of as claims_right on claims_right.record_token = at_stake.right_record
