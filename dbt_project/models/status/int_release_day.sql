{#- Day 7 is the day of the finance outcome; the rest are the days of status. -#}
with
day as (
    select cast(day as integer) as day from {{ ref('status_day') }}
    union
    select cast(value as integer) as day from {{ ref('threshold') }} where threshold = 'finance_day'
),

release as (
    select release_id, person_id, release_date, next_release_date, supervision_end_date, is_on_licence, is_licence_unreadable
    from {{ ref('int_release') }}
),

moved as (
    select
        revocation.person_id,
        revocation.recall_id,
        revocation.state_after,
        revocation.revoked_on as from_date,
        min(place.from_date) as next_date
    from {{ ref('evt_revocation') }} as revocation
    left join {{ ref('int_place') }} as place
        on place.person_id = revocation.person_id and place.from_date > revocation.revoked_on
    where revocation.state_after is not null
    group by revocation.person_id, revocation.recall_id, revocation.state_after, revocation.revoked_on
),

doubtful as (
    select
        release.person_id,
        release.release_date,
        {{ earlier_of('release.next_release_date', 'recall.recall_date') }} as before_date
    from release
    inner join (select distinct release_id from {{ ref('int_release_unreadable') }} where is_of_recall) as unreadable
        on unreadable.release_id = release.release_id
    left join {{ ref('evt_recall') }} as recall
        on recall.release_id = release.release_id and recall.is_recall
    where coalesce(release.is_on_licence, true)
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
            when place.place = 'custody' and place.is_opened_by_recall then 4
            else 5
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
    select release.release_id, day.day, 6 as reason_order
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
    -- Recorded as a recall and none: taken to hospital or to a removal centre, until the prison's next movement (definition: recall_none).
    select release.release_id, day.day, case moved.state_after when 'removed' then 2 else 5 end as reason_order
    from release
    inner join moved
        on moved.person_id = release.person_id
        and (moved.next_date is null or moved.next_date > release.release_date)
    inner join day
        on {{ add_days('release.release_date', 'day.day') }} >= moved.from_date
        and (moved.next_date is null or {{ add_days('release.release_date', 'day.day') }} < moved.next_date)
    union all
    -- What would have said where the person was cannot be read: nothing but death and removal is certain then
    -- (definition: delivery_unreadable_event).
    select release.release_id, day.day, 3 as reason_order
    from release
    inner join (select distinct release_id from {{ ref('int_release_unreadable') }} where is_of_place) as unreadable
        on unreadable.release_id = release.release_id
    cross join day
    union all
    -- Recalled, it may be, on any day from the release to the next, or to the recall that can be read.
    select release.release_id, day.day, 7 as reason_order
    from release
    inner join doubtful
        on doubtful.person_id = release.person_id
        and (doubtful.before_date is null or doubtful.before_date > release.release_date)
    inner join day
        on {{ add_days('release.release_date', 'day.day') }} >= doubtful.release_date
        and (doubtful.before_date is null or {{ add_days('release.release_date', 'day.day') }} < doubtful.before_date)
    union all
    select release.release_id, day.day, case when release.is_licence_unreadable then 8 else 9 end as reason_order
    from release
    inner join day
        on day.day > 0 and {{ add_days('release.release_date', 'day.day') }} > release.supervision_end_date
)

select
    release_id,
    day,
    case when min(reason_order) in (3, 7, 8) then 'unknown' else 'out_of_scope' end as state,
    case min(reason_order)
        when 1 then 'died'
        when 2 then 'removed'
        when 4 then 'in_custody_recall'
        when 5 then 'in_custody_other'
        when 6 then 'recalled_at_large'
        when 9 then 'supervision_ended'
        else 'unreadable_record'
    end as state_reason
from reason
group by release_id, day
