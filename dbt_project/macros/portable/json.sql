{#- A JSON object as text: names and the columns with their values, in turn. Text is quoted; what JSON does not let stand in a text is left out,
    so that what is written can always be read. -#}
{% macro json_object(names_and_values) -%}
    concat('{' {%- for name, value in names_and_values | batch(2) %}, '"{{ name }}": ', coalesce('"' || translate(cast({{ value }} as {{ dbt.type_string() }}), '"\' || chr(9) || chr(10) || chr(13), '''/   ') || '"', 'null') {%- if not loop.last %}, ', ' {%- endif %}{% endfor %}, '}')
{%- endmacro %}
