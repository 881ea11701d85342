{{ config(materialized='view') }}
with
decision as (
    select left_record as record_token, _pointer from {{ ref('stg_decisions__link_decision') }}
    union all
    select right_record as record_token, _pointer from {{ ref('stg_decisions__link_decision') }}
),

known as (
    select what from {{ source('landing', 'earlier_brought') }} where is_seen
)

select distinct earlier.person_id
from decision
inner join {{ source('landing', 'delivery') }} as delivery on delivery.file_number = {{ pointer_file('decision._pointer') }}
inner join {{ ref('record_token') }} as token on token.record_token = decision.record_token
inner join {{ ref('link_record') }} as record on record.record_id = token.record_id
inner join {{ source('landing', 'earlier_link') }} as earlier
    on earlier.source = record.source and earlier.source_key = record.source_key
where delivery.delivery_id || ' ' || delivery.sha256 not in (select what from known)
