{#-
The current version of every row of one landed table, as of the run's as-of day (contracts: Layout, Newest wins; decisions: Deliveries).
  - newest wins per source and key: recorded time (empty first), then complete_to, then ROW_VERSION, then row number;
  - rows recorded after the as-of day are hidden, and an older version then shows again;
  - a key absent from the latest full delivery, or deleted by a later change, is closed;
  - a quarantined row is never a version, but it does show that its key is still delivered.
Use it as the first CTE of a staging model, which then picks columns and drops what is deleted or has lost its parent.
`part`: a column that names the delivered table where one landing table holds several (the nDelius reference lists); a list that
is absent from a delivery was not delivered, and its rows stay.
-#}
{% macro current_rows(landed, part=none) -%}
    select version.*
    from (
        select
            seen.*,
            row_number() over (
                partition by seen._source, seen._key
                order by
                    case when seen._recorded_at is null then 1 else 0 end, seen._recorded_at desc,
                    seen._complete_to desc,
                    case when seen._row_version is null then 1 else 0 end, seen._row_version desc,
                    seen._row_number desc
            ) as _version_rank
        from (
            select
                landed.*,
                max(landed._complete_to) over (partition by landed._source, landed._key) as _last_seen
                {%- if part %},
                max(case when landed._kind = 'full' then landed._complete_to end) over (
                    partition by landed._source, landed.{{ part }}
                ) as _latest_full
                {%- endif %}
            from {{ source('landing', landed) }} as landed
        ) as seen
        {%- if not part %}
        left join (
            select source, max(complete_to) as complete_to
            from {{ source('landing', 'delivery') }}
            where table_name = '{{ landed }}' and is_accepted and kind = 'full' and complete_to <= {{ as_of() }}
            group by source
        ) as latest_full
            on latest_full.source = seen._source
        {%- endif %}
        left join (
            select source, key, max(complete_to) as complete_to
            from {{ source('landing', 'deleted_key') }}
            where table_name = '{{ landed }}' and complete_to <= {{ as_of() }}
            group by source, key
        ) as deleted
            on deleted.source = seen._source and deleted.key = seen._key
        where seen._quarantine_reason is null
            and (seen._recorded_at is null or cast(seen._recorded_at as date) <= {{ as_of() }})
            {%- if part %}
            and (seen._latest_full is null or seen._last_seen >= seen._latest_full)
            {%- else %}
            and (latest_full.complete_to is null or seen._last_seen >= latest_full.complete_to)
            {%- endif %}
            and (deleted.complete_to is null or seen._last_seen > deleted.complete_to)
    ) as version
    where version._version_rank = 1
{%- endmacro %}

{#- What hangs on a deleted, closed or absent parent is out; where the parent table was never delivered, the row stands. -#}
{% macro parent_is_live(column, parent, parent_column, parent_landed) -%}
    (
        {{ column }} is null
        or exists (select 1 from {{ ref(parent) }} as parent where parent.{{ parent_column }} = {{ column }})
        or not exists (
            select 1 from {{ source('landing', 'delivery') }} as delivery
            where delivery.table_name = '{{ parent_landed }}' and delivery.is_accepted
        )
    )
{%- endmacro %}

{#- The pointer that travels to the events: delivery|file|row number|row hash (design: Shape, 2). -#}
{% macro pointer(alias) -%}
    {{ alias }}._delivery_id || '|' || {{ alias }}._file || '|' || cast({{ alias }}._row_number as {{ dbt.type_string() }}) || '|' || {{ alias }}._row_hash
{%- endmacro %}
