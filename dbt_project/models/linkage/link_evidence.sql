{{ config(materialized='view') }}
-- A view: read once, when the links are kept, and seldom when a delivery is held.
with
-- Numbers as delivered: what merges them is a row of the prison's, and no other delivery is to blame for it.
known as (
    select
        record_id,
        case when kind in ('pnc', 'cro') then 'police' else 'person' end as part,
        {{ number_of(['kind', 'delivered']) }} as number
    from {{ ref('link_identifier') }}
    union all
    select record_id, 'person' as part, {{ number_of(['surname', 'first_name']) }} as number
    from {{ ref('link_name') }}
    union all
    select record_id, 'person' as part, {{ number_of(['birth_date']) }} as number
    from {{ ref('link_birth_date') }}
    union all
    select record_id, 'home' as part, {{ number_of(['postcode']) }} as number
    from {{ ref('link_postcode') }}
    union all
    select record_id, 'sentence' as part, {{ number_of(['sentence_date']) }} as number
    from {{ ref('link_sentence_date') }}
),

of_record as (
    select
        record_id,
        {{ number_of_all("case when part = 'person' then number end") }} as person,
        {{ number_of_all("case when part = 'police' then number end") }} as police,
        {{ number_of_all("case when part = 'home' then number end") }} as home,
        {{ number_of_all("case when part = 'sentence' then number end") }} as sentence
    from known
    group by record_id
)

select
    record.source,
    record.source_key,
    {{ two_bytes('of_record.person') }} as person,
    {{ two_bytes('of_record.police') }} as police,
    {{ two_bytes('of_record.home') }} as home,
    {{ two_bytes('of_record.sentence') }} as sentence
from of_record
inner join {{ ref('link_record') }} as record on record.record_id = of_record.record_id
