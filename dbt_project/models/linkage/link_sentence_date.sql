select
    'nomis' as source,
    coalesce(offender.root_offender_id, booking.root_offender_id, booking.offender_id) as source_key,
    sentence.start_date as sentence_date
from {{ ref('stg_nomis__offender_sentence') }} as sentence
inner join {{ ref('stg_nomis__offender_booking') }} as booking
    on booking.offender_book_id = sentence.offender_book_id
left join {{ ref('stg_nomis__offender') }} as offender
    on offender.offender_id = booking.offender_id
where sentence.start_date is not null
union
select 'ndelius' as source, offender_id as source_key, disposal_date as sentence_date
from {{ ref('stg_ndelius__disposal') }}
where disposal_date is not null
