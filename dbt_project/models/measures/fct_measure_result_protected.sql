{{ config(materialized='view') }}
-- The printed counts and figures in words (definition: disclosure): which there are, and what they say, was decided with
-- int_measure_printed. Nothing here is worked out from an exact count.
with
period as (
    select distinct period_no, period_grain, period_start, period_end
    from {{ ref('int_measure_period') }}
),

named as (
    select
        measure.measure_id,
        period.period_grain,
        period.period_start,
        period.period_end,
        measure_group.geography_kind,
        measure_group.geography_id,
        measure_group.characteristic,
        coalesce(listed.category, measure_group.characteristic_value) as characteristic_value,
        registered.domain,
        printed.*,
        case
            when {{ add_days('period.period_end', "measure.mature_day + cast(" ~ threshold('final_after_days', as_of()) ~ " as integer)") }}
                <= measure.mature_through then 'final'
            else 'provisional'
        end as status
    from {{ ref('int_measure_printed') }} as printed
    inner join {{ ref('int_measure_registered') }} as measure
        on measure.measure_no = printed.measure_no
    inner join {{ ref('measures') }} as registered
        on registered.measure_id = measure.measure_id
    inner join period
        on period.period_no = printed.period_no
    inner join {{ ref('int_measure_group') }} as measure_group
        on measure_group.group_id = printed.group_id
    left join {{ ref('int_measure_listed') }} as listed
        on listed.category_no = printed.category_no
),

-- Periods that hold a break of the domain.
broken as (
    select distinct period.period_grain, period.period_start, domain.domain
    from period
    cross join (select distinct domain from {{ ref('measures') }}) as domain
    inner join {{ ref('policy_break') }} as policy_break
        on policy_break.date between period.period_start and period.period_end
        and {{ in_list('domain.domain', 'policy_break.domains') }}
)

select
    named.measure_id,
    named.period_grain,
    named.period_start,
    named.geography_kind,
    named.geography_id,
    named.characteristic,
    named.characteristic_value,
    cast(named.numerator as bigint) as numerator,
    cast(named.denominator as bigint) as denominator,
    named.value,
    named.lower,
    named.upper,
    case when named.lower is not null then 'wilson_rounded' end as interval_method,
    named.value_all_in,
    cast(named.unknown as bigint) as unknown,
    cast(named.not_yet_due as bigint) as not_yet_due,
    cast(named.out_of_scope as bigint) as out_of_scope,
    cast(named.stale as bigint) as stale,
    named.value_if_unknown_all_good,
    named.value_if_unknown_all_bad,
    named.status,
    {{ as_of() }} as vintage,
    trim(
        case when named.is_hidden then '[c] ' else '' end
        || case when named.is_thin then '[u] ' else '' end
        || case when named.status = 'provisional' then '[p] ' else '' end
        || case when broken.domain is not null then '[b] ' else '' end
        || case when named.denominator = 0 then '[x]' else '' end
    ) as marks
from named
left join broken
    on broken.period_grain = named.period_grain
    and broken.period_start = named.period_start
    and broken.domain = named.domain
