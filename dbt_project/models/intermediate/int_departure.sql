with
movement as (
    select * from {{ ref('int_movement') }}
),

-- Every OUT movement that could be taken for a release; court movements are not listed (decisions: Releases, G2).
departure as (
    select * from movement
    where direction = 'OUT' and movement_type in ('REL', 'TAP', 'TRN')
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

-- Of what is left, the last of the day is the release (G1).
ranked as (
    select
        *,
        row_number() over (
            partition by person_id, movement_date, first_reason
            order by
                movement_at desc, movement_seq desc,
                {{ key_order('offender_book_id') }} desc, offender_book_id desc
        ) as rank_of_day
    from reasoned
)

select
    person_id,
    booking_token,
    offender_book_id,
    movement_seq,
    movement_order,
    movement_date,
    movement_at,
    reason_code,
    from_agency,
    case
        when first_reason is not null then first_reason
        when rank_of_day > 1 then 'same_day_duplicate'
    end as exclusion_reason,
    _pointer
from ranked
