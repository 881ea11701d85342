{#- A reference to a person, booking, contract, task, claim or invoice as it is compared: in upper case. The door has taken the blanks off its
    ends. It is printed as delivered (definition: delivery_references). -#}
{% macro reference(column) -%}
    upper({{ column }})
{%- endmacro %}
