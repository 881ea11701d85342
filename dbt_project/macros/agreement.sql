{#- What a comparison says, in a word, by what it adds to the weight of a pair; nothing is also added by what is known and says nothing,
    such as two homes in one district. Needs `threshold` with the thresholds of the model; `least` is the one above which
    it agrees: a name by which twins may be told apart agrees only partly. -#}
{% macro agreement(part, least='agreement') -%}
    case
        when {{ part }} > threshold.{{ least }} then 'agrees'
        when {{ part }} > 0 then 'agrees partly'
        when {{ part }} < 0 then 'differs'
        when {{ part }} = 0 then 'not known'
    end
{%- endmacro %}
