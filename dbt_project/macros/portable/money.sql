{#- A share of a payment in whole pennies, half up: payment x part / whole. Worked in whole numbers, because dividing
    decimals gives a floating point number, which puts a half penny on either side. `whole` must not be 0. -#}
{% macro share_in_pennies(payment, part, whole) -%}
    {%- set top = "(" ~ pennies(payment) ~ " * " ~ pennies(part) ~ ")" -%}
    {%- set bottom = pennies(whole) -%}
    cast(cast(
        sign({{ top }}) * sign({{ bottom }})
        * {{ whole_division("(2 * abs(" ~ top ~ ") + abs(" ~ bottom ~ "))", "(2 * abs(" ~ bottom ~ "))") }}
        as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}

{#- Pounds to pennies, wide enough for the product of two amounts. -#}
{% macro pennies(amount) -%}
    {{ return(adapter.dispatch('pennies', 'gatehouse')(amount)) }}
{%- endmacro %}
{% macro default__pennies(amount) -%}
    cast({{ amount }} * 100 as hugeint)
{%- endmacro %}
{% macro spark__pennies(amount) -%}
    cast({{ amount }} * 100 as decimal(18, 0))
{%- endmacro %}

{% macro whole_division(top, bottom) -%}
    {{ return(adapter.dispatch('whole_division', 'gatehouse')(top, bottom)) }}
{%- endmacro %}
{% macro default__whole_division(top, bottom) -%}
    ({{ top }} // {{ bottom }})
{%- endmacro %}
{% macro spark__whole_division(top, bottom) -%}
    ({{ top }} div {{ bottom }})
{%- endmacro %}
