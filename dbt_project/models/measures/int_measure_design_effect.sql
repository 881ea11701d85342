{{ config(materialized='table') }}
-- One design effect for each measure and kind of period, so that no limit says how one group is clustered
-- (definition: disclosure_rate). The effect of a group is that of exact results (macro measure_rates). Groups are so large, with the
-- outcome and without, that one more person released twice moves their effect by a fiftieth at most, where a tenth is printed.
with
shared as (
    select
        measure_id,
        period_grain,
        denominator,
        pairs,
        numerators_in_pairs,
        pairs_of_numerators,
        cast(numerator as double) / denominator as p
    from {{ ref('int_measure_cell') }}
    where geography_kind = 'nation'
        and characteristic = 'all'
        and unit = 'share'
        and numerator >= {{ threshold('design_effect_least', as_of()) }}
        and denominator - numerator >= {{ threshold('design_effect_least', as_of()) }}
),

effect as (
    select
        measure_id,
        period_grain,
        case
            when p > 0 and p < 1
                then greatest(1, 1 + 2 * (pairs_of_numerators - p * numerators_in_pairs + p * p * pairs) / (denominator * p * (1 - p)))
            else 1
        end as design_effect
    from shared
),

ranked as (
    select
        measure_id,
        period_grain,
        design_effect,
        row_number() over (partition by measure_id, period_grain order by design_effect) as place,
        count(*) over (partition by measure_id, period_grain) as places
    from effect
)

select
    measure_id,
    period_grain,
    floor(avg(design_effect) * 10 + 0.5) / 10 as design_effect
from ranked
where 2 * place between places and places + 2
group by measure_id, period_grain
