-- A record of which a day cannot be read may have been in force on any day that it does not rule out: what it says is unknown then
-- (definition: delivery_unreadable_event).
with
delivered_address as (
    select
        offender_address_id, offender_id, address_status_id, address_type_id, start_date, end_date, created_datetime, last_updated_datetime,
        is_no_fixed_abode, false as is_unreadable, _pointer
    from {{ ref('stg_ndelius__offender_address') }}
    union all
    select
        offender_address_id, offender_id, address_status_id, null as address_type_id, start_date, end_date, created_datetime,
        last_updated_datetime, false as is_no_fixed_abode, true as is_unreadable, _pointer
    from {{ ref('stg_ndelius__unreadable_address') }}
),

delivered_circumstance as (
    select
        personal_circumstance_id, offender_id, circumstance_type_id, circumstance_sub_type_id, start_date, end_date, created_datetime,
        last_updated_datetime, false as is_unreadable, _pointer
    from {{ ref('stg_ndelius__personal_circumstance') }}
    union all
    select
        personal_circumstance_id, offender_id, circumstance_type_id, null as circumstance_sub_type_id, start_date, end_date,
        created_datetime, last_updated_datetime, true as is_unreadable, _pointer
    from {{ ref('stg_ndelius__unreadable_circumstance') }}
),

address as (
    select
        person_case.person_id,
        'address' as kind,
        address.offender_address_id as record_key,
        address.start_date,
        address.end_date,
        address.created_datetime,
        address.last_updated_datetime,
        upper(address_type.code) as type_code,
        address.is_no_fixed_abode,
        address.is_unreadable,
        address._pointer
    from delivered_address as address
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = address.offender_id
    inner join {{ ref('int_reference') }} as address_state
        on address_state.kind = 'ADDRESS_STATUS' and address_state.id = address.address_status_id
    inner join {{ ref('address_status') }} as address_status
        on address_status.code = upper(address_state.code)
    left join {{ ref('int_reference') }} as address_type
        on address_type.kind = 'ADDRESS_TYPE' and address_type.id = address.address_type_id
    -- A previous address was the main one between its two dates; proposed, rejected, bail, postal, ROTL and secondary never count
    -- (definition: status_accommodation).
    where address_status.counts_as_home = 'main'
        or (
            address_status.counts_as_home = 'previous'
            and (address.is_unreadable or (address.start_date is not null and address.end_date is not null))
        )
),

circumstance as (
    select
        person_case.person_id,
        'circumstance' as kind,
        circumstance.personal_circumstance_id as record_key,
        circumstance.start_date,
        circumstance.end_date,
        circumstance.created_datetime,
        circumstance.last_updated_datetime,
        upper(sub_type.code) as type_code,
        false as is_no_fixed_abode,
        circumstance.is_unreadable,
        circumstance._pointer
    from delivered_circumstance as circumstance
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = circumstance.offender_id
    inner join {{ ref('int_reference') }} as circumstance_type
        on circumstance_type.kind = 'CIRCUMSTANCE_TYPE' and circumstance_type.id = circumstance.circumstance_type_id
    left join {{ ref('int_reference') }} as sub_type
        on sub_type.kind = 'CIRCUMSTANCE_SUB_TYPE' and sub_type.id = circumstance.circumstance_sub_type_id
    where upper(circumstance_type.code) = 'A'
),

record as (
    select * from address
    union all
    select * from circumstance
),

typed as (
    select
        record.*,
        accommodation_type.status,
        accommodation_type.official_class,
        not record.is_unreadable and coalesce(accommodation_type.is_out_of_scope, false) as is_out_of_scope,
        case
            when record.is_unreadable then 'unreadable_record'
            when accommodation_type.code is null then 'unknown_code'
            else accommodation_type.unknown_reason
        end as unknown_reason
    from record
    left join {{ ref('accommodation_type') }} as accommodation_type
        on accommodation_type.code = record.type_code
    where record.start_date is not null or record.is_unreadable
)

-- No fixed abode stands in for a type that is empty or means unknown; beside a housed type the type wins (and it is listed)
-- (definition: status_no_fixed_abode).
select
    person_id,
    kind,
    record_key,
    start_date,
    end_date,
    created_datetime,
    last_updated_datetime,
    case when is_no_fixed_abode and unknown_reason is not null then 'Homeless' else status end as status,
    case when is_no_fixed_abode and unknown_reason is not null then 'homeless_other' else official_class end as official_class,
    is_out_of_scope,
    case when not is_no_fixed_abode then unknown_reason end as unknown_reason,
    coalesce(is_no_fixed_abode and official_class in ('settled', 'temporary'), false) as is_conflicting,
    _pointer
from typed
