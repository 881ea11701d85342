with
movement as (
    select * from {{ ref('int_movement') }}
),

-- Where each movement leaves the person (definition: release_next_place).
placed as (
    select
        movement.*,
        departure.exclusion_reason,
        case
            when movement.direction = 'IN' then 'custody'
            when departure.exclusion_reason = 'died' then 'died'
            when departure.exclusion_reason in ('removal', 'immigration_detention') then 'removed'
            when departure.exclusion_reason in ('escape', 'hospital', 'not_a_release') then 'custody_other'
            when departure.movement_order is null or departure.exclusion_reason in ('rotl', 'transfer') then 'custody'
            else 'community'
        end as place,
        -- What ends an episode: a release, or any other exit to the community or abroad. Escape, a same-day recall, another
        -- sentence and a same-day duplicate do not.
        departure.movement_order is not null
            and coalesce(departure.exclusion_reason, 'release') in (
                'release', 'unsentenced', 'unclassified_reason', 'removal', 'immigration_detention', 'died'
            ) as ends_episode
    from movement
    left join {{ ref('int_departure') }} as departure
        on departure.person_id = movement.person_id and departure.movement_order = movement.movement_order
    -- A merge of two records moves nobody.
    where coalesce(departure.exclusion_reason, '') <> 'merge'
        -- A movement that goes nowhere says nothing (and is listed).
        and movement.direction is not null
),

-- The return from court or a temporary absence that a release has ended brings nobody back: only an admission does. It is listed.
-- Where nobody had left for court or on licence, an admission is missing: who is back is in custody.
numbered as (
    select
        *,
        coalesce(
            direction = 'IN'
            and movement_type in ('TAP', 'CRT')
            and lag(ends_episode) over (partition by person_id order by movement_order)
            and lag(direction, 2) over (partition by person_id order by movement_order) = 'OUT'
            and lag(movement_type, 2) over (partition by person_id order by movement_order) = movement_type,
            false
        ) as is_late_return,
        lag(place) over (partition by person_id order by movement_order) as place_before,
        coalesce(
            sum(case when ends_episode then 1 else 0 end) over (
                partition by person_id order by movement_order rows between unbounded preceding and 1 preceding
            ), 0
        ) as episode,
        lead(movement_date) over (partition by person_id order by movement_order) as next_date
    from placed
),

-- The admission that opened the episode (definition: release_episode).
opened as (
    select
        person_id,
        episode,
        movement_date as admission_date,
        is_recall_admission as is_opened_by_recall
    from (
        select
            *,
            row_number() over (partition by person_id, episode order by movement_order) as admission_rank
        from numbered
        where is_admission
    ) as admission
    where admission_rank = 1
)

select
    numbered.person_id,
    numbered.movement_order,
    numbered.movement_date as from_date,
    numbered.next_date,
    case when numbered.is_late_return then numbered.place_before else numbered.place end as place,
    numbered.is_late_return,
    numbered.episode,
    opened.admission_date,
    coalesce(opened.is_opened_by_recall, false) as is_opened_by_recall
from numbered
left join opened
    on opened.person_id = numbered.person_id and opened.episode = numbered.episode
