-- As for homes, a record of which a day cannot be read leaves unknown the days it does not rule out (definition: delivery_unreadable_event).
with
delivered as (
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

circumstance as (
    select
        person_case.person_id,
        circumstance.personal_circumstance_id as record_key,
        circumstance.start_date,
        circumstance.end_date,
        circumstance.created_datetime,
        circumstance.last_updated_datetime,
        upper(sub_type.code) as type_code,
        lower(replace(sub_type.description, ' ', '')) as match_description,
        circumstance.is_unreadable,
        circumstance._pointer
    from delivered as circumstance
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = circumstance.offender_id
    inner join {{ ref('int_reference') }} as circumstance_type
        on circumstance_type.kind = 'CIRCUMSTANCE_TYPE' and circumstance_type.id = circumstance.circumstance_type_id
    left join {{ ref('int_reference') }} as sub_type
        on sub_type.kind = 'CIRCUMSTANCE_SUB_TYPE' and sub_type.id = circumstance.circumstance_sub_type_id
    where upper(circumstance_type.code) = 'B' and (circumstance.start_date is not null or circumstance.is_unreadable)
),

by_code as (
    select upper(code) as code, max(status) as status, max(official_class) as official_class, max(unknown_reason) as unknown_reason
    from {{ ref('employment_status') }}
    where code is not null
    group by upper(code)
)

-- Description first, case and spaces ignored, then code (definition: status_employment).
select
    circumstance.person_id,
    circumstance.record_key,
    circumstance.start_date,
    circumstance.end_date,
    circumstance.created_datetime,
    circumstance.last_updated_datetime,
    coalesce(by_description.status, by_code.status) as status,
    coalesce(by_description.official_class, by_code.official_class) as official_class,
    case
        when circumstance.is_unreadable then 'unreadable_record'
        when by_description.match_description is not null then by_description.unknown_reason
        when by_code.code is not null then by_code.unknown_reason
        else 'unknown_code'
    end as unknown_reason,
    circumstance._pointer
from circumstance
left join {{ ref('employment_status') }} as by_description
    on by_description.match_description = circumstance.match_description
left join by_code
    on by_code.code = circumstance.type_code
