{#- Day 7 is the day of the finance outcome; the rest are the days of status. -#}
with
day as (
    select cast(day as integer) as day from {{ ref('status_day') }}
    union
    select cast(value as integer) as day from {{ ref('threshold') }} where threshold = 'finance_day'
),

release as (
    select release_id, person_id, release_date, supervision_end_date from {{ ref('int_release') }}
),

-- The first that applies (definition: status_scope_reasons).
reason as (
    -- Where the person is at the end of the day; in the community is no reason (definition: status_out_of_scope).
    select
        release.release_id,
        day.day,
        case
            when place.place = 'died' then 1
            when place.place = 'removed' then 2
            when place.place = 'custody' and place.is_opened_by_recall then 3
            else 4
        end as reason_order
    from release
    inner join {{ ref('int_place') }} as place
        on place.person_id = release.person_id
        and place.place in ('died', 'removed', 'custody', 'custody_other')
        and (place.next_date is null or place.next_date > release.release_date)
    inner join day
        on {{ add_days('release.release_date', 'day.day') }} >= place.from_date
        and (place.next_date is null or {{ add_days('release.release_date', 'day.day') }} < place.next_date)
    union all
    -- A date of death before the release is an error of another record (and listed) (definition: status_death).
    select release.release_id, day.day, 1 as reason_order
    from release
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = release.person_id and person_case.deceased_date >= release.release_date
    inner join day
        on {{ add_days('release.release_date', 'day.day') }} >= person_case.deceased_date
    union all
    -- Revoked and not yet returned; a later release ends it.
    select release.release_id, day.day, 5 as reason_order
    from release
    inner join {{ ref('evt_recall') }} as recall
        on recall.person_id = release.person_id
        and recall.is_recall
        and (recall.returned_date is null or recall.returned_date > release.release_date)
        and (recall.next_release_date is null or recall.next_release_date > release.release_date)
    inner join day
        on {{ add_days('release.release_date', 'day.day') }} >= recall.recall_date
        and (recall.returned_date is null or {{ add_days('release.release_date', 'day.day') }} < recall.returned_date)
        and (recall.next_release_date is null or {{ add_days('release.release_date', 'day.day') }} < recall.next_release_date)
    union all
    select release.release_id, day.day, 6 as reason_order
    from release
    inner join day
        on day.day > 0 and {{ add_days('release.release_date', 'day.day') }} > release.supervision_end_date
)

select
    release_id,
    day,
    case min(reason_order)
        when 1 then 'died'
        when 2 then 'removed'
        when 3 then 'in_custody_recall'
        when 4 then 'in_custody_other'
        when 5 then 'recalled_at_large'
        when 6 then 'supervision_ended'
    end as state_reason
from reason
group by release_id, day
