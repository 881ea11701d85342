with
totals as (
    select
        measure_id,
        period_start,
        sum(case when geography_kind = 'nation' then denominator else 0 end) as nation,
        sum(case when geography_kind = 'region' then denominator else 0 end) as regions
    from {{ ref('fct_measure_result') }}
    where period_grain = 'month' and characteristic = 'all' and geography_kind in ('nation', 'region')
    group by measure_id, period_start
),

nowhere as (
    select
        person.measure_id,
        cast({{ dbt.date_trunc('month', 'release.release_date') }} as date) as period_start,
        count(*) as releases
    from {{ ref('fct_measure_person') }} as person
    inner join {{ ref('fct_release') }} as release
        on release.release_id = person.release_id
    where person.in_denominator and release.supervising_region is null
    group by person.measure_id, cast({{ dbt.date_trunc('month', 'release.release_date') }} as date)
)

select totals.measure_id, totals.period_start, totals.nation, totals.regions
from totals
left join nowhere
    on nowhere.measure_id = totals.measure_id and nowhere.period_start = totals.period_start
where totals.nation <> totals.regions + coalesce(nowhere.releases, 0)
