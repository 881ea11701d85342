{#- Day 7 is the day of the finance outcome; the rest are the days of status. -#}
with
day as (
    select cast(day as integer) as day from {{ ref('status_day') }}
    union
    select cast(value as integer) as day from {{ ref('threshold') }} where threshold = 'finance_day'
),

release_day as (
    select
        release.release_id,
        release.person_id,
        release.release_date,
        release.supervision_end_date,
        day.day,
        {{ add_days('release.release_date', 'day.day') }} as on_day
    from {{ ref('int_release') }} as release
    cross join day
),

-- Where the person is at the end of the day.
place as (
    select release_day.release_id, release_day.day, place.place, place.is_opened_by_recall
    from release_day
    inner join {{ ref('int_place') }} as place
        on place.person_id = release_day.person_id
        and place.from_date <= release_day.on_day
        and (place.next_date is null or place.next_date > release_day.on_day)
),

-- A date of death before the release is an error of another record (and listed).
death as (
    select distinct release_day.release_id, release_day.day
    from release_day
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = release_day.person_id
        and person_case.deceased_date between release_day.release_date and release_day.on_day
),

-- Revoked and not yet returned; a later release ends it.
at_large as (
    select distinct release_day.release_id, release_day.day
    from release_day
    inner join {{ ref('evt_recall') }} as recall
        on recall.person_id = release_day.person_id
        and recall.is_recall
        and recall.recall_date <= release_day.on_day
        and (recall.returned_date is null or recall.returned_date > release_day.on_day)
        and (recall.next_release_date is null or recall.next_release_date > release_day.on_day)
),

reasoned as (
    select
        release_day.release_id,
        release_day.day,
        -- The first that applies (decisions: Fine print, Out-of-scope reasons).
        case
            when place.place = 'died' then 'died'
            when death.release_id is not null then 'died'
            when place.place = 'removed' then 'removed'
            when place.place = 'custody' and place.is_opened_by_recall then 'in_custody_recall'
            when place.place in ('custody', 'custody_other') then 'in_custody_other'
            when at_large.release_id is not null then 'recalled_at_large'
            when release_day.day > 0 and release_day.on_day > release_day.supervision_end_date then 'supervision_ended'
        end as state_reason
    from release_day
    left join place
        on place.release_id = release_day.release_id and place.day = release_day.day
    left join death
        on death.release_id = release_day.release_id and death.day = release_day.day
    left join at_large
        on at_large.release_id = release_day.release_id and at_large.day = release_day.day
)

select release_id, day, state_reason
from reasoned
where state_reason is not null
