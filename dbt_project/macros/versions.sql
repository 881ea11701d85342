{#-
The current version of every row of one landed table, as of the run's as-of day (contracts: Layout, Newest wins; decisions: Deliveries).
  - newest wins per source and key: recorded time (empty first), then complete_to, then ROW_VERSION, then row number;
  - the rows of a file without a column that says when come from landing as recorded at the end of its complete_to; what counts is
    the first delivery that held the version since it last differed;
  - rows recorded after the as-of day are hidden, and an older version then shows again;
  - a key absent from the latest full delivery, or deleted by a later change, is closed;
  - a quarantined row is never a version, but it does show that its key is still delivered.
Use it as the first CTE of a staging model, which then picks columns and drops what is deleted or has lost its parent.
Most keys come once: only those that come more than once are ranked, on the few columns that decide.
`part`: true where one landing table holds several delivered tables (the nDelius reference lists), each full or absent on its own.
-#}
{% macro current_rows(landed, part=false) -%}
    select landed.*
    from {{ source('landing', landed) }} as landed
    left join (
        select
            rival._delivery_id,
            rival._file,
            rival._row_number,
            rival._last_seen,
            row_number() over (
                partition by rival._source, rival._key
                order by
                    case when {{ is_shown('rival') }} then 0 else 1 end,
                    case when rival._recorded_at is null then 1 else 0 end,
                    case
                        when rival._recorded_at = {{ end_of_day('rival._complete_to') }} then {{ end_of_day('rival._held_since') }}
                        else rival._recorded_at
                    end desc,
                    rival._complete_to desc,
                    case when rival._row_version is null then 1 else 0 end, rival._row_version desc,
                    rival._row_number desc
            ) as _version_rank
        from (
            select
                again.*,
                max(case when again._is_change then again._complete_to end) over (
                    partition by again._source, again._key, again._row_hash order by again._complete_to
                ) as _held_since
            from (
                select
                    held._source,
                    held._key,
                    held._delivery_id,
                    held._file,
                    held._row_number,
                    held._row_hash,
                    held._recorded_at,
                    held._complete_to,
                    held._row_version,
                    contested._last_seen,
                    -- Unless the delivery before held this version and no other.
                    coalesce(
                        {{ over_group_before('min(held._row_hash)', 'held._source, held._key', 'held._complete_to') }} <> held._row_hash
                        or {{ over_group_before('max(held._row_hash)', 'held._source, held._key', 'held._complete_to') }} <> held._row_hash,
                        true
                    ) as _is_change
                from {{ source('landing', landed) }} as held
                inner join (
                    select _source, _key, max(_complete_to) as _last_seen
                    from {{ source('landing', landed) }}
                    group by _source, _key
                    having count(*) > 1
                ) as contested
                    on contested._source = held._source and contested._key = held._key
                where held._quarantine_reason is null
            ) as again
        ) as rival
    ) as ranked
        on ranked._delivery_id = landed._delivery_id
        and ranked._file = landed._file
        and ranked._row_number = landed._row_number
    left join (
        select
            source,
            {% if part -%} upper({{ dbt.split_part('file', "'.'", 1) }}) as part, {% endif -%}
            max(complete_to) as complete_to
        from {{ source('landing', 'delivery') }}
        where table_name = '{{ landed }}' and is_accepted and kind = 'full' and complete_to <= {{ as_of() }}
        group by source{% if part %}, upper({{ dbt.split_part('file', "'.'", 1) }}){% endif %}
    ) as latest_full
        on latest_full.source = landed._source
        {% if part -%} and latest_full.part = upper({{ dbt.split_part('landed._file', "'.'", 1) }}) {%- endif %}
    left join (
        select source, key, max(complete_to) as complete_to
        from {{ source('landing', 'deleted_key') }}
        where table_name = '{{ landed }}' and complete_to <= {{ as_of() }}
        group by source, key
    ) as deleted
        on deleted.source = landed._source and deleted.key = landed._key
    where landed._quarantine_reason is null
        and {{ is_shown('landed') }}
        and coalesce(ranked._version_rank, 1) = 1
        and (latest_full.complete_to is null or coalesce(ranked._last_seen, landed._complete_to) >= latest_full.complete_to)
        and (deleted.complete_to is null or coalesce(ranked._last_seen, landed._complete_to) > deleted.complete_to)
{%- endmacro %}

{#- Whether the as-of day is late enough for a row to be known. -#}
{% macro is_shown(row) -%}
    ({{ row }}._recorded_at is null or cast({{ row }}._recorded_at as date) <= {{ as_of() }})
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
