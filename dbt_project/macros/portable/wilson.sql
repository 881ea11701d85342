{#- Wilson 95% limits without continuity correction (definition: rate_interval). Shares between 0 and 1.
    `n` may be an effective size, smaller than the count; `z` is the normal quantile of the interval. The interval always holds p,
    also where the last binary digit of 0 or 1 would miss it. -#}
{% macro wilson_limit(p, n, z, sign) -%}
    (({{ p }} + {{ z }} * {{ z }} / (2 * {{ n }})
      {{ sign }} {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})))
     / (1 + {{ z }} * {{ z }} / {{ n }}))
{%- endmacro %}

{% macro wilson_lower(p, n, z) -%}
    greatest(cast(0 as double), least({{ p }}, {{ wilson_limit(p, n, z, '-') }}))
{%- endmacro %}

{% macro wilson_upper(p, n, z) -%}
    least(cast(1 as double), greatest({{ p }}, {{ wilson_limit(p, n, z, '+') }}))
{%- endmacro %}
