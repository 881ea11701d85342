{#- The value of a dated threshold (seed `threshold`) in force on a day. -#}
{% macro threshold(name, on_day) -%}
    (
        select max(threshold.value) from {{ ref('threshold') }} as threshold
        where threshold.threshold = '{{ name }}'
            and {{ on_day }} between threshold.valid_from and coalesce(threshold.valid_to, cast('9999-12-31' as date))
    )
{%- endmacro %}
