with
listed as (
    select pdu, coalesce(name, pdu) as name, region, source, verified from {{ ref('pdu') }}
),

named as (
    select distinct pdu from {{ ref('int_release') }} where pdu is not null
    union
    select distinct pdu from {{ ref('int_due_officer') }} where pdu is not null
),

-- Of several units of one code the one with the lower id.
delivered as (
    select code as pdu, description as name
    from (
        select code, description, row_number() over (partition by code order by local_delivery_unit_id) as place
        from {{ ref('stg_ndelius__local_delivery_unit') }}
    ) as ranked
    where place = 1
)

select
    pdu,
    name,
    region,
    source,
    verified
from listed
union all
select
    named.pdu,
    coalesce(delivered.name, named.pdu) as name,
    cast(null as {{ dbt.type_string() }}) as region,
    case when delivered.name is not null then 'delivered LOCAL_DELIVERY_UNIT' else 'named by deliveries only' end as source,
    false as verified
from named
left join delivered on delivered.pdu = named.pdu
where named.pdu not in (select pdu from listed)
