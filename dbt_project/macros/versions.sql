{#-
The current version of every row of one landed table, as of the run's as-of day (definition: delivery_newest_wins, delivery_as_of).
  - newest wins per source and key: recorded time (empty first), then complete_to, then ROW_VERSION, then row number;
  - the rows of a file without a column that says when come from landing as recorded at the end of its complete_to; what counts is
    the first delivery that held the version since it last differed (definition: delivery_recorded);
  - nothing is recorded later than the end of its delivery's day, so all that landing holds is known (definition: delivery_recorded_late);
  - a key absent from the latest full delivery of which every record was read as far as its key, or deleted by a later change, is closed
    (definition: delivery_closed, delivery_closing_suspended);
  - a quarantined row is never a version, but it does show that its key is still delivered (definition: delivery_quarantine).
Use it as the first CTE of a staging model, which then picks columns and drops what is deleted or has lost its parent.
Most keys come once: only those that come more than once are ranked, on the few columns that decide, and only those of them that
differ between files without a column that says when are followed from delivery to delivery.
`part`: true where one landing table holds several delivered tables (the nDelius reference lists), each full or absent on its own.
`rows`: what to read in place of the whole landing table: all rows of some of its keys.
-#}
{% macro current_rows(landed, part=false, rows=none) -%}
    {%- set rows = rows or source('landing', landed) -%}
    select landed.*
    from {{ rows }} as landed
    left join (
        with
        repeated as (
            select _source, _key, max(_complete_to) as _last_seen
            from {{ rows }}
            group by _source, _key
            having count(*) > 1
        ),

        version as (
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
                repeated._last_seen,
                coalesce(held._recorded_at = {{ end_of_day('held._complete_to') }}, false) as _is_told_by_delivery
            from {{ rows }} as held
            inner join repeated
                on repeated._source = held._source and repeated._key = held._key
            where held._quarantine_reason is null
        ),

        -- Where all versions are alike and told by their delivery, the last of them is the newest whenever they were first held.
        followed as (
            select _source, _key
            from version
            group by _source, _key
            having max(case when _is_told_by_delivery then 1 else 0 end) = 1
                and (min(_row_hash) <> max(_row_hash) or min(case when _is_told_by_delivery then 1 else 0 end) = 0)
        ),

        step as (
            select
                version.*,
                -- Unless the delivery before held this version and no other.
                coalesce(
                    {{ over_group_before('min(version._row_hash)', 'version._source, version._key', 'version._complete_to') }} <> version._row_hash
                    or {{ over_group_before('max(version._row_hash)', 'version._source, version._key', 'version._complete_to') }} <> version._row_hash,
                    true
                ) as _is_change
            from version
            inner join followed
                on followed._source = version._source and followed._key = version._key
        ),

        first_held as (
            select
                _delivery_id,
                _file,
                _row_number,
                _is_told_by_delivery,
                max(case when _is_change then _complete_to end) over (
                    partition by _source, _key, _row_hash order by _complete_to
                ) as _held_since
            from step
        ),

        ranked as (
            select
                version._source,
                version._key,
                version._complete_to,
                version._file,
                version._row_number,
                version._last_seen,
                row_number() over (
                    partition by version._source, version._key
                    order by
                        case when version._recorded_at is null then 1 else 0 end,
                        coalesce({{ end_of_day('first_held._held_since') }}, version._recorded_at) desc,
                        version._complete_to desc,
                        case when version._row_version is null then 1 else 0 end, version._row_version desc,
                        version._row_number desc
                ) as _newest_first
            from version
            left join first_held
                on first_held._delivery_id = version._delivery_id
                and first_held._file = version._file
                and first_held._row_number = version._row_number
                and first_held._is_told_by_delivery
        )

        select _source, _key, _complete_to, _file, _row_number, _last_seen
        from ranked
        where _newest_first = 1
    ) as newest
        on newest._source = landed._source and newest._key = landed._key
    left join (
        select
            source,
            {% if part -%} upper({{ dbt.split_part('file', "'.'", 1) }}) as part, {% endif -%}
            max(complete_to) as complete_to
        from {{ source('landing', 'delivery') }}
        where table_name = '{{ landed }}' and is_whole and complete_to <= {{ as_of() }}
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
        and (
            newest._key is null
            or (newest._complete_to = landed._complete_to and newest._file = landed._file and newest._row_number = landed._row_number)
        )
        and (latest_full.complete_to is null or coalesce(newest._last_seen, landed._complete_to) >= latest_full.complete_to)
        and (deleted.complete_to is null or coalesce(newest._last_seen, landed._complete_to) > deleted.complete_to)
{%- endmacro %}

{#- Every good row that ever came, of a table that its system overwrites in place. -#}
{% macro every_version(landed) -%}
    select landed.*
    from {{ source('landing', landed) }} as landed
    where landed._quarantine_reason is null
{%- endmacro %}

{#- The newest row of each lost key of a landed table: what such a row would have said is unknown (definition: delivery_unreadable_event). -#}
{% macro lost_rows(landed) -%}
    select landed.*
    from (
        select
            rows.*,
            row_number() over (
                partition by rows._source, rows._key order by rows._complete_to desc, rows._file desc, rows._row_number desc
            ) as _newest_first
        from {{ source('landing', landed) }} as rows
        inner join {{ ref('lost_key') }} as lost
            on lost.source = rows._source and lost.key = rows._key and lost.table_name = '{{ landed }}'
    ) as landed
    where landed._newest_first = 1
{%- endmacro %}

{#- What hangs on a deleted or closed parent is out, and what hangs on one that a table read whole does not hold; where the parent table
    was never delivered, or the parent is among the records that could not be read, the row stands (definition: delivery_parents,
    delivery_bad_value). -#}
{% macro parent_is_live(column, parent, parent_column, parent_landed) -%}
    (
        {{ parent_is_known(column, parent, parent_column, parent_landed) }}
        or {{ parent_is_lost(column, parent_column, parent_landed) }}
    )
{%- endmacro %}

{#- Whether nothing is amiss with the parent: none is named, it stands, or its table was never delivered. -#}
{% macro parent_is_known(column, parent, parent_column, parent_landed) -%}
    (
        {{ column }} is null
        or {{ column }} in (select parent.{{ parent_column }} from {{ ref(parent) }} as parent where parent.{{ parent_column }} is not null)
        or not exists (
            select 1 from {{ source('landing', 'delivery') }} as delivery
            where delivery.table_name = '{{ parent_landed }}' and delivery.is_accepted
        )
    )
{%- endmacro %}

{#- Whether the parent is among the records that could not be read: its key came in rows that were set aside alone, or it never came and
    the last that came of the parents was not read whole. -#}
{% macro parent_is_lost(column, parent_column, parent_landed) -%}
    (
        upper({{ column }}) in (select lost.key from {{ ref('lost_key') }} as lost where lost.table_name = '{{ parent_landed }}')
        or (
            exists (
                select 1
                from {{ source('landing', 'delivery') }} as delivery
                where delivery.table_name = '{{ parent_landed }}' and delivery.is_accepted and delivery.kind = 'full' and not delivery.is_whole
                    and delivery.complete_to = (
                        select max(latest.complete_to)
                        from {{ source('landing', 'delivery') }} as latest
                        where latest.table_name = '{{ parent_landed }}' and latest.is_accepted and latest.kind = 'full'
                    )
            )
            and {{ column }} not in (
                select known.{{ parent_column }} from {{ source('landing', parent_landed) }} as known where known.{{ parent_column }} is not null
            )
        )
    )
{%- endmacro %}
