with
on_release as (
    select probation.release_id, recall.recall_id
    from {{ ref('int_release_probation') }} as probation
    inner join {{ ref('stg_ndelius__recall') }} as recall
        on recall.release_id = probation.delius_release_id
    union all
    -- One that stands although no release of that key came is on the last time that its person was released by its day
    -- (definition: delivery_parents).
    select release.release_id, recall.recall_id
    from {{ ref('stg_ndelius__recall') }} as recall
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = recall.offender_id
    inner join {{ ref('int_release_movement') }} as release
        on release.person_id = person_case.person_id
        and cast(recall.recall_date as date) >= release.release_date
        and (release.next_release_date is null or cast(recall.recall_date as date) < release.next_release_date)
    where recall.release_id is not null
        and not exists (select 1 from {{ ref('stg_ndelius__release') }} as known where known.release_id = recall.release_id)
        and not exists (select 1 from {{ ref('stg_ndelius__unreadable_release') }} as lost where lost.release_id = recall.release_id)
),

recall as (
    select
        release.release_id,
        release.person_id,
        release.release_date,
        release.next_release_date,
        cast(recall.recall_date as date) as revoked_on,
        -- An id that no list explains is a reason all the same (definition: recall_reasons).
        case when recall.recall_reason_id is not null then coalesce(upper(reference.code), 'Unknown or unclear') end as reason_code,
        recall.recall_id,
        recall._pointer
    from on_release
    inner join {{ ref('int_release_movement') }} as release
        on release.release_id = on_release.release_id
    inner join {{ ref('stg_ndelius__recall') }} as recall
        on recall.recall_id = on_release.recall_id
    left join {{ ref('int_reference') }} as reference
        on reference.kind = 'RECALL_REASON' and reference.id = recall.recall_reason_id
),

-- The end of a temporary licence and the transfer to a hospital or a removal centre are no recalls; any other reason, an unknown
-- one too, is (definition: recall_definition, recall_none).
judged as (
    select
        recall.*,
        coalesce(recall_reason.is_recall, true) as is_recall,
        recall_reason.state_after,
        coalesce(recall.revoked_on >= recall.release_date, false) as is_after_release
    from recall
    left join {{ ref('recall_reason') }} as recall_reason
        on upper(recall_reason.code) = recall.reason_code
)

select
    release_id,
    person_id,
    next_release_date,
    recall_id,
    revoked_on,
    reason_code,
    is_recall,
    is_recall and is_after_release as is_valid,
    case when is_after_release and not is_recall then state_after end as state_after,
    -- One probation release may belong to two releases from prison some days apart.
    is_recall and revoked_on is not null
        and max(case when is_after_release then 1 else 0 end) over (partition by recall_id) = 0 as is_before_release,
    _pointer
from judged
