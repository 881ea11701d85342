with
circumstance_version as (
    select * from {{ ref('stg_ndelius__personal_circumstance_version') }}
),

address_version as (
    select * from {{ ref('stg_ndelius__offender_address_version') }}
),

{{ home_record('address_version', 'circumstance_version', ['_known_from', '_maybe_from', '_known_to']) }}
