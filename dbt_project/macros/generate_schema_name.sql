{#- Schema = folder, with no prefix, so that asset, table, model and published file share one name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro %}
