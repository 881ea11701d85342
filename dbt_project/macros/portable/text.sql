{#- Distinct values in order, joined: 'A;B'. Null when there is none. -#}
{% macro sorted_list(value, delimiter=';') -%}
    {{ return(adapter.dispatch('sorted_list', 'gatehouse')(value, delimiter)) }}
{%- endmacro %}
{% macro default__sorted_list(value, delimiter) -%}
    string_agg(distinct {{ value }}, '{{ delimiter }}' order by {{ value }})
{%- endmacro %}
{% macro spark__sorted_list(value, delimiter) -%}
    nullif(array_join(array_sort(collect_set({{ value }})), '{{ delimiter }}'), '')
{%- endmacro %}

{#- Values in order as an array; what comes twice stays twice. Null when there is none. -#}
{% macro sorted_array(value) -%}
    {{ return(adapter.dispatch('sorted_array', 'gatehouse')(value)) }}
{%- endmacro %}
{% macro default__sorted_array(value) -%}
    list({{ value }} order by {{ value }}) filter (where {{ value }} is not null)
{%- endmacro %}
{% macro spark__sorted_array(value) -%}
    nullif(array_sort(collect_list({{ value }})), array())
{%- endmacro %}

{#- Delivered keys are text; where a definition says "higher" or "lower" key, whole numbers compare as numbers. -#}
{% macro key_order(key) -%}
    coalesce({{ safe_cast_bigint(key) }}, -1)
{%- endmacro %}
{% macro safe_cast_bigint(value) -%}
    try_cast({{ value }} as bigint)
{%- endmacro %}

{#- A number for some values, quicker to compare than they are. Others may have the same one. -#}
{% macro number_of(values) -%}
    {{ return(adapter.dispatch('number_of', 'gatehouse')(values)) }}
{%- endmacro %}
{% macro default__number_of(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}
{% macro spark__number_of(values) -%}
    xxhash64({{ values | join(', ') }})
{%- endmacro %}

{#- A keyless fingerprint of some values, for row ids. -#}
{% macro fingerprint(values) -%}
    md5(
    {%- for v in values -%}
        coalesce(cast({{ v }} as {{ dbt.type_string() }}), '') {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor -%}
    )
{%- endmacro %}
