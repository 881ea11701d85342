{#- A kind of period as a number of its own, so that several can be told in one (int_measure_group.printed_grains). -#}
{% macro grain_bit(grain) -%}
    case {{ grain }} when 'month' then 1 when 'quarter' then 2 when 'year' then 4 when 'roll3' then 8 when 'roll12' then 16 end
{%- endmacro %}
