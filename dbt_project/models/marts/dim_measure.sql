-- With the design effects that the limits of its protected figures are made with (definition: disclosure_rate).
with
effect as (
    select
        measure_id,
        max(case when period_grain = 'month' then design_effect end) as design_effect_month,
        max(case when period_grain = 'quarter' then design_effect end) as design_effect_quarter,
        max(case when period_grain = 'year' then design_effect end) as design_effect_year,
        max(case when period_grain = 'roll3' then design_effect end) as design_effect_roll3,
        max(case when period_grain = 'roll12' then design_effect end) as design_effect_roll12
    from {{ ref('int_measure_design_effect') }}
    group by measure_id
)

select
    measure.measure_id,
    measure.kind,
    measure.name,
    measure.label,
    measure.definition,
    measure.numerator_label,
    measure.denominator_label,
    measure.sentence,
    measure.domain,
    measure.cohort,
    measure.day,
    measure.cohort_day,
    measure.clock,
    measure.numerator_classes,
    measure.split_by,
    measure.unit,
    measure.direction,
    measure.official_code,
    measure.comparability_note,
    measure.source,
    measure.is_payment,
    measure.is_headline,
    measure.headline_order,
    measure.sort_order,
    measure.part_of,
    measure.adds_up_to,
    effect.design_effect_month,
    effect.design_effect_quarter,
    effect.design_effect_year,
    effect.design_effect_roll3,
    effect.design_effect_roll12,
    measure.valid_from,
    measure.valid_to,
    measure.verified
from {{ ref('measures') }} as measure
left join effect
    on effect.measure_id = measure.measure_id
