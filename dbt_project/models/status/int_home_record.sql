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

{{ home_record('delivered_address', 'delivered_circumstance', ['_pointer']) }}
