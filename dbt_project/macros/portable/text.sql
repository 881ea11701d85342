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

{#- One number for many (an aggregate), in whatever order they come; null where there is none. -#}
{% macro number_of_all(number) -%}
    bit_xor({{ number }})
{%- endmacro %}

{#- What tells with two bytes whether a number of number_of or number_of_all has changed. -#}
{% macro two_bytes(number) -%}
    {{ return(adapter.dispatch('two_bytes', 'gatehouse')(number)) }}
{%- endmacro %}
{% macro default__two_bytes(number) -%}
    cast({{ number }} % 65536 as usmallint)
{%- endmacro %}
{% macro spark__two_bytes(number) -%}
    cast(pmod({{ number }}, 65536) as int)
{%- endmacro %}

{#- One number for many texts (an aggregate), written out; the same in every version of the engine. -#}
{% macro number_of_texts(value) -%}
    {{ return(adapter.dispatch('number_of_texts', 'gatehouse')(value)) }}
{%- endmacro %}
{% macro default__number_of_texts(value) -%}
    cast(bit_xor(md5_number_lower({{ value }})) as {{ dbt.type_string() }})
{%- endmacro %}
{% macro spark__number_of_texts(value) -%}
    cast(bit_xor(cast(conv(substr(md5({{ value }}), 1, 15), 16, 10) as bigint)) as string)
{%- endmacro %}

{#- A keyless fingerprint of some values, for row ids. -#}
{% macro fingerprint(values) -%}
    md5(
    {%- for v in values -%}
        coalesce(cast({{ v }} as {{ dbt.type_string() }}), '') {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor -%}
    )
{%- endmacro %}
