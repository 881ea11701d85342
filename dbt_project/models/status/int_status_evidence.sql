with
-- Numbers stand for keys of text and of several columns while the days are worked out: the largest step groups by them. The limits
-- depend on the day alone.
release as (
    select
        release_id,
        person_id,
        release_date,
        admission_date,
        row_number() over (order by release_id) as release_number
    from {{ ref('int_release') }}
),

release_date as (
    select release_date, cast({{ threshold('pre_custody_days', 'release_date') }} as integer) as pre_custody_days
    from (select distinct release_date from release) as dated
),

status_day as (
    select
        row_number() over (order by release_date, day) as status_day_number,
        release_date,
        day,
        on_day,
        {{ add_days('release_date', '-pre_custody_days') }} as confirmed_from,
        {{ threshold('stale_days', 'on_day') }} as stale_days
    from (
        select
            release_date.release_date,
            release_date.pre_custody_days,
            cast(status_day.day as integer) as day,
            {{ add_days('release_date.release_date', 'status_day.day') }} as on_day
        from release_date
        cross join {{ ref('status_day') }} as status_day
    ) as dated
),

record as (
    select
        true as is_home, person_id, kind, record_key, start_date, end_date, created_datetime, last_updated_datetime,
        status, official_class, is_out_of_scope, unknown_reason, is_conflicting, _pointer
    from {{ ref('int_home_record') }}
    union all
    select
        false as is_home, person_id, 'circumstance' as kind, record_key, start_date, end_date, created_datetime,
        last_updated_datetime, status, official_class, false as is_out_of_scope, unknown_reason, false as is_conflicting, _pointer
    from {{ ref('int_work_record') }}
),

-- Of two in force the higher wins: the latest start; ties go to the latest update, an address before a circumstance, the
-- higher key (definition: status_accommodation).
ordered_record as (
    select
        record.*,
        -- One whose start cannot be read may have been in force from any day, and be the latest of all.
        coalesce(start_date, cast('0001-01-01' as date)) as from_date,
        row_number() over (
            order by
                case when start_date is null then 1 else 0 end, start_date,
                case when last_updated_datetime is null then 0 else 1 end, last_updated_datetime,
                kind desc,
                {{ key_order('record_key') }}, record_key
        ) as record_order
    from record
),

in_force as (
    select
        release.release_number,
        status_day.status_day_number,
        record.is_home,
        max(record.record_order) as record_order
    from release
    inner join ordered_record as record
        on record.person_id = release.person_id
        and (record.end_date is null or record.end_date >= release.release_date)
    inner join status_day
        on status_day.release_date = release.release_date
        and status_day.on_day >= record.from_date
        and (record.end_date is null or record.end_date >= status_day.on_day)
    group by release.release_number, status_day.status_day_number, record.is_home
),

-- The test for a record from before custody comes after the choice and before the meaning of its type (definition: status_pre_custody).
tested as (
    select
        release.release_id,
        record.is_home,
        status_day.day,
        status_day.on_day,
        status_day.stale_days,
        record.start_date,
        record.last_updated_datetime,
        record.status,
        record.official_class,
        record.is_out_of_scope,
        record.unknown_reason,
        record.is_conflicting,
        record._pointer,
        coalesce(
            record.start_date < release.admission_date
            and not (
                coalesce(cast(record.created_datetime as date) >= status_day.confirmed_from, false)
                or coalesce(cast(record.last_updated_datetime as date) >= status_day.confirmed_from, false)
            ),
            false
        ) as is_from_before_custody
    from in_force
    inner join release
        on release.release_number = in_force.release_number
    inner join ordered_record as record
        on record.record_order = in_force.record_order
    inner join status_day
        on status_day.status_day_number = in_force.status_day_number
),

-- The prison's discharge address stands in on day 0 only, where nothing of nDelius is in force; NOMIS never overrides
-- (definition: status_discharge_address).
discharge as (
    select *
    from (
        select
            release.release_id,
            status_day.day,
            status_day.on_day,
            status_day.stale_days,
            address.start_date,
            address.status,
            address.official_class,
            address.unknown_reason,
            address.is_conflicting,
            address._pointer,
            row_number() over (
                partition by release.release_number
                order by
                    case when address.start_date is null then 0 else 1 end, address.start_date desc,
                    {{ key_order('address.address_id') }} desc, address.address_id desc
            ) as address_rank
        from release
        inner join status_day
            on status_day.release_date = release.release_date and status_day.day = 0
        inner join {{ ref('int_discharge_address') }} as address
            on address.person_id = release.person_id
            and (address.start_date is null or address.start_date <= status_day.on_day)
            and (address.end_date is null or address.end_date >= status_day.on_day)
        where not exists (
                select 1 from in_force
                where in_force.release_number = release.release_number
                    and in_force.status_day_number = status_day.status_day_number
                    and in_force.is_home
            )
    ) as ranked
    where address_rank = 1
),

found as (
    select
        release_id, is_home, day, on_day, stale_days, start_date, last_updated_datetime, status, official_class,
        is_out_of_scope and not is_from_before_custody as is_out_of_scope,
        case when is_from_before_custody then 'pre_custody_record' else unknown_reason end as unknown_reason,
        is_conflicting, _pointer
    from tested
    union all
    select
        release_id, true as is_home, day, on_day, stale_days, start_date, cast(null as timestamp) as last_updated_datetime,
        status, official_class, false as is_out_of_scope, unknown_reason, is_conflicting, _pointer
    from discharge
),

-- Stale: long after both the start and the last update known by that day (definition: status_stale).
aged as (
    select
        found.*,
        case when cast(last_updated_datetime as date) <= on_day then cast(last_updated_datetime as date) end as confirmed_on
    from found
)

select
    release_id,
    case when is_home then 'accommodation' else 'employment' end as domain,
    day,
    status,
    official_class,
    is_out_of_scope,
    unknown_reason,
    is_conflicting,
    start_date as evidence_date,
    coalesce(
        {{ days_between('start_date', 'on_day') }} > stale_days
        and (confirmed_on is null or {{ days_between('confirmed_on', 'on_day') }} > stale_days),
        false
    ) as is_stale,
    _pointer
from aged
