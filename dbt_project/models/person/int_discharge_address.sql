-- Of several usages the first by code (definition: status_discharge_usage). What an address says of which a day cannot be read is unknown
-- (definition: delivery_unreadable_event).
with
address as (
    select address_id, root_offender_id, start_date, end_date, is_no_fixed_abode, false as is_unreadable, _pointer
    from {{ ref('stg_nomis__address') }}
    union all
    select address_id, root_offender_id, start_date, end_date, false as is_no_fixed_abode, true as is_unreadable, _pointer
    from {{ ref('stg_nomis__unreadable_address') }}
),

usage as (
    select address_id, usage_code, status, official_class, unknown_reason
    from (
        select
            address_usage.address_id,
            discharge_usage.code as usage_code,
            discharge_usage.status,
            discharge_usage.official_class,
            discharge_usage.unknown_reason,
            row_number() over (partition by address_usage.address_id order by discharge_usage.code) as usage_rank
        from {{ ref('stg_nomis__address_usage') }} as address_usage
        inner join {{ ref('discharge_usage') }} as discharge_usage
            on discharge_usage.code = address_usage.address_usage
        where address_usage.active_flag = 'Y'
    ) as ranked
    where usage_rank = 1
)

select
    person_link.person_id,
    address.address_id,
    address.start_date,
    address.end_date,
    case when address.is_no_fixed_abode and usage.unknown_reason is not null then 'Homeless' else usage.status end as status,
    case when address.is_no_fixed_abode and usage.unknown_reason is not null
        then 'homeless_other' else usage.official_class end as official_class,
    case
        when address.is_unreadable then 'unreadable_record'
        when not address.is_no_fixed_abode then usage.unknown_reason
    end as unknown_reason,
    coalesce(address.is_no_fixed_abode and usage.official_class in ('settled', 'temporary'), false) as is_conflicting,
    address._pointer
from address
inner join usage
    on usage.address_id = address.address_id
inner join {{ ref('link_prisoner') }} as prisoner
    on prisoner.offender_id = address.root_offender_id
inner join {{ ref('person_link') }} as person_link
    on person_link.source = 'nomis' and person_link.source_key = prisoner.prisoner
where address.start_date is not null or address.is_unreadable
