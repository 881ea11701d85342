-- What every recall measure starts from: each release with its licence, its recall if any, and how far recall is known.
with
unreadable as (
    select
        release_id,
        max(case when is_of_recall then 1 else 0 end) = 1 as is_of_recall,
        max(case when is_of_place then 1 else 0 end) = 1 as is_of_place,
        max(case when is_of_prison_dates or is_of_probation_dates then 1 else 0 end) = 1 as is_of_licence
    from {{ ref('int_release_unreadable') }}
    group by release_id
)

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
    coalesce(recall.rereleased_by_day_28, false) as rereleased_by_day_28,
    coalesce(unreadable.is_of_recall, false) as is_recall_unreadable,
    coalesce(unreadable.is_of_place, false) as is_place_unreadable,
    coalesce(unreadable.is_of_licence, false) as is_licence_unreadable
from {{ ref('fct_release') }} as release
left join {{ ref('fct_recall') }} as recall
    on recall.release_id = release.release_id
left join unreadable
    on unreadable.release_id = release.release_id
left join {{ ref('int_domain_maturity') }} as maturity
    on maturity.domain = 'recall'
