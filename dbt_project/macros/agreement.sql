{#- What a comparison says, in a word, by what it adds to the weight of a pair; nothing is also added by what is known and says nothing,
    such as two homes in one district. Needs `threshold.twin_rule`. -#}
{% macro agreement(part) -%}
    case
        when {{ part }} > threshold.twin_rule then 'agrees'
        when {{ part }} > 0 then 'agrees partly'
        when {{ part }} < 0 then 'differs'
        when {{ part }} = 0 then 'not known'
    end
{%- endmacro %}
