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

{{ work_record('delivered', ['_pointer']) }}
