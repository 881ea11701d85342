{#- Whether a value is one of a list held as text in a seed: 'settled;temporary'. Null value or list: false. -#}
{% macro in_list(value, list) -%}
    coalesce(position(';' || {{ value }} || ';' in ';' || {{ list }} || ';') > 0, false)
{%- endmacro %}
