{#- An aggregate over the rows that come one step before in an order, all those of one step together (a delivery, say). -#}
{% macro over_group_before(aggregate, partition_by, order_by) -%}
    {{ aggregate }} over (partition by {{ partition_by }} order by {{ order_by }} groups between 1 preceding and 1 preceding)
{%- endmacro %}
