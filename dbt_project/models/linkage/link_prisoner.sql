with
-- A booking names a person even where the table of persons was never delivered (definition: person_agreement).
booking as (
    select
        coalesce(offender_id, root_offender_id) as offender_id,
        coalesce(root_offender_id, offender_id) as root_offender_id
    from {{ ref('stg_nomis__offender_booking') }}
    where offender_id is null or offender_id not in (select offender.offender_id from {{ ref('stg_nomis__offender') }} as offender)
),

-- A person's own row says whom it belongs to; else what names the person does.
named as (
    select offender_id, root_offender_id, 1 as place from {{ ref('stg_nomis__offender') }}
    union all
    select offender_id, root_offender_id, 2 as place from booking
    union all
    select root_offender_id as offender_id, root_offender_id, 3 as place from {{ ref('stg_nomis__offender') }}
    union all
    select root_offender_id as offender_id, root_offender_id, 3 as place from booking
),

rooted as (
    select
        offender_id,
        root_offender_id,
        row_number() over (partition by offender_id order by place, {{ key_order('root_offender_id') }}, root_offender_id) as best_first
    from named
    where offender_id is not null
)

select rooted.offender_id, coalesce(merged.prisoner, rooted.root_offender_id) as prisoner
from rooted
left join {{ ref('link_merged') }} as merged
    on merged.root_offender_id = rooted.root_offender_id
where rooted.best_first = 1
