with
side as (
    select left_record as record_token, left_source as source, left_key as source_key from {{ ref('link_review') }}
    union
    select right_record as record_token, right_source as source, right_key as source_key from {{ ref('link_review') }}
)

select
    side.record_token,
    claim._source as source,
    claim.claim_id
from side
inner join {{ ref('stg_provider__claim') }} as claim
    on claim._source = side.source and {{ reference('claim.person_ref') }} = {{ reference('side.source_key') }}
