{#- A full delivery says everything again: what an earlier one could not be read of is no gap any more.
    Which figures a table touches is said where it is named as a source, in models/staging. -#}
with
touched as (
    {% for table in (graph.sources.values() if execute is defined and execute else []) if table.config.meta.get('figures') -%}
    select '{{ table.name }}' as table_name, '{{ table.config.meta["figures"] | replace("'", "''") }}' as figures
    union all
    {% endfor -%}
    select '' as table_name, '' as figures
),

last_full as (
    select source, table_name, max(complete_to) as complete_to
    from {{ source('landing', 'delivery') }}
    where is_accepted and kind = 'full'
    group by source, table_name
),

unread as (
    select
        delivery.source,
        delivery.table_name,
        max(delivery.complete_to) as complete_to,
        sum(delivery.rows_rejected + delivery.rows_without_key) as records
    from {{ source('landing', 'delivery') }} as delivery
    left join last_full
        on last_full.source = delivery.source and last_full.table_name = delivery.table_name
    where delivery.is_accepted
        and (last_full.complete_to is null or delivery.complete_to >= last_full.complete_to)
    group by delivery.source, delivery.table_name
),

lost as (
    select source, table_name, count(*) as records
    from {{ ref('lost_key') }}
    group by source, table_name
),

earlier as (
    select delivery.source, delivery.table_name
    from {{ source('landing', 'delivery') }} as delivery
    inner join unread
        on unread.source = delivery.source and unread.table_name = delivery.table_name
    where delivery.is_accepted and delivery.complete_to < unread.complete_to
    group by delivery.source, delivery.table_name
)

select
    unread.source,
    unread.table_name as "table",
    cast(unread.records as {{ dbt.type_bigint() }}) as unread_records,
    cast(coalesce(lost.records, 0) as {{ dbt.type_bigint() }}) as lost_records,
    earlier.table_name is not null as earlier_stands,
    unread.complete_to,
    coalesce(touched.figures, 'None yet.') as figures
from unread
left join lost
    on lost.source = unread.source and lost.table_name = unread.table_name
left join earlier
    on earlier.source = unread.source and earlier.table_name = unread.table_name
left join touched
    on touched.table_name = unread.table_name
where unread.records > 0 or lost.records > 0
