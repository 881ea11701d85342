{#-
The columns every audit model ends in: what was found, about whom, and the row that shows it. `n` counts what one row stands for.
A pointer is 'delivery|file|row number|row hash'; a finding with no single row passes none.
-#}
{% macro finding(name, subject_kind, subject_id, pointer=none, n='1') -%}
    {{ name }} as finding,
    {{ subject_kind }} as subject_kind,
    {{ subject_id }} as subject_id,
    {% if pointer -%}
    {{ pointer_part(pointer, 1) }} as delivery,
    {{ pointer_part(pointer, 2) }} as file,
    cast({{ pointer_part(pointer, 3) }} as bigint) as row_number,
    {%- else -%}
    cast(null as {{ dbt.type_string() }}) as delivery,
    cast(null as {{ dbt.type_string() }}) as file,
    cast(null as bigint) as row_number,
    {%- endif %}
    cast({{ n }} as bigint) as n
{%- endmacro %}

{% macro pointer_part(pointer, part) -%}
    split_part({{ pointer }}, '|', {{ part }})
{%- endmacro %}
