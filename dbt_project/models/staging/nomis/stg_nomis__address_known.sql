with
address as (
    {{ known_rows('nomis__addresses') }}
)

{{ known_since('address', 'address_id', ['owner_id', 'no_fixed_address_flag', 'postal_code', 'start_date', 'end_date']) }}
