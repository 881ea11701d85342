-- Providers' records that were decided to be one go one way: they have the number of one of them here.
select
    coalesce(mine.group_id, towards.record_id) as record_id,
    coalesce(theirs.group_id, towards.other_id) as other_id,
    towards.weight,
    towards.were_one
from {{ ref('link_towards') }} as towards
left join {{ ref('link_provider_group') }} as mine on mine.record_id = towards.record_id
left join {{ ref('link_provider_group') }} as theirs on theirs.record_id = towards.other_id
where towards.source not in ('nomis', 'ndelius')
    and coalesce(mine.group_id, towards.record_id) <> coalesce(theirs.group_id, towards.other_id)
