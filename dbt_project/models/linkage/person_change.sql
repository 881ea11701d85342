select
    run.as_of,
    run.links_as_of as since,
    moved.person_id_before,
    moved.person_id,
    moved.records,
    case
        when moved.is_parted and moved.is_joined then 'parted and joined'
        when moved.is_parted then 'parted'
        when moved.is_joined then 'joined'
        else 'renamed'
    end as change,
    case
        when moved.person_id_before in (select person_id from {{ ref('link_decided_person') }}) then 'decision'
        when run.links_rules = run.rules then 'delivery'
        else 'rules'
    end as cause
from {{ ref('link_moved') }} as moved
cross join {{ source('landing', 'run') }} as run
where moved.person_id is distinct from moved.person_id_before
union all
select
    as_of,
    since,
    person_id_before,
    person_id,
    records,
    change,
    cause
from {{ source('landing', 'earlier_change') }}
order by as_of, since, person_id_before, person_id, records, change, cause
