with
to_prisoner as (
    select record_id, other_id, weight, were_one
    from {{ ref('link_towards') }}
    where source = 'ndelius' and other_source = 'nomis'
),

-- A case that leads to two prisoners about as well links to neither.
prisoner as (
    {{ best_fit('to_prisoner', 'other_id') }}
)

select record_id, other_id, weight, true as is_to_prisoner
from prisoner
union all
select record_id, other_id, weight, false as is_to_prisoner
from {{ ref('link_towards') }}
where source = 'ndelius' and other_source = 'ndelius' and record_id < other_id
