-- What every recall measure starts from: each release with its licence, its recall if any, and how far recall is known.
select
    release.release_id,
    release.release_date,
    release.is_on_licence,
    release.licence_end_date,
    maturity.mature_through,
    coalesce(maturity.is_delivered, false) as is_delivered,
    recall.release_id is not null as is_recalled,
    recall.recall_date,
    recall.days_to_recall,
    recall.returned_date,
    {{ days_between('release.release_date', 'recall.returned_date') }} as days_to_return,
    recall.days_at_large,
    recall.recall_type,
    coalesce(recall.rereleased_by_day_28, false) as rereleased_by_day_28
from {{ ref('fct_release') }} as release
left join {{ ref('fct_recall') }} as recall
    on recall.release_id = release.release_id
left join {{ ref('int_domain_maturity') }} as maturity
    on maturity.domain = 'recall'
