with
recall as (
    select
        release.release_id,
        release.release_date,
        cast(recall.recall_date as date) as revoked_on,
        upper(reference.code) as reason_code,
        recall.recall_id,
        recall._pointer
    from {{ ref('int_release') }} as release
    inner join {{ ref('stg_ndelius__recall') }} as recall
        on recall.release_id = release.delius_release_id
    left join {{ ref('int_reference') }} as reference
        on reference.kind = 'RECALL_REASON' and reference.id = recall.recall_reason_id
)

-- End of temporary licence and transfer to hospital are no recalls; any other reason, an unknown one too, is
-- (definition: recall_definition).
select
    recall.release_id,
    recall.recall_id,
    recall.revoked_on,
    recall.reason_code,
    coalesce(recall.revoked_on >= recall.release_date, false) as is_valid,
    recall._pointer
from recall
left join {{ ref('recall_reason') }} as recall_reason
    on upper(recall_reason.code) = recall.reason_code
where coalesce(recall_reason.is_recall, true)
