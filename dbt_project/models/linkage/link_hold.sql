{{ config(materialized='view') }}
with
blame as (
    select person_id, delivery_id from {{ ref('link_blame') }}
),

-- Deliveries that a later day has loaded whole, and those that somebody has accepted.
allowed as (
    select brought.delivery_id
    from {{ ref('link_brought') }} as brought
    left join {{ source('landing', 'earlier_brought') }} as ever on ever.what = brought.what
    where ever.what is null or not ever.is_seen
    group by brought.delivery_id
    having count(*) = count(ever.what)
    union
    select delivery_id from {{ source('landing', 'accepted_delivery') }}
),

blamed as (
    select delivery_id, count(*) as persons
    from blame
    where person_id not in (
        select blame.person_id
        from blame
        inner join allowed on allowed.delivery_id = blame.delivery_id
    )
    group by delivery_id
),

-- The delivery that is to blame for most, of several the oldest.
most as (
    select
        delivery_id,
        persons,
        row_number() over (order by persons desc, right(delivery_id, 10), delivery_id) as place
    from blamed
)

select
    most.delivery_id,
    most.persons,
    most.persons / cast(change_limit.known_persons as double) as share,
    change_limit.most_share
from most
cross join {{ ref('link_change_limit') }} as change_limit
where most.place = 1
    and change_limit.is_passed
    and most.persons >= change_limit.least_persons
    and most.persons > change_limit.most_share * change_limit.known_persons
