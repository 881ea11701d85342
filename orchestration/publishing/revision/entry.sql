-- One row a changed figure: what it was and is, how many releases count otherwise for each cause, and the main cause.
with grain as (
    select unnest(['month', 'quarter', 'year', 'roll3', 'roll12']) as period_grain, unnest([1, 3, 12, 3, 12]) as months
),
counted as (
    select
        figure.measure_id, figure.period_grain, figure.period_start, figure.geography_kind, figure.geography_id,
        count(distinct contribution.release_id) filter (where cause.cause = 'linkage') as releases_linkage,
        count(distinct contribution.release_id) filter (where cause.cause = 'corrected') as releases_corrected,
        count(distinct contribution.release_id) filter (where cause.cause = 'late') as releases_late,
        count(distinct contribution.release_id) filter (where cause.cause = 'rule') as releases_rule,
        count(distinct contribution.release_id) filter (where cause.cause = 'due') as releases_due,
        greatest(releases_linkage, releases_corrected, releases_late, releases_rule, releases_due) as most
    from figure
    inner join grain using (period_grain)
    inner join contribution
        on contribution.measure_id = figure.measure_id
        and contribution.geography_kind = figure.geography_kind and contribution.geography_id = figure.geography_id
        and contribution.month >= figure.period_start
        and contribution.month < figure.period_start + to_months(cast(grain.months as integer))
    inner join cause on cause.measure_id = contribution.measure_id and cause.release_id = contribution.release_id
    group by
        figure.measure_id, figure.period_grain, figure.period_start, figure.geography_kind, figure.geography_id
)
select
    fact.edition_before, fact.edition, measure_id, period_grain, period_start, geography_kind, geography_id,
    figure.status_before, figure.status, figure.vintage_before, fact.vintage,
    coalesce(first.value, figure.value_before) as first_value, coalesce(first.vintage, figure.vintage_before) as first_vintage,
    figure.numerator_before, figure.numerator, figure.denominator_before, figure.denominator, figure.value_before, figure.value,
    coalesce(counted.releases_linkage, 0) as releases_linkage,
    coalesce(counted.releases_corrected, 0) as releases_corrected,
    coalesce(counted.releases_late, 0) as releases_late,
    coalesce(counted.releases_rule, 0) as releases_rule,
    coalesce(counted.releases_due, 0) as releases_due,
    -- Of two causes with as many releases the one named first here is the main one.
    case
        when counted.releases_linkage = counted.most then 'linkage'
        when counted.releases_corrected = counted.most then 'corrected'
        when counted.releases_late = counted.most then 'late'
        when counted.releases_rule = counted.most then 'rule'
        when counted.releases_due = counted.most then 'matured'
        when fact.other_code then 'rule'
        else 'corrected'
    end as main_cause,
    main_cause <> 'matured' and (
        coalesce(figure.numerator is not null and abs(figure.value - figure.value_before) > fact.points, figure.value is null)
        or abs(figure.denominator - figure.denominator_before) > fact.share * figure.denominator_before
        or coalesce(abs(figure.numerator - figure.numerator_before) > fact.share * figure.numerator_before, false)
    ) as is_announced
from figure
cross join fact
left join counted using (measure_id, period_grain, period_start, geography_kind, geography_id)
left join first_published as first using (measure_id, period_grain, period_start, geography_kind, geography_id)
order by all
