{#-
The columns every audit model ends in: what was found, about whom, and the pointer to the row that shows it. `n` counts what one
row stands for. A finding with no single row passes no pointer.
-#}
{% macro finding(name, subject_kind, subject_id, pointer='cast(null as bigint)', n='1') -%}
    {{ name }} as finding,
    {{ subject_kind }} as subject_kind,
    {{ subject_id }} as subject_id,
    {{ pointer }} as _pointer,
    cast({{ n }} as bigint) as n
{%- endmacro %}
