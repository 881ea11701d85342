{#- Whether a release can be judged for recall by day k, in the order of the status states: not yet due, out of scope, unknown
    (definition: release_licence, status_states, delivery_unreadable_event). A recall that cannot be read leaves unknown what one that can
    does not show by the day. `release` is an alias of int_measure_recall; `days` its column with the day of what is asked about;
    `by_movements`: whether movements decide it too. -#}
{% macro recall_state(release, day, days='days_to_recall', by_movements=false) -%}
    case
        when {{ add_days(release ~ '.release_date', day) }} > {{ release }}.mature_through then 'not_yet_due'
        when not {{ release }}.is_on_licence then 'out_of_scope'
        when {{ release }}.is_on_licence is null or not {{ release }}.is_delivered then 'unknown'
        when ({{ release }}.is_recall_unreadable{% if by_movements %} or {{ release }}.is_place_unreadable{% endif %})
            and not coalesce({{ release }}.{{ days }} <= {{ day }}, false) then 'unknown'
        else 'observed'
    end
{%- endmacro %}

{% macro recall_reason_unknown(release) -%}
    case
        when not {{ release }}.is_on_licence then 'not_on_licence'
        when not {{ release }}.is_delivered then 'table_missing'
        when {{ release }}.is_on_licence is null and not coalesce({{ release }}.is_licence_unreadable, false) then 'licence_unknown'
        else 'unreadable_record'
    end
{%- endmacro %}
