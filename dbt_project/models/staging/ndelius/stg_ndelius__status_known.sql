with
address as (
    {{ known_rows('ndelius__offender_address', 'created_datetime') }}
),

circumstance as (
    {{ known_rows('ndelius__personal_circumstance', 'created_datetime') }}
),

address_known as (
    {{ known_since('address', 'offender_address_id', ['address_type_id', 'address_status_id', 'no_fixed_abode', 'postcode', 'start_date', 'end_date']) }}
),

circumstance_known as (
    {{ known_since('circumstance', 'personal_circumstance_id', ['circumstance_type_id', 'circumstance_sub_type_id', 'start_date', 'end_date']) }}
)

select 'address' as kind, offender_address_id as record_key, _known_from, _maybe_from from address_known
union all
select 'circumstance' as kind, personal_circumstance_id as record_key, _known_from, _maybe_from from circumstance_known
