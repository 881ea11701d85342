with
handover as (
    select * from {{ ref('stg_other__handover') }}
),

booking as (
    select
        booking.offender_book_id,
        booking.booking_no,
        prisoner.prisoner
    from {{ ref('stg_nomis__offender_booking') }} as booking
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = coalesce(booking.offender_id, booking.root_offender_id)
),

-- The booking number alone is not enough: the NOMS number must be one of the prisoner's.
of_booking as (
    select
        booking.offender_book_id,
        handover.due_on,
        handover.done_on,
        handover._pointer,
        row_number() over (
            partition by booking.offender_book_id
            order by
                case when handover._recorded_at is null then 1 else 0 end, handover._recorded_at desc, handover._pointer desc
        ) as newest_first
    from handover
    inner join booking
        on {{ reference('booking.booking_no') }} = {{ reference('handover.booking_no') }}
    inner join {{ ref('link_record') }} as record
        on record.source = 'nomis' and record.source_key = booking.prisoner
    inner join {{ ref('link_identifier') }} as identifier
        on identifier.record_id = record.record_id
        and identifier.kind = 'noms'
        and identifier.delivered = {{ reference('handover.noms_no') }}
)

select
    offender_book_id,
    due_on,
    done_on,
    _pointer
from of_booking
where newest_first = 1
