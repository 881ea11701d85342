-- The registry, with what counting needs: a number for the measure, the cohort its places come from, and the split its groups may
-- have (int_measure_group). A measure with a split of its own has that one and the total; a composition has the total, and its
-- categories have the split.
select
    measure.measure_id,
    measure.sort_order as measure_no,
    measure.kind,
    measure.split_by,
    measure.unit,
    measure.direction,
    case when measure.is_payment then measure.cohort else 'releases' end as cohort,
    case
        when measure.kind = 'composition' then 0
        when measure.split_by is null then 1
        else breakdown.sort_order
    end as split_no,
    breakdown.sort_order as category_split_no,
    maturity.mature_through,
    -- Of a measure without a day (who is at large now) no period is ever final.
    coalesce(measure.cohort_day, measure.day) as mature_day
from {{ ref('measures') }} as measure
left join {{ ref('breakdowns') }} as breakdown
    on breakdown.characteristic = measure.split_by
left join {{ ref('int_domain_maturity') }} as maturity
    on maturity.domain = measure.domain
