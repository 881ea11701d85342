{{ config(materialized='view') }}
-- Results that are safe to show (definition: disclosure). Small counts are hidden, and every
-- rate, bound and limit is worked out again from the counts that are left.
with
limits as (
    select
        {{ threshold('suppression_max', as_of()) }} as suppression_max,
        {{ threshold('whole_group_denominator', as_of()) }} as whole_group_denominator
),

exact as (
    select counts.*, limits.suppression_max, limits.whole_group_denominator
    from {{ ref('int_measure_cell') }} as counts
    cross join limits
    where counts.geography_kind in ('nation', 'region', 'provider')
),

-- A numerator goes with a small complement, with a small base, and where a small group shares one outcome.
marked as (
    select
        exact.*,
        numerator between 1 and suppression_max
            or denominator - numerator between 1 and suppression_max
            or denominator between 1 and suppression_max
            or (denominator between 1 and whole_group_denominator - 1 and (numerator = 0 or numerator = denominator))
            as is_numerator_hidden,
        denominator between 1 and suppression_max as is_denominator_hidden
    from exact
),

counts as (
    select
        measure_id,
        period_grain,
        period_start,
        geography_kind,
        geography_id,
        characteristic,
        characteristic_value,
        unit,
        direction,
        case when not is_numerator_hidden then numerator end as numerator,
        case when not is_denominator_hidden then denominator end as denominator,
        {% for count in ['unknown', 'not_yet_due', 'out_of_scope', 'stale'] -%}
        case when not {{ count }} between 1 and suppression_max then {{ count }} end as {{ count }},
        {% endfor -%}
        median_days,
        pairs,
        numerators_in_pairs,
        pairs_of_numerators,
        status,
        vintage
    from marked
),

results as (
    {{ measure_rates('counts', threshold('low_rate_denominator', as_of())) }}
)

select
    results.measure_id,
    results.period_grain,
    results.period_start,
    results.geography_kind,
    results.geography_id,
    results.characteristic,
    results.characteristic_value,
    results.numerator,
    results.denominator,
    results.value,
    results.lower,
    results.upper,
    results.interval_method,
    results.value_all_in,
    results.unknown,
    results.not_yet_due,
    results.out_of_scope,
    results.stale,
    results.value_if_unknown_all_good,
    results.value_if_unknown_all_bad,
    results.status,
    results.vintage,
    case
        when results.denominator = 0 then '[x]'
        when results.value is null then '[c]'
        when results.denominator < {{ threshold('low_reliability_denominator', as_of()) }} then '[u]'
        else ''
    end
    || case
        when results.value is not null and (
            results.unknown is null or results.not_yet_due is null or results.out_of_scope is null or results.stale is null
        ) then '[c]'
        else ''
    end as suppression
from results
