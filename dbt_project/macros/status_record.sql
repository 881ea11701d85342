{#- What addresses and circumstances of probation say of a home, record by record; `columns`: what else goes along (definition:
    status_accommodation). To be put after CTEs of its own. -#}
{% macro home_record(addresses, circumstances, columns) -%}
address as (
    select
        person_case.person_id,
        'address' as kind,
        address.offender_address_id as record_key,
        address.start_date,
        address.end_date,
        address.created_datetime,
        address.last_updated_datetime,
        case when address.address_status_id is not null then upper(address_type.code) end as type_code,
        address.is_no_fixed_abode and address.address_status_id is not null as is_no_fixed_abode,
        address.is_unreadable,
        {%- for column in columns %}
        address.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ addresses }} as address
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = address.offender_id
    left join {{ ref('int_reference') }} as address_state
        on address_state.kind = 'ADDRESS_STATUS' and address_state.id = address.address_status_id
    left join {{ ref('address_status') }} as address_status
        on address_status.code = upper(address_state.code)
    left join {{ ref('int_reference') }} as address_type
        on address_type.kind = 'ADDRESS_TYPE' and address_type.id = address.address_type_id
    -- A previous address was the main one between its two dates; proposed, rejected, bail, postal, ROTL and secondary never count
    -- (definition: status_accommodation). Nobody knows whether one without a status was the main one (definition: status_unknown).
    where address.address_status_id is null
        or address_status.counts_as_home = 'main'
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
        case when circumstance.circumstance_type_id is not null then upper(sub_type.code) end as type_code,
        false as is_no_fixed_abode,
        circumstance.is_unreadable,
        {%- for column in columns %}
        circumstance.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ circumstances }} as circumstance
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = circumstance.offender_id
    left join {{ ref('int_reference') }} as circumstance_type
        on circumstance_type.kind = 'CIRCUMSTANCE_TYPE' and circumstance_type.id = circumstance.circumstance_type_id
    left join {{ ref('int_reference') }} as sub_type
        on sub_type.kind = 'CIRCUMSTANCE_SUB_TYPE' and sub_type.id = circumstance.circumstance_sub_type_id
    where upper(circumstance_type.code) = 'A' or circumstance.circumstance_type_id is null
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
    {{ columns | join(', ') }}
from typed
{%- endmacro %}

{#- The same of work (definition: status_employment). -#}
{% macro work_record(circumstances, columns) -%}
circumstance as (
    select
        person_case.person_id,
        circumstance.personal_circumstance_id as record_key,
        circumstance.start_date,
        circumstance.end_date,
        circumstance.created_datetime,
        circumstance.last_updated_datetime,
        case when circumstance.circumstance_type_id is not null then upper(sub_type.code) end as type_code,
        case when circumstance.circumstance_type_id is not null then lower(replace(sub_type.description, ' ', '')) end as match_description,
        circumstance.is_unreadable,
        {%- for column in columns %}
        circumstance.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ circumstances }} as circumstance
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.offender_id = circumstance.offender_id
    left join {{ ref('int_reference') }} as circumstance_type
        on circumstance_type.kind = 'CIRCUMSTANCE_TYPE' and circumstance_type.id = circumstance.circumstance_type_id
    left join {{ ref('int_reference') }} as sub_type
        on sub_type.kind = 'CIRCUMSTANCE_SUB_TYPE' and sub_type.id = circumstance.circumstance_sub_type_id
    where (upper(circumstance_type.code) = 'B' or circumstance.circumstance_type_id is null)
        and (circumstance.start_date is not null or circumstance.is_unreadable)
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
    {%- for column in columns %}
    circumstance.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from circumstance
left join {{ ref('employment_status') }} as by_description
    on by_description.match_description = circumstance.match_description
left join by_code
    on by_code.code = circumstance.type_code
{%- endmacro %}
