{#- Whether a release can be judged for recall by day k, in the order of the status states: not yet due, out of scope, unknown
    (definition: release_licence, status_states). `release` is an alias of int_measure_recall. -#}
{% macro recall_state(release, day) -%}
    case
        when {{ add_days(release ~ '.release_date', day) }} > {{ release }}.mature_through then 'not_yet_due'
        when not {{ release }}.is_on_licence then 'out_of_scope'
        when {{ release }}.is_on_licence is null or not {{ release }}.is_delivered then 'unknown'
        else 'observed'
    end
{%- endmacro %}

{% macro recall_reason_unknown(release) -%}
    case
        when not {{ release }}.is_on_licence then 'not_on_licence'
        when not {{ release }}.is_delivered then 'table_missing'
        when {{ release }}.is_on_licence is null then 'licence_unknown'
    end
{%- endmacro %}
