{#- Halves go up, away from zero, where a figure is printed (measures: G12). The number passes through a decimal of twelve
    places first, so that 32.5 held as 32.499999999999996 still is a half. -#}
{% macro round_half_up(number, places=0) -%}
    round(cast({{ number }} as decimal(30, 12)), {{ places }})
{%- endmacro %}
