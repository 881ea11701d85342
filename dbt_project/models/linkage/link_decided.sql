with
member as (
    select decided.record_id, decided.source, coalesce(same_group.group_id, decided.record_id) as group_id
    from (select distinct record_id, source from {{ ref('link_decision') }}) as decided
    left join {{ ref('link_same_group') }} as same_group
        on same_group.record_id = decided.record_id
),

-- Who is one with somebody is one with all who are that person, and told apart from all that one of them is told apart from.
grouped as (
    select group_id, group_id as other_group, true as is_same
    from {{ ref('link_same_group') }}
    union
    select one.group_id, other.group_id as other_group, false as is_same
    from {{ ref('link_decision') }} as decision
    inner join member as one on one.record_id = decision.record_id
    inner join member as other on other.record_id = decision.other_id
    where decision.decision = 'different'
)

select
    one.record_id,
    other.record_id as other_id,
    one.source,
    other.source as other_source,
    grouped.is_same
from grouped
inner join member as one on one.group_id = grouped.group_id
inner join member as other on other.group_id = grouped.other_group and other.record_id <> one.record_id
