with
undecided as (
    select left_id as record_id, right_id as other_id, left_source as source, right_source as other_source, weight, were_one, method
    from {{ ref('link_joinable') }}
    union all
    select right_id as record_id, left_id as other_id, right_source as source, left_source as other_source, weight, were_one, method
    from {{ ref('link_joinable') }}
)

select
    undecided.record_id,
    undecided.other_id,
    undecided.source,
    undecided.other_source,
    undecided.weight,
    undecided.were_one,
    undecided.method
from undecided
left join {{ ref('link_decided') }} as decided
    on decided.record_id = undecided.record_id and decided.other_id = undecided.other_id
where decided.record_id is null
union all
-- A decision stands above any weight.
select
    record_id,
    other_id,
    source,
    other_source,
    cast(1000 as double) as weight,
    false as were_one,
    'decision' as method
from {{ ref('link_decided') }}
where is_same
