with
release as (
    select * from {{ ref('int_release') }}
),

-- Of several revocations the earliest valid one wins; one before the release is as if absent (definition: recall_date).
revocation as (
    select
        release_id,
        min(case when is_valid then revoked_on end) as revoked_on
    from {{ ref('evt_revocation') }}
    group by release_id
),

-- Admissions between this release and the person's next; the one of a same-day recall belongs to the exit that was none.
admission as (
    select
        release.release_id,
        movement.movement_order,
        movement.movement_date,
        movement.offender_book_id,
        movement.is_recall_admission,
        movement._pointer
    from release
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = release.person_id
        and movement.is_admission
        and movement.movement_order > release.movement_order
        and (release.next_release_order is null or movement.movement_order < release.next_release_order)
    where not (
        movement.is_recall_admission
        and exists (
            select 1 from {{ ref('int_departure') }} as departure
            where departure.person_id = release.person_id
                and departure.exclusion_reason = 'same_day_recall'
                and departure.movement_date = movement.movement_date
                and departure.movement_order < movement.movement_order
        )
    )
),

return_admission as (
    select release_id, movement_date, offender_book_id, is_recall_admission, _pointer
    from (
        select
            admission.*,
            row_number() over (partition by admission.release_id order by admission.movement_order) as return_rank
        from admission
        left join revocation
            on revocation.release_id = admission.release_id
        -- Any admission on or after the revocation, or a recall-coded one at any time after the release (definition: recall_return).
        where admission.is_recall_admission
            or admission.movement_date >= revocation.revoked_on
    ) as ranked
    where return_rank = 1
),

dated as (
    select
        release.release_id,
        release.person_id,
        release.release_date,
        release.next_release_date,
        -- Who is recalled had a licence, where its end cannot be read (definition: delivery_unreadable_event).
        coalesce(release.is_on_licence, release.is_licence_unreadable, false) as is_on_licence,
        release.licence_end_date,
        revocation.revoked_on,
        coalesce(revocation.revoked_on, return_admission.movement_date) as recall_date,
        return_admission.movement_date as returned_date,
        return_admission.offender_book_id as return_book_id,
        return_admission._pointer as return_pointer
    from release
    left join revocation
        on revocation.release_id = release.release_id
    left join return_admission
        on return_admission.release_id = release.release_id
    where coalesce(revocation.revoked_on, return_admission.movement_date) is not null
)

select
    release_id,
    person_id,
    release_date,
    next_release_date,
    recall_date,
    returned_date,
    return_book_id,
    return_pointer,
    revoked_on is not null as is_dated_by_revocation,
    -- Only a release on licence can be recalled, and only while the licence runs (definition: recall_definition).
    is_on_licence and (licence_end_date is null or recall_date <= licence_end_date) as is_recall,
    is_on_licence and coalesce(recall_date > licence_end_date, false) as is_after_licence_end
from dated
