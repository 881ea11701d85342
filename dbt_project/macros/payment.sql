{#-
The answer of a payment rule for a claim in one view: empty where the rule does not apply, `pass`, `fail`, or the first reason for which it
cannot be tested (definition: payment_not_testable). `reasons`: pairs of reason and condition in the order of the definition. `fails_anyway`:
a leg that fails whatever else is missing.
-#}
{% macro verdict(applies, reasons, fails, fails_anyway=none) -%}
    {%- set answers = ['pass', 'fail', 'table_missing', 'no_column', 'no_term', 'not_linked', 'no_source_row', 'no_version', 'value_missing', 'not_due'] -%}
    case
        when not coalesce({{ applies }}, false) then null
        {%- if fails_anyway %}
        when coalesce({{ fails_anyway }}, false) then {{ one_of(answers, "'fail'") }}
        {%- endif %}
        {%- for reason, condition in reasons %}
        when coalesce({{ condition }}, false) then {{ one_of(answers, "'" ~ reason ~ "'") }}
        {%- endfor %}
        when coalesce({{ fails }}, false) then {{ one_of(answers, "'fail'") }}
        else {{ one_of(answers, "'pass'") }}
    end
{%- endmacro %}

{#- Another rule does not mask this one: it passes or does not apply. -#}
{% macro passes(rule) -%}
    coalesce({{ rule }}, 'pass') = 'pass'
{%- endmacro %}

{#- A table is not complete to a day, as far as a view sees; one that never came is complete to none. `complete_to` already lies the lag behind what was delivered. -#}
{% macro not_complete(complete_to, day, view) -%}
    (({{ complete_to }} is null and {{ day }} is not null) or least({{ complete_to }}, {{ view }}.lagged_to) < {{ day }})
{%- endmacro %}

{#- A value without a time of day, or at midnight, is a day (definition: payment_days). -#}
{% macro is_day(moment) -%}
    (cast(cast({{ moment }} as date) as timestamp) = {{ moment }})
{%- endmacro %}

{#- One moment before, or at or before, another: compared as days where either is a day. -#}
{% macro comes_before(one, other) -%}
    case
        when {{ is_day(one) }} or {{ is_day(other) }} then cast({{ one }} as date) < cast({{ other }} as date)
        else {{ one }} < {{ other }}
    end
{%- endmacro %}
{% macro comes_no_later(one, other) -%}
    case
        when {{ is_day(one) }} or {{ is_day(other) }} then cast({{ one }} as date) <= cast({{ other }} as date)
        else {{ one }} <= {{ other }}
    end
{%- endmacro %}

{#- Clock time in UTC of a moment in England and Wales; `day` is its row of payment_day. Of an hour that occurs twice, the first. -#}
{% macro in_utc(moment, day) -%}
    ({{ moment }} - case
        when {{ day }}.summer_time = 'all'
            or ({{ day }}.summer_time = 'from one' and extract(hour from {{ moment }}) >= 1)
            or ({{ day }}.summer_time = 'until two' and extract(hour from {{ moment }}) < 2)
            then interval '1' hour
        else interval '0' hour
    end)
{%- endmacro %}

{#- A change of an action that a review made: it names the review or, where it names none, is of that day (definition: payment_nothing_changed). -#}
{% macro is_changed_by(history, review_ref, reviewed_on) -%}
    (
        {{ history }}.old_value is distinct from {{ history }}.new_value
        and (
            {{ reference(history ~ '.review_ref') }} = {{ review_ref }}
            or ({{ history }}.review_ref is null and cast({{ history }}.change_ts as date) = {{ reviewed_on }})
        )
    )
{%- endmacro %}

{#- Which model answers which rule on claims, as JSON. -#}
{% macro answered_rules() -%}
{
    "rule_person": ["R01", "R02", "R03"],
    "rule_custody": ["R04", "R05", "R06", "R07", "R09", "R10", "R11"],
    "rule_action": ["R08", "R27", "R28", "R29"],
    "rule_plan": ["R13", "R14", "R15", "R16", "R17", "R25", "R26", "R31"],
    "rule_review": ["R12", "R18", "R19", "R20", "R21", "R30", "R33"],
    "rule_text": ["R22", "R23", "R24"],
    "rule_claim": ["R34", "R35", "R36", "R37", "R38", "R39", "R40"],
    "rule_price": ["R41", "R42", "R43", "R44", "R45", "R53"],
    "rule_evidence": ["R46", "R47", "R48", "R49"],
    "rule_crs": ["R56", "R57", "R58", "R59", "R60", "R61"],
    "rule_release": ["R32", "R62", "R65", "R66", "R67", "R68", "R69", "R70"]
}
{%- endmacro %}

{#- The views of a claim (definition: claim_known_then), as JSON. What is found of a claim has a column for each, which ends with its name. -#}
{% macro views() -%}
{{ ['now', 'then', 'perhaps'] | tojson }}
{%- endmacro %}

{#- Whether a view of a claim sees what was known from a moment on, of which `row` has the columns, their names with `prefix` before. -#}
{% macro is_known_in(view, row, claim, prefix='') -%}
    {{ 'true' if view == 'now' else 'coalesce(' ~ claim ~ '.submitted_ts >= ' ~ row ~ '.' ~ prefix ~ ('maybe_from' if view == 'perhaps' else 'known_from') ~ ', false)' }}
{%- endmacro %}

{#- not_complete, as far as a view of a claim sees that is named: now sees all that was delivered. -#}
{% macro not_complete_in(view, complete_to, day, claim) -%}
    {%- if view == 'now' -%}
    (({{ complete_to }} is null and {{ day }} is not null) or {{ complete_to }} < {{ day }})
    {%- else -%}
    {{ not_complete(complete_to, day, claim) }}
    {%- endif -%}
{%- endmacro %}

{#- The columns for each view. -#}
{% macro in_each_view(column) -%}
    {% for view in fromjson(views()) %}{{ column }}_{{ view }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- An answer that is alike in every view, as the column of each. -#}
{% macro alike_in_each_view(answer) -%}
    {% for view in fromjson(views()) %}{{ answer }} as {{ answer }}_{{ view }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- Whether a claim was paid, as far as a view sees: now is by what was paid, whether or not its day is known. -#}
{% macro was_paid_in(view, claim) -%}
    {{ claim }}.is_paid{{ '' if view == 'now' else ' and ' ~ claim ~ '.first_paid_on <= ' ~ seen_to(view, claim) }}
{%- endmacro %}

{#- The day to which a view of a claim sees, and the same of tables that may come late. -#}
{% macro seen_to(view, claim) -%}
    {{ "cast('9999-12-30' as date)" if view == 'now' else claim ~ '.submitted_on' }}
{%- endmacro %}
{% macro lagged_to(view, claim) -%}
    {{ "cast('9999-12-30' as date)" if view == 'now' else claim ~ '.lagged_to' }}
{%- endmacro %}
