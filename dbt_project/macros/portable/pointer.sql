{#- Where a row came from, out of its pointer 'delivery|file|row number|hash': three columns. -#}
{% macro pointer_columns(pointer) -%}
    {{ dbt.split_part(pointer, "'|'", 1) }} as delivery,
    {{ dbt.split_part(pointer, "'|'", 2) }} as file,
    cast({{ dbt.split_part(pointer, "'|'", 3) }} as bigint) as row_number
{%- endmacro %}
