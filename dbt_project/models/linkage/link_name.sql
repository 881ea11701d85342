with
-- A prisoner's own name is that of the root row or of a booking; the other rows are aliases.
prison as (
    select
        'nomis' as source,
        prisoner.prisoner as source_key,
        offender.last_name as surname,
        offender.first_name,
        offender.offender_id = prisoner.prisoner or booked.offender_id is not null as is_own
    from {{ ref('stg_nomis__offender') }} as offender
    inner join {{ ref('link_prisoner') }} as prisoner
        on prisoner.offender_id = offender.offender_id
    left join (select distinct offender_id from {{ ref('stg_nomis__offender_booking') }}) as booked
        on booked.offender_id = offender.offender_id
),

probation as (
    select 'ndelius' as source, offender_id as source_key, surname, first_name, true as is_own
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, previous_surname as surname, first_name, true as is_own
    from {{ ref('stg_ndelius__offender') }}
    union all
    select 'ndelius' as source, offender_id as source_key, surname, first_name, false as is_own
    from {{ ref('stg_ndelius__alias') }}
),

provider as (
    select _source as source, person_ref as source_key, last_name as surname, first_name, true as is_own
    from {{ ref('stg_provider__person') }}
),

every_name as (
    select source, source_key, surname, first_name, is_own from prison
    union all
    select source, source_key, surname, first_name, is_own from probation
    union all
    select source, source_key, surname, first_name, is_own from provider
),

-- A title in front is no name.
untitled as (
    select
        record.record_id,
        record.source,
        every_name.is_own,
        every_name.surname,
        case
            when title.written is null then every_name.first_name
            else substr(trim(every_name.first_name), length(title.written) + 1)
        end as first_name
    from every_name
    inner join {{ ref('link_record') }} as record
        on record.source = every_name.source and record.source_key = every_name.source_key
    left join {{ ref('first_name_form') }} as title
        on title.name is null and title.written = {{ word_in_front('every_name.first_name') }}
),

-- Of a surname of two parts, such as a double-barrelled one, some write either. Providers have no column for middle names and write them
-- after the first.
written as (
    select record_id, is_own, surname, first_name from untitled
    union all
    select record_id, is_own, surname, {{ first_of_several('first_name') }} as first_name
    from untitled
    where source not in ('nomis', 'ndelius') and {{ has_parts('first_name') }}
),

in_parts as (
    select record_id, is_own, surname, first_name from written
    union all
    select record_id, is_own, {{ half_of('surname', 1) }} as surname, first_name
    from written
    where {{ has_parts('surname') }}
    union all
    select record_id, is_own, {{ half_of('surname', 2) }} as surname, first_name
    from written
    where {{ has_parts('surname') }}
),

-- Upper case, letters only (definition: person_agreement).
cleaned as (
    select
        record_id,
        is_own,
        {{ letters_only('surname') }} as surname,
        {{ letters_only('first_name') }} as first_name
    from in_parts
),

-- A short form also stands for the name itself.
in_full as (
    select record_id, is_own, surname, first_name from cleaned
    union all
    select cleaned.record_id, cleaned.is_own, cleaned.surname, form.name as first_name
    from cleaned
    inner join {{ ref('first_name_form') }} as form
        on form.written = cleaned.first_name and form.name is not null
)

select record_id, surname, first_name, max(is_own) as is_own
from in_full
where surname <> '' and first_name <> ''
group by record_id, surname, first_name
