-- A record that cannot be read is never a no: what it would have said of the release it hangs on is unknown
-- (definition: delivery_unreadable_event).
with
release as (
    select
        movement.release_id,
        movement.person_id,
        movement.offender_book_id,
        movement.release_date,
        movement.next_release_date,
        movement.release_id in (select probation.release_id from {{ ref('int_release_probation') }} as probation) as is_matched
    from {{ ref('int_release_movement') }} as movement
),

recall_reason as (
    select reference.id, recall_reason.is_recall, recall_reason.state_after
    from {{ ref('int_reference') }} as reference
    inner join {{ ref('recall_reason') }} as recall_reason
        on upper(recall_reason.code) = upper(reference.code)
    where reference.kind = 'RECALL_REASON'
),

-- Recalls of which the day is not known, and those that hang on a release of which the day is not known, or on none that is named.
recall as (
    select recall_id, release_id, offender_id, recall_reason_id, cast(null as date) as recall_date, _pointer
    from {{ ref('stg_ndelius__unreadable_recall') }}
    union all
    select
        recall.recall_id,
        recall.release_id,
        coalesce(recall.offender_id, lost_release.offender_id) as offender_id,
        recall.recall_reason_id,
        cast(recall.recall_date as date) as recall_date,
        recall._pointer
    from {{ ref('stg_ndelius__recall') }} as recall
    left join {{ ref('stg_ndelius__unreadable_release') }} as lost_release
        on lost_release.release_id = recall.release_id
    where recall.release_id is null or lost_release.release_id is not null
),

doubtful_recall as (
    select
        person_case.person_id,
        recall.release_id as delius_release_id,
        recall.recall_date,
        coalesce(recall_reason.is_recall, true) as is_recall,
        recall_reason.state_after is not null as is_move,
        recall._pointer
    from recall
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = recall.offender_id
    left join recall_reason
        on recall_reason.id = recall.recall_reason_id
),

lost_release as (
    select person_case.person_id, lost.release_id as delius_release_id, lost._pointer
    from {{ ref('stg_ndelius__unreadable_release') }} as lost
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = lost.offender_id
    left join {{ ref('int_reference') }} as reference
        on reference.kind = 'RELEASE_TYPE' and reference.id = lost.release_type_id
    left join {{ ref('delius_release_type') }} as release_type
        on upper(release_type.code) = upper(reference.code)
    where coalesce(release_type.is_release, true)
),

-- A release without its day hangs on those releases from prison that have no other; where all have one, on any of them.
hanging_release as (
    select release.release_id, release.release_date, lost_release.delius_release_id, lost_release._pointer
    from lost_release
    inner join release
        on release.person_id = lost_release.person_id
    left join (select distinct person_id from release where not is_matched) as with_gap
        on with_gap.person_id = lost_release.person_id
    where not release.is_matched or with_gap.person_id is null
),

hanging_recall as (
    select probation.release_id, recall.is_recall, recall.is_move, recall._pointer
    from doubtful_recall as recall
    inner join {{ ref('int_release_probation') }} as probation
        on probation.delius_release_id = recall.delius_release_id
    union all
    select hanging.release_id, recall.is_recall, recall.is_move, recall._pointer
    from doubtful_recall as recall
    inner join hanging_release as hanging
        on hanging.delius_release_id = recall.delius_release_id
        and (recall.recall_date is null or recall.recall_date >= hanging.release_date)
    union all
    select release.release_id, recall.is_recall, recall.is_move, recall._pointer
    from doubtful_recall as recall
    inner join release
        on release.person_id = recall.person_id
        and (
            recall.recall_date is null
            or (recall.recall_date >= release.release_date and recall.recall_date < coalesce(release.next_release_date, cast('9999-12-31' as date)))
        )
    where recall.delius_release_id is null
),

-- Of a movement without its day it is not known which release came before it. Courts, transfers and temporary absences move nobody
-- into or out of the community.
movement as (
    select
        booking.person_id,
        coalesce(upper(lost.movement_type), 'ADM') = 'ADM' and coalesce(reason.class, 'recall_admission') = 'recall_admission' as is_recall,
        lost._pointer
    from {{ ref('stg_nomis__unreadable_movement') }} as lost
    inner join {{ ref('int_booking') }} as booking
        on booking.offender_book_id = lost.offender_book_id
    left join (select distinct movement_type, upper(code) as code, class from {{ ref('movement_reason') }}) as reason
        on reason.movement_type = upper(lost.movement_type) and reason.code = upper(lost.movement_reason_code)
    where coalesce(upper(lost.movement_type), 'ADM') not in ('CRT', 'TAP', 'TRN')
),

key_date as (
    select lost.custody_id, lost._pointer
    from {{ ref('stg_ndelius__unreadable_key_date') }} as lost
    left join {{ ref('int_reference') }} as reference
        on reference.kind = 'KEY_DATE_TYPE' and reference.id = lost.key_date_type_id
    where coalesce(upper(reference.code), 'LED') in ('LED', 'PSSED')
),

found as (
    select release_id, is_recall as is_of_recall, is_move as is_of_place, false as is_of_prison_dates, false as is_of_probation_dates, _pointer
    from hanging_recall
    where is_recall or is_move
    union all
    select release_id, false, false, false, true, _pointer
    from hanging_release
    union all
    select release.release_id, movement.is_recall, true, false, false, movement._pointer
    from movement
    inner join release
        on release.person_id = movement.person_id
    union all
    select probation.release_id, false, false, false, true, key_date._pointer
    from key_date
    inner join {{ ref('int_release_probation') }} as probation
        on probation.custody_id = key_date.custody_id
    union all
    select release.release_id, false, false, true, false, calculation._pointer
    from {{ ref('stg_nomis__unreadable_calculation') }} as calculation
    inner join release
        on release.offender_book_id = calculation.offender_book_id
    union all
    select release_id, false, false, true, false, _pointer
    from {{ ref('int_release_calculation') }}
    where is_end_unreadable
)

select
    release_id,
    _pointer,
    max(case when is_of_recall then 1 else 0 end) = 1 as is_of_recall,
    max(case when is_of_place then 1 else 0 end) = 1 as is_of_place,
    max(case when is_of_prison_dates then 1 else 0 end) = 1 as is_of_prison_dates,
    max(case when is_of_probation_dates then 1 else 0 end) = 1 as is_of_probation_dates
from found
group by release_id, _pointer
