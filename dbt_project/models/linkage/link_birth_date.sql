with
every_birth_date as (
    -- A prisoner's own birth date is that of the root row or of a booking.
    select
        'nomis' as source,
        prisoner.prisoner as source_key,
        offender.birth_date,
        offender.offender_id = prisoner.prisoner or booked.offender_id is not null as is_own
    from {{ ref('stg_nomis__offender') }} as offender
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = offender.offender_id
    left join (select distinct offender_id from {{ ref('stg_nomis__offender_booking') }}) as booked
        on booked.offender_id = offender.offender_id
    union all
    select 'ndelius' as source, offender_id as source_key, date_of_birth_date as birth_date, true as is_own
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, date_of_birth_date as birth_date, false as is_own
    from {{ ref('stg_ndelius__alias') }}
    union all
    select _source as source, person_ref as source_key, birth_date, true as is_own
    from {{ ref('stg_provider__person') }}
)

-- Placeholders are no evidence (definition: person_agreement).
select record.record_id, every_birth_date.birth_date, max(every_birth_date.is_own) as is_own
from every_birth_date
inner join {{ ref('link_record') }} as record
    on record.source = every_birth_date.source and record.source_key = every_birth_date.source_key
left join {{ ref('placeholder_date') }} as placeholder
    on placeholder.placeholder_date = every_birth_date.birth_date
where every_birth_date.birth_date is not null and placeholder.placeholder_date is null
group by record.record_id, every_birth_date.birth_date
