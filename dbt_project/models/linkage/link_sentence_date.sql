with
every_sentence as (
    select
        'nomis' as source,
        prisoner.prisoner as source_key,
        sentence.start_date as sentence_date
    from {{ ref('stg_nomis__offender_sentence') }} as sentence
    inner join {{ ref('stg_nomis__offender_booking') }} as booking
        on booking.offender_book_id = sentence.offender_book_id
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = coalesce(booking.offender_id, booking.root_offender_id)
    union all
    select 'ndelius' as source, offender_id as source_key, disposal_date as sentence_date
    from {{ ref('stg_ndelius__disposal') }}
)

select distinct record.record_id, every_sentence.sentence_date
from every_sentence
inner join {{ ref('link_record') }} as record
    on record.source = every_sentence.source and record.source_key = every_sentence.source_key
where every_sentence.sentence_date is not null
