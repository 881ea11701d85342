{#- Rates, bounds and intervals from counts; exact and protected results differ only in the counts they bring
    (definition: rate_denominator, rate_interval). `counts` is a CTE shaped as int_measure_cell, whose counts may be null where hidden: what
    needs a hidden count is then null too. No figure is made on a denominator under `smallest_base`.

    Design effect: the variance of p clustered by person over p(1-p)/n. Over people with s of n_i releases in the numerator it
    is sum (s - n_i p)^2 / (n p (1-p)); written over ordered pairs of releases of one person, that is one plus the term below. -#}
{% macro measure_rates(counts, smallest_base=0) %}
with
z as (
    select cast({{ threshold('confidence_z', as_of()) }} as double) as z
),

shared as (
    select
        {{ counts }}.*,
        case when unit = 'share' and denominator >= {{ smallest_base }}
            then cast(numerator as double) / nullif(denominator, 0)
        end as p,
        case when denominator >= {{ smallest_base }}
            then cast(nullif(denominator + unknown, 0) as double)
        end as all_in_base
    from {{ counts }}
),

effect as (
    select
        shared.*,
        shared.pairs > 0 and shared.p > 0 and shared.p < 1 as is_clustered,
        case
            when shared.pairs > 0 and shared.p > 0 and shared.p < 1
                then 1 + 2 * (
                    shared.pairs_of_numerators - shared.p * shared.numerators_in_pairs + shared.p * shared.p * shared.pairs
                ) / (shared.denominator * shared.p * (1 - shared.p))
        end as design_effect
    from shared
),

sized as (
    select
        effect.*,
        case
            when effect.design_effect > 1 then effect.denominator / effect.design_effect
            else cast(effect.denominator as double)
        end as effective_n
    from effect
)

select
    sized.measure_id,
    sized.period_grain,
    sized.period_start,
    sized.geography_kind,
    sized.geography_id,
    sized.characteristic,
    sized.characteristic_value,
    sized.numerator,
    sized.denominator,
    case
        when sized.unit = 'share' then sized.p
        when sized.denominator >= {{ smallest_base }} then sized.median_days
    end as value,
    case when sized.p is not null then {{ wilson_lower('sized.p', 'sized.effective_n', 'z.z') }} end as lower,
    case when sized.p is not null then {{ wilson_upper('sized.p', 'sized.effective_n', 'z.z') }} end as upper,
    case
        when sized.p is null then null
        when sized.is_clustered then 'wilson_clustered'
        else 'wilson'
    end as interval_method,
    case when sized.unit = 'share' then sized.numerator / sized.all_in_base end as value_all_in,
    sized.unknown,
    sized.not_yet_due,
    sized.out_of_scope,
    sized.stale,
    case
        when sized.unit <> 'share' then null
        when sized.direction = 'good' then (sized.numerator + sized.unknown) / sized.all_in_base
        when sized.direction = 'bad' then sized.numerator / sized.all_in_base
    end as value_if_unknown_all_good,
    case
        when sized.unit <> 'share' then null
        when sized.direction = 'good' then sized.numerator / sized.all_in_base
        when sized.direction = 'bad' then (sized.numerator + sized.unknown) / sized.all_in_base
    end as value_if_unknown_all_bad,
    sized.status,
    sized.vintage
from sized
cross join z
{% endmacro %}
