-- A prison number that a MERGED identifier of another prisoner names is that prisoner's (definition: person_merged).
with
offender as (
    select offender_id, root_offender_id, upper(trim(offender_id_display)) as number
    from {{ ref('stg_nomis__offender') }}
),

bearer as (
    select distinct root_offender_id, number from offender
),

identifier as (
    select offender.root_offender_id, upper(trim(identifier.identifier)) as number, identifier._recorded_at, identifier._pointer
    from {{ ref('stg_nomis__offender_identifier') }} as identifier
    inner join offender
        on offender.offender_id = identifier.offender_id
    where upper(identifier.identifier_type) = 'MERGED' and trim(identifier.identifier) <> ''
),

-- Of several prisoners whose identifier names one number the one that was told last has it; in a chain the last often has them all.
named as (
    select
        root_offender_id,
        number,
        _recorded_at,
        _pointer,
        row_number() over (
            partition by number
            order by
                case when _recorded_at is null then 1 else 0 end, _recorded_at desc,
                {{ key_order('root_offender_id') }}, root_offender_id
        ) as newest_first
    from (
        select root_offender_id, number, max(_recorded_at) as _recorded_at, max(_pointer) as _pointer
        from identifier
        group by root_offender_id, number
    ) as told
)

-- Nobody is merged into themselves: who bears the number goes to the other of the last two.
select
    named.number,
    bearer.root_offender_id,
    named.root_offender_id as into_root_offender_id,
    named.newest_first,
    bearer.root_offender_id is not null
    and row_number() over (
        partition by bearer.root_offender_id
        order by
            case when named._recorded_at is null then 1 else 0 end, named._recorded_at desc,
            {{ key_order('named.root_offender_id') }}, named.root_offender_id, named.number
    ) = 1 as is_followed,
    named._pointer
from named
left join bearer
    on bearer.number = named.number and bearer.root_offender_id <> named.root_offender_id
where named.newest_first <= 2
