{#- The probability of x or more of n where each has probability p: the upper tail of the binomial distribution. Summed in logarithms; p of 1
    or more gives 1. -#}
{% macro binomial_tail(x, n, p) -%}
    {{ return(adapter.dispatch('binomial_tail', 'gatehouse')(x, n, p)) }}
{%- endmacro %}
{% macro default__binomial_tail(x, n, p) -%}
    case when {{ x }} <= 0 or {{ p }} >= 1 then 1.0 else list_sum(list_transform(
        range({{ x }}, {{ n }} + 1),
        lambda k: exp(lgamma({{ n }} + 1) - lgamma(k + 1) - lgamma({{ n }} - k + 1) + k * ln({{ p }}) + ({{ n }} - k) * ln(1 - ({{ p }})))
    )) end
{%- endmacro %}
{% macro spark__binomial_tail(x, n, p) -%}
    case when {{ x }} <= 0 or {{ p }} >= 1 then 1.0 else aggregate(
        sequence({{ x }}, {{ n }}), cast(0 as double),
        (total, k) -> total + exp(aggregate(sequence(1, {{ n }}), cast(0 as double), (s, i) -> s + case when i > k then ln(i) else 0 end - case when i <= {{ n }} - k then ln(i) else 0 end) + k * ln({{ p }}) + ({{ n }} - k) * ln(1 - ({{ p }})))
    ) end
{%- endmacro %}
