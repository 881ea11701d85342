{#- Day arithmetic. dateadd returns a timestamp on some engines; days are dates. -#}
{% macro add_days(day, n) -%}
    {{ return(adapter.dispatch('add_days', 'gatehouse')(day, n)) }}
{%- endmacro %}
{% macro default__add_days(day, n) -%}
    cast({{ dbt.dateadd('day', n, day) }} as date)
{%- endmacro %}
{#- A third of the time that an interval takes. -#}
{% macro duckdb__add_days(day, n) -%}
    (cast({{ day }} as date) + cast({{ n }} as integer))
{%- endmacro %}

{#- Whole days from one date to another: 0 on the same day. -#}
{% macro days_between(from_day, to_day) -%}
    {{ dbt.datediff(from_day, to_day, 'day') }}
{%- endmacro %}

{#- Completed years of age. Born on 29 February: birthday on 1 March in other years (definition: release_age). -#}
{% macro age_in_years(birth_date, on_date) -%}
    (extract(year from {{ on_date }}) - extract(year from {{ birth_date }})
     - case when extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }})
               < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
            then 1 else 0 end)
{%- endmacro %}

{#- The as-of day of this run. Read from a table and not from a variable, which would make dbt read the project again each day. -#}
{% macro as_of() -%}
    (select max(run.as_of) from {{ source('landing', 'run') }} as run)
{%- endmacro %}

{#- The last moment of a day. -#}
{% macro end_of_day(day) -%}
    (cast({{ day }} as timestamp) + interval '1' day - interval '1' microsecond)
{%- endmacro %}

{#- A day with the time of day of a timestamp; midnight where there is none. -#}
{% macro at_time_of_day(day, moment) -%}
    {{ return(adapter.dispatch('at_time_of_day', 'gatehouse')(day, moment)) }}
{%- endmacro %}
{% macro default__at_time_of_day(day, moment) -%}
    (cast({{ day }} as timestamp) + coalesce({{ moment }} - date_trunc('day', {{ moment }}), interval '0' day))
{%- endmacro %}

{#- Months since year 0, so that windows of whole months are whole numbers. -#}
{% macro month_number(day) -%}
    cast(extract(year from {{ day }}) * 12 + extract(month from {{ day }}) - 1 as integer)
{%- endmacro %}

{#- First day of a month number. -#}
{% macro month_start(month_number) -%}
    cast({{ dbt.dateadd('month', month_number ~ ' - 12 * 2000', "cast('2000-01-01' as date)") }} as date)
{%- endmacro %}

{#- Of two days the later and the earlier; where one is not known, the other. -#}
{% macro later_of(day, other) -%}
    coalesce(case when {{ day }} < {{ other }} then {{ other }} else {{ day }} end, {{ other }})
{%- endmacro %}
{% macro earlier_of(day, other) -%}
    coalesce(case when {{ day }} > {{ other }} then {{ other }} else {{ day }} end, {{ other }})
{%- endmacro %}
