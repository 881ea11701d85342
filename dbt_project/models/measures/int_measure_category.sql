-- What each recall is counted under where recalls are split by their own nature. A recall may cite several reasons.
select
    'recall_type' as split_by,
    release_id,
    recall_type as category
from {{ ref('fct_recall') }}
where recall_type <> 'unknown'
union all
select distinct
    'recall_reason' as split_by,
    recall.release_id,
    revocation.reason_code as category
from {{ ref('fct_recall') }} as recall
inner join {{ ref('evt_revocation') }} as revocation
    on revocation.release_id = recall.release_id
where revocation.is_valid and revocation.reason_code is not null
