with
comparator as (
    select
        comparator.*,
        cast(comparator.numerator as double) / nullif(comparator.denominator, 0) as share,
        {{ threshold('confidence_z', as_of()) }} as z
    from {{ ref('comparator') }} as comparator
)

-- The value is the one printed; an interval can be given only where the counts were printed with it.
select
    comparator_id,
    measure_id,
    label,
    period,
    geography,
    value,
    numerator,
    denominator,
    case when denominator > 0 then {{ wilson_lower('share', 'denominator', 'z') }} end as lower,
    case when denominator > 0 then {{ wilson_upper('share', 'denominator', 'z') }} end as upper,
    kind,
    is_comparable,
    comparability_note,
    valid_from,
    valid_to,
    source,
    verified
from comparator
