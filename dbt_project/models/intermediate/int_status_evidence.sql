with
release_day as (
    select
        release.release_id,
        release.person_id,
        release.release_date,
        release.admission_date,
        cast(status_day.day as integer) as day,
        {{ add_days('release.release_date', 'status_day.day') }} as on_day
    from {{ ref('int_release') }} as release
    cross join {{ ref('status_day') }} as status_day
),

record as (
    select
        'accommodation' as domain, person_id, kind, record_key, start_date, end_date, created_datetime, last_updated_datetime,
        status, official_class, is_out_of_scope, unknown_reason, is_conflicting, _pointer
    from {{ ref('int_home_record') }}
    union all
    select
        'employment' as domain, person_id, 'circumstance' as kind, record_key, start_date, end_date, created_datetime,
        last_updated_datetime, status, official_class, false as is_out_of_scope, unknown_reason, false as is_conflicting, _pointer
    from {{ ref('int_work_record') }}
),

-- In force on the day: the latest start wins; ties go to the latest update, an address before a circumstance, the higher key (G7).
in_force as (
    select
        release_day.release_id,
        release_day.day,
        release_day.on_day,
        release_day.release_date,
        release_day.admission_date,
        record.domain,
        record.start_date,
        record.created_datetime,
        record.last_updated_datetime,
        record.status,
        record.official_class,
        record.is_out_of_scope,
        record.unknown_reason,
        record.is_conflicting,
        record._pointer,
        row_number() over (
            partition by release_day.release_id, release_day.day, record.domain
            order by
                record.start_date desc,
                case when record.last_updated_datetime is null then 1 else 0 end, record.last_updated_datetime desc,
                record.kind,
                {{ key_order('record.record_key') }} desc, record.record_key desc
        ) as record_rank
    from release_day
    inner join record
        on record.person_id = release_day.person_id
        and record.start_date <= release_day.on_day
        and (record.end_date is null or record.end_date >= release_day.on_day)
),

-- The test for a record from before custody comes after the choice and before the meaning of its type.
tested as (
    select
        release_id,
        domain,
        day,
        on_day,
        start_date,
        last_updated_datetime,
        status,
        official_class,
        is_out_of_scope,
        unknown_reason,
        is_conflicting,
        _pointer,
        coalesce(
            start_date < admission_date
            and not (
                coalesce(cast(created_datetime as date)
                    >= {{ add_days('release_date', '-pre_custody_days') }}, false)
                or coalesce(cast(last_updated_datetime as date)
                    >= {{ add_days('release_date', '-pre_custody_days') }}, false)
            ),
            false
        ) as is_from_before_custody
    from (
        select
            in_force.*,
            cast({{ threshold('pre_custody_days', 'in_force.release_date') }} as integer) as pre_custody_days
        from in_force
        where record_rank = 1
    ) as chosen
),

-- The prison's discharge address stands in on day 0 only, where nothing of nDelius is in force; NOMIS never overrides.
discharge as (
    select *
    from (
        select
            release_day.release_id,
            release_day.day,
            release_day.on_day,
            address.start_date,
            address.status,
            address.official_class,
            address.unknown_reason,
            address.is_conflicting,
            address._pointer,
            row_number() over (
                partition by release_day.release_id
                order by address.start_date desc, {{ key_order('address.address_id') }} desc, address.address_id desc
            ) as address_rank
        from release_day
        inner join {{ ref('int_discharge_address') }} as address
            on address.person_id = release_day.person_id
            and address.start_date <= release_day.on_day
            and (address.end_date is null or address.end_date >= release_day.on_day)
        where release_day.day = 0
            and not exists (
                select 1 from tested
                where tested.release_id = release_day.release_id and tested.day = 0 and tested.domain = 'accommodation'
            )
    ) as ranked
    where address_rank = 1
),

found as (
    select
        release_id, domain, day, on_day, start_date, last_updated_datetime, status, official_class,
        is_out_of_scope and not is_from_before_custody as is_out_of_scope,
        case when is_from_before_custody then 'pre_custody_record' else unknown_reason end as unknown_reason,
        is_conflicting, _pointer
    from tested
    union all
    select
        release_id, 'accommodation' as domain, day, on_day, start_date, cast(null as timestamp) as last_updated_datetime, status,
        official_class, false as is_out_of_scope, unknown_reason, is_conflicting, _pointer
    from discharge
),

-- Stale: long after both the start and the last update known by that day.
aged as (
    select
        found.*,
        {{ threshold('stale_days', 'found.on_day') }} as stale_days,
        case when cast(last_updated_datetime as date) <= on_day then cast(last_updated_datetime as date) end as confirmed_on
    from found
)

select
    release_id,
    domain,
    day,
    status,
    official_class,
    is_out_of_scope,
    unknown_reason,
    is_conflicting,
    start_date as evidence_date,
    {{ days_between('start_date', 'on_day') }} > stale_days
        and (confirmed_on is null or {{ days_between('confirmed_on', 'on_day') }} > stale_days) as is_stale,
    _pointer
from aged
