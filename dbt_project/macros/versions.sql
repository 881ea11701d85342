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

{#- Every good row that ever came, of a table that its system overwrites in place; with `lacking`, every one that was set aside for its value in
    that delivered column. -#}
{% macro every_version(landed, lacking=none) -%}
    select landed.*
    from {{ source('landing', landed) }} as landed
    where landed._quarantine_reason {% if lacking %}like '%:{{ lacking }}'{% else %}is null{% endif %}
{%- endmacro %}

{#- The newest row of each lost key of a landed table: what such a row would have said is unknown (definition: delivery_unreadable_event).
    So is what a row without its key says, the value of the delivered column `key`, until the table is read whole: unless it may be one of
    what came before of the same `owner`, a column of the landed table, for then the last good row stands. -#}
{% macro lost_rows(landed, key, owner) -%}
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
    union all
    select keyless.*, 1 as _newest_first
    from {{ source('landing', landed) }} as keyless
    left join (
        -- Few rows lack their key: those are looked up among the rest, and not the other way about.
        select distinct without_key._file_number, without_key._row_number
        from {{ source('landing', landed) }} as without_key
        inner join {{ source('landing', landed) }} as before
            on before._source = without_key._source
            and before.{{ owner }} = without_key.{{ owner }}
            and before._complete_to < without_key._complete_to
            and before._quarantine_reason is null
        where without_key._quarantine_reason like '%{{ key }}' and without_key._quarantine_reason not like 'key_twice%'
    ) as standing
        on standing._file_number = keyless._file_number and standing._row_number = keyless._row_number
    left join (
        select source, max(complete_to) as complete_to
        from {{ source('landing', 'delivery') }}
        where table_name = '{{ landed }}' and is_whole
        group by source
    ) as whole
        on whole.source = keyless._source
    where keyless._quarantine_reason like '%{{ key }}' and keyless._quarantine_reason not like 'key_twice%'
        and (whole.complete_to is null or keyless._complete_to >= whole.complete_to)
        and standing._row_number is null
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

{#-
Every version of every row of one landed table that was ever held, and when it was known: for what could be known on the day of a claim
(definition: claim_known_then).
  - `_known_from`: when the version was recorded, at the latest by the end of the first delivery that held it;
  - `_maybe_from`: earlier than that where nobody can say whether the row was there already: it was changed since it was made, or only its
    delivery tells when it was recorded; else the same moment. Before it the row did not exist;
  - `_known_to`: when the next version was known, or when the row was closed or deleted; the end of time while it stands.
`made`: the column of the table that says when a row was first written down, if it has one.
-#}
{% macro known_rows(landed, made=none) -%}
    select landed.*, known._known_from, known._maybe_from, known._known_to
    from {{ source('landing', landed) }} as landed
    inner join (
        with
        held as (
            select
                _source,
                _key,
                _file_number,
                _row_number,
                _row_hash,
                _complete_to,
                _row_version,
                coalesce(_recorded_at, {{ end_of_day('_complete_to') }}) as _known_from,
                {{ 'cast(' ~ made ~ ' as timestamp)' if made else 'cast(null as timestamp)' }} as _made_at
            from {{ source('landing', landed) }}
            where _quarantine_reason is null
        ),

        -- The same row in one delivery after another is one version.
        compared as (
            select
                held.*,
                coalesce(
                    lag(_row_hash) over (
                        partition by _source, _key order by _known_from, _complete_to, coalesce(_row_version, -1), _row_number
                    ) = _row_hash, false
                ) as _is_repeated,
                min(_made_at) over (partition by _source, _key) as _first_made_at,
                max(_complete_to) over (partition by _source, _key) as _last_good
            from held
        ),

        -- A row that was set aside shows that its key is still delivered.
        seen as (
            select _source, _key, max(_complete_to) as _last_seen
            from {{ source('landing', landed) }}
            group by _source, _key
        ),

        whole as (
            select source, complete_to
            from {{ source('landing', 'delivery') }}
            where table_name = '{{ landed }}' and is_whole and complete_to <= {{ as_of() }}
        ),

        closed as (
            select seen._source, seen._key, min(whole.complete_to) as _closed_on
            from seen
            inner join whole on whole.source = seen._source and whole.complete_to > seen._last_seen
            group by seen._source, seen._key
        ),

        deleted as (
            select seen._source, seen._key, min(gone.complete_to) as _deleted_on
            from {{ source('landing', 'deleted_key') }} as gone
            inner join seen on seen._source = gone.source and seen._key = gone.key
            where gone.table_name = '{{ landed }}' and gone.complete_to >= seen._last_seen and gone.complete_to <= {{ as_of() }}
            group by seen._source, seen._key
        ),

        version as (
            select
                compared.*,
                lead(compared._known_from) over (
                    partition by compared._source, compared._key
                    order by compared._known_from, compared._complete_to, coalesce(compared._row_version, -1), compared._row_number
                ) as _next_known,
                row_number() over (
                    partition by compared._source, compared._key
                    order by compared._known_from, compared._complete_to, coalesce(compared._row_version, -1), compared._row_number
                ) as _place
            from compared
            where not compared._is_repeated
        )

        select
            version._file_number,
            version._row_number,
            version._known_from,
            case
                when version._place > 1 or version._first_made_at >= version._known_from then version._known_from
                else coalesce(version._first_made_at, cast('0001-01-01' as timestamp))
            end as _maybe_from,
            coalesce(
                version._next_known,
                {{ end_of_day(earlier_of('closed._closed_on', 'deleted._deleted_on')) }},
                cast('9999-12-31' as timestamp)
            ) as _known_to
        from version
        left join closed on closed._source = version._source and closed._key = version._key
        left join deleted on deleted._source = version._source and deleted._key = version._key
    ) as known
        on known._file_number = landed._file_number and known._row_number = landed._row_number
{%- endmacro %}

{#- Whether a version of known_rows is one that a view of a claim sees: the newest known at its moment, and in the view `perhaps` also one of
    which nobody can say that it was not there. -#}
{% macro is_seen(row, view) -%}
    ({{ view }}.moment >= case when {{ view }}.is_perhaps then {{ row }}._maybe_from else {{ row }}._known_from end and {{ view }}.moment < {{ row }}._known_to)
{%- endmacro %}

{#- The same of a claim in a view that is named, where all three are worked out at once: 'now' sees what is live, the others what was recorded
    when the claim was submitted. -#}
{% macro is_seen_in(view, row, claim) -%}
    {%- if view == 'now' -%}
    ({{ row }}._known_to > cast('9999-12-30' as timestamp))
    {%- else -%}
    ({{ claim }}.submitted_ts >= {{ row }}.{{ '_maybe_from' if view == 'perhaps' else '_known_from' }} and {{ claim }}.submitted_ts < {{ row }}._known_to)
    {%- endif -%}
{%- endmacro %}

{#- One row per live row of a landed table: from when what its `columns` say was on record, surely and perhaps. `rows`: known_rows of it. -#}
{% macro known_since(rows, key, columns) -%}
    select
        live.{{ key }},
        min(version._known_from) as _known_from,
        min(version._maybe_from) as _maybe_from
    from {{ rows }} as live
    inner join {{ rows }} as version
        on version._source = live._source and version._key = live._key
        {%- for column in columns %}
        and version.{{ column }} is not distinct from live.{{ column }}
        {%- endfor %}
    where live._known_to > cast('9999-12-30' as timestamp)
    group by live.{{ key }}
{%- endmacro %}
