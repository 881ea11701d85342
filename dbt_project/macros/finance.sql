{#- What a release checklist says of a day: held by it, known not to be, or not known. A yes written down later says nothing about the day; a
    claim not yet written down by then may still have been made (definition: claim_finance). -#}
{% macro held_by(column, checklist, day) -%}
    case
        when upper(trim({{ checklist }}.{{ column }})) = 'Y' and cast({{ checklist }}.recorded_datetime as date) <= {{ day }} then 'held'
        when upper(trim({{ checklist }}.{{ column }})) = 'N' then 'not_held'
        else 'unknown'
    end
{%- endmacro %}
{% macro claimed_by(checklist, day) -%}
    case
        when {{ checklist }}.benefit_claim_date <= {{ day }} then 'held'
        when {{ checklist }}.benefit_claim_date > {{ day }} then 'not_held'
        when cast({{ checklist }}.recorded_datetime as date) >= {{ day }} then 'not_held'
        else 'unknown'
    end
{%- endmacro %}
