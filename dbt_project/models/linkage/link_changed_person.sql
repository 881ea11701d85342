{{ config(materialized='view') }}
select distinct person_id
from {{ source('landing', 'earlier_link') }}
where (
        person_id in (select person_id_before from {{ ref('link_moved') }} where is_parted or is_joined)
        or person_id not in (select person_id from {{ ref('person_link') }})
    )
    and person_id not in (select person_id from {{ ref('link_decided_person') }})
