with
apart as (
    select distinct
        coalesce(mine.group_id, decided.record_id) as record_id,
        coalesce(theirs.group_id, decided.other_id) as other_id
    from {{ ref('link_decided') }} as decided
    left join {{ ref('link_provider_group') }} as mine on mine.record_id = decided.record_id
    left join {{ ref('link_provider_group') }} as theirs on theirs.record_id = decided.other_id
    where not decided.is_same and decided.source not in ('nomis', 'ndelius')
),

kept_apart as (
    select distinct apart.record_id, spine.oldest_id
    from apart
    inner join {{ ref('link_spine') }} as spine on spine.record_id = apart.other_id
),

-- A provider's record belongs to the one person of prison or probation that it fits best, by far.
to_person as (
    select
        towards.record_id,
        spine.oldest_id,
        max(towards.weight) as weight,
        max(towards.were_one) as were_one
    from {{ ref('link_provider_towards') }} as towards
    inner join {{ ref('link_spine') }} as spine on spine.record_id = towards.other_id
    left join kept_apart on kept_apart.record_id = towards.record_id and kept_apart.oldest_id = spine.oldest_id
    where kept_apart.record_id is null
    group by towards.record_id, spine.oldest_id
),

direct as (
    {{ best_fit('to_person', 'oldest_id') }}
),

-- Where it fits none, to that of another provider's record which it fits. It never joins two of them.
by_another as (
    select
        towards.record_id,
        direct.oldest_id,
        max(towards.weight) as weight,
        max(towards.were_one) as were_one
    from {{ ref('link_provider_towards') }} as towards
    inner join direct on direct.record_id = towards.other_id
    left join kept_apart on kept_apart.record_id = towards.record_id and kept_apart.oldest_id = direct.oldest_id
    where towards.record_id not in (select record_id from to_person) and kept_apart.record_id is null
    group by towards.record_id, direct.oldest_id
),

indirect as (
    {{ best_fit('by_another', 'oldest_id') }}
),

placed as (
    select record_id, oldest_id, weight from direct
    union all
    select record_id, oldest_id, weight from indirect
)

-- Of two that somebody has told apart and that fit one person, the heavier stays.
select coalesce(provider_group.record_id, placed.record_id) as record_id, placed.oldest_id
from placed
left join {{ ref('link_provider_group') }} as provider_group on provider_group.group_id = placed.record_id
where not exists (
    select 1
    from apart
    inner join placed as other on other.record_id = apart.other_id
    where apart.record_id = placed.record_id
        and other.oldest_id = placed.oldest_id
        and (other.weight > placed.weight or (other.weight = placed.weight and other.record_id < placed.record_id))
)
