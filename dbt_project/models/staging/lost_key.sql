with
closed as (
    select source, table_name, max(complete_to) as complete_to
    from {{ source('landing', 'delivery') }}
    where is_whole
    group by source, table_name
),

deleted as (
    select source, table_name, key, max(complete_to) as complete_to
    from {{ source('landing', 'deleted_key') }}
    group by source, table_name, key
)

select lost.source, lost.table_name, lost.key, lost.complete_to
from {{ source('landing', 'lost_key') }} as lost
left join closed
    on closed.source = lost.source and closed.table_name = lost.table_name
left join deleted
    on deleted.source = lost.source and deleted.table_name = lost.table_name and deleted.key = lost.key
where (closed.complete_to is null or lost.complete_to >= closed.complete_to)
    and (deleted.complete_to is null or lost.complete_to > deleted.complete_to)
