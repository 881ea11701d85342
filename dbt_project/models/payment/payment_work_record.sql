with
version as (
    select * from {{ ref('stg_ndelius__personal_circumstance_version') }}
),

{{ work_record('version', ['_known_from', '_maybe_from', '_known_to']) }}
