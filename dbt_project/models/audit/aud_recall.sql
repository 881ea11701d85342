with
revocation as (
    select * from {{ ref('evt_revocation') }}
),

recall as (
    select * from {{ ref('evt_recall') }}
)

select {{ finding("'recall_before_release'", "'release'", "release_id", "_pointer") }}
from revocation
where is_before_release
union all
select {{ finding("'recall_without_date'", "'release'", "release_id", "_pointer") }}
from revocation
where is_recall and revoked_on is null
union all
select {{ finding("'recall_after_licence_end'", "'release'", "recall.release_id", "coalesce(revocation._pointer, recall.return_pointer)") }}
from recall
left join revocation
    on revocation.release_id = recall.release_id and revocation.is_valid and revocation.revoked_on = recall.recall_date
where recall.is_after_licence_end
union all
select {{ finding("'recall_on_day_of_release'", "'release'", "recall.release_id", "coalesce(revocation._pointer, recall.return_pointer)") }}
from recall
left join revocation
    on revocation.release_id = recall.release_id and revocation.is_valid and revocation.revoked_on = recall.recall_date
where recall.is_recall and recall.recall_date = recall.release_date
union all
select {{ finding("'recall_dated_by_return'", "'release'", "recall.release_id", "recall.return_pointer") }}
from recall
where recall.is_recall and not recall.is_dated_by_revocation
