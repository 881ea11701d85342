{#- A birth date that is no placeholder: neither one of those listed nor one that gives an impossible age on the day
    (definition: release_age, release_placeholder_age). -#}
{% macro usable_birth_date(birth_date, listed_placeholder, on_day) -%}
    case when {{ listed_placeholder }} is null and not {{ is_impossible_age(birth_date, on_day) }} then {{ birth_date }} end
{%- endmacro %}

{% macro is_impossible_age(birth_date, on_day) -%}
    coalesce(
        {{ age_in_years(birth_date, on_day) }} < {{ threshold('youngest_age', on_day) }}
        or {{ age_in_years(birth_date, on_day) }} > {{ threshold('oldest_age', on_day) }},
        false
    )
{%- endmacro %}
