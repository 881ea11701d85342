{%- set confirmed_from = add_days('due.planned_date', '-due.pre_custody_days') -%}
{#- No fixed abode stands in for a type that is empty or means unknown, as on the home record. -#}
{%- set stands_in = 'address.is_no_fixed_abode and (accommodation_type.code is null or accommodation_type.unknown_reason is not null)' %}
with
due as (
    select
        booking_id,
        person_id,
        planned_date,
        admission_date,
        is_linked,
        has_homes,
        cast({{ threshold('pre_custody_days', 'planned_date') }} as integer) as pre_custody_days
    from {{ ref('int_due_release') }}
),

-- A home from before custody, proposed or on record, must be confirmed, as on the day of release itself
-- (definition: due_home). A place that is no home in
-- the community (custody, hospital) says nothing of where the person will go.
proposed as (
    select
        due.booking_id,
        'proposed' as home_source,
        address.start_date,
        address.last_updated_datetime,
        address.offender_address_id as record_key,
        case when {{ stands_in }} then 'Homeless' else accommodation_type.status end as status,
        case when {{ stands_in }} then 'homeless_other' else accommodation_type.official_class end as official_class,
        -- One without a start is as old as its record.
        coalesce(
            coalesce(address.start_date, cast(address.created_datetime as date), cast(address.last_updated_datetime as date))
            >= due.admission_date, true
        )
            or coalesce(cast(address.created_datetime as date) >= {{ confirmed_from }}, false)
            or coalesce(cast(address.last_updated_datetime as date) >= {{ confirmed_from }}, false) as is_confirmed,
        cast(null as {{ dbt.type_string() }}) as unknown_reason,
        address._pointer
    from due
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = due.person_id
    inner join {{ ref('stg_ndelius__offender_address') }} as address
        on address.offender_id = person_case.offender_id
        and (address.start_date is null or address.start_date <= due.planned_date)
        and (address.end_date is null or address.end_date >= due.planned_date)
    inner join {{ ref('int_reference') }} as address_state
        on address_state.kind = 'ADDRESS_STATUS' and address_state.id = address.address_status_id
    inner join {{ ref('address_status') }} as address_status
        on address_status.code = upper(address_state.code) and address_status.is_proposed
    left join {{ ref('int_reference') }} as address_type
        on address_type.kind = 'ADDRESS_TYPE' and address_type.id = address.address_type_id
    left join {{ ref('accommodation_type') }} as accommodation_type
        on accommodation_type.code = upper(address_type.code)
    where not coalesce(accommodation_type.is_out_of_scope, false)
),

-- The home on record, if it stands on the planned day.
main as (
    select
        due.booking_id,
        'main' as home_source,
        record.start_date,
        record.last_updated_datetime,
        record.record_key,
        record.status,
        record.official_class,
        coalesce(record.start_date >= due.admission_date, true)
            or coalesce(cast(record.created_datetime as date) >= {{ confirmed_from }}, false)
            or coalesce(cast(record.last_updated_datetime as date) >= {{ confirmed_from }}, false) as is_confirmed,
        record.unknown_reason,
        record._pointer
    from due
    inner join {{ ref('int_home_record') }} as record
        on record.person_id = due.person_id
        and (record.start_date is null or record.start_date <= due.planned_date)
        and (record.end_date is null or record.end_date >= due.planned_date)
        and not record.is_out_of_scope
),

discharge as (
    select
        due.booking_id,
        'prison' as home_source,
        address.start_date,
        cast(null as timestamp) as last_updated_datetime,
        address.address_id as record_key,
        address.status,
        address.official_class,
        true as is_confirmed,
        address.unknown_reason,
        address._pointer
    from due
    inner join {{ ref('int_discharge_address') }} as address
        on address.person_id = due.person_id
        and (address.start_date is null or address.start_date <= due.planned_date)
        and (address.end_date is null or address.end_date >= due.planned_date)
),

-- A proposal of which a day cannot be read may be the one that counts: its kind is unknown (definition: delivery_unreadable_event).
proposed_unreadable as (
    select
        due.booking_id,
        'proposed' as home_source,
        address.start_date,
        address.last_updated_datetime,
        address.offender_address_id as record_key,
        'Unknown or unclear' as status,
        'unknown' as official_class,
        true as is_confirmed,
        'unreadable_record' as unknown_reason,
        address._pointer
    from due
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = due.person_id
    inner join {{ ref('stg_ndelius__unreadable_address') }} as address
        on address.offender_id = person_case.offender_id
        and (address.start_date is null or address.start_date <= due.planned_date)
        and (address.end_date is null or address.end_date >= due.planned_date)
    inner join {{ ref('int_reference') }} as address_state
        on address_state.kind = 'ADDRESS_STATUS' and address_state.id = address.address_status_id
    inner join {{ ref('address_status') }} as address_status
        on address_status.code = upper(address_state.code) and address_status.is_proposed
),

record as (
    select * from proposed
    union all
    select * from proposed_unreadable
    union all
    select * from main
    union all
    select * from discharge
),

chosen as (
    select
        record.*,
        row_number() over (
            partition by record.booking_id
            order by
                case
                    when record.home_source = 'proposed' and record.is_confirmed then 1
                    when record.home_source = 'main' and record.is_confirmed then 2
                    when record.home_source = 'prison' then 3
                    when record.home_source = 'main' then 4
                    else 5
                end,
                case
                    when record.start_date is not null then 1
                    when record.unknown_reason = 'unreadable_record' then 0
                    else 2
                end, record.start_date desc,
                case when record.last_updated_datetime is null then 1 else 0 end, record.last_updated_datetime desc,
                {{ key_order('record.record_key') }} desc, record.record_key desc
        ) as best_first
    from record
)

select
    due.booking_id,
    case
        when chosen.booking_id is null and not due.has_homes then 'unknown'
        when chosen.booking_id is null and not due.is_linked then 'unknown'
        when chosen.booking_id is null then 'none'
        when chosen.unknown_reason = 'unreadable_record' then 'unknown'
        when not chosen.is_confirmed then 'unconfirmed'
        when chosen.official_class in ('settled', 'temporary') then chosen.official_class
        when chosen.official_class in ('homeless_rough', 'homeless_other') then 'homeless'
        else 'unknown'
    end as home_state,
    case
        when chosen.booking_id is null and not due.has_homes then 'table_missing'
        when chosen.booking_id is null and not due.is_linked then 'not_linked'
        when chosen.booking_id is null then 'no_record'
        when chosen.unknown_reason = 'unreadable_record' then 'unreadable_record'
        when not chosen.is_confirmed then 'pre_custody_record'
        when coalesce(chosen.official_class, 'unknown') = 'unknown' then 'unknown_kind'
    end as home_reason,
    chosen.home_source,
    case when chosen.is_confirmed then chosen.status end as home_status,
    chosen._pointer
from due
left join chosen
    on chosen.booking_id = due.booking_id and chosen.best_first = 1
