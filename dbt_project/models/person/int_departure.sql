with
movement as (
    select * from {{ ref('int_movement') }}
),

-- Every OUT movement that could be taken for a release; court movements are not listed (definition: release_excluded).
departure as (
    select * from movement
    where direction = 'OUT' and (movement_type in ('REL', 'TAP', 'TRN') or movement_type is null)
),

admission_after as (
    select
        departure.person_id,
        departure.movement_order,
        max(case when admission.is_recall_admission then 1 else 0 end) = 1 as has_recall_later_that_day,
        max(case when not admission.is_recall_admission then 1 else 0 end) = 1 as has_admission_later_that_day
    from departure
    inner join movement as admission
        on admission.person_id = departure.person_id
        and admission.is_admission
        and admission.movement_date = departure.movement_date
        and admission.movement_order > departure.movement_order
    group by departure.person_id, departure.movement_order
),

-- The first that applies (definition: release_excluded, release_unclassified).
reasoned as (
    select
        departure.*,
        case
            when departure.class = 'rotl' then 'rotl'
            when departure.class = 'transfer' then 'transfer'
            when departure.class = 'died' then 'died'
            when departure.class = 'escape' then 'escape'
            when departure.class = 'hospital' or departure.to_agency_type in ('HOSPITAL', 'HSHOSP') then 'hospital'
            when departure.class = 'removal' then 'removal'
            when departure.to_agency_type = 'IMDC' then 'immigration_detention'
            when departure.class = 'merge' then 'merge'
            when departure.class = 'unsentenced' then 'unsentenced'
            when departure.class = 'not_a_release' then 'not_a_release'
            when departure.class is null or departure.class <> 'release' then 'unclassified_reason'
            when admission_after.has_recall_later_that_day then 'same_day_recall'
            when admission_after.has_admission_later_that_day then 'another_sentence'
        end as first_reason
    from departure
    left join admission_after
        on admission_after.person_id = departure.person_id and admission_after.movement_order = departure.movement_order
),

-- Of what is left, the last of the day is the release (definition: release_unit).
duplicate as (
    select person_id, movement_order
    from (
        select
            person_id,
            movement_order,
            row_number() over (
                partition by person_id, movement_date
                order by
                    movement_at desc, movement_seq desc,
                    {{ key_order('offender_book_id') }} desc, offender_book_id desc
            ) as rank_of_day
        from reasoned
        where first_reason is null
    ) as ranked
    where rank_of_day > 1
)

select
    reasoned.person_id,
    reasoned.booking_token,
    reasoned.offender_book_id,
    reasoned.movement_seq,
    reasoned.movement_order,
    reasoned.movement_date,
    reasoned.movement_at,
    reasoned.reason_code,
    reasoned.from_agency,
    case
        when reasoned.first_reason is not null then reasoned.first_reason
        when duplicate.movement_order is not null then 'same_day_duplicate'
    end as exclusion_reason,
    reasoned._pointer
from reasoned
left join duplicate
    on duplicate.person_id = reasoned.person_id and duplicate.movement_order = reasoned.movement_order
