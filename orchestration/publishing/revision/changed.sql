-- Figures that had a value before and have other counts or another value now.
create temp table figure as
select
    measure_id, period_grain, period_start, geography_kind, geography_id,
    old.status as status_before, new.status as status, old.vintage as vintage_before,
    old.numerator as numerator_before, new.numerator as numerator,
    old.denominator as denominator_before, coalesce(new.denominator, 0) as denominator,
    old.value as value_before, new.value as value
from (select * from old.fct_measure_result where characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')) as old
left join (select * from new.fct_measure_result where characteristic = 'all') as new
    using (measure_id, period_grain, period_start, geography_kind, geography_id)
where old.value is not null
    and (old.numerator is distinct from new.numerator or old.denominator is distinct from new.denominator
         or old.value is distinct from new.value);

-- Units that count otherwise, and those whose place, month or person is another, of the measures whose figures changed.
create temp table measure as
select distinct measure_id, domain, day, is_payment, cohort = 'recalls' as is_of_recalls, cohort_day, clock
from new.dim_measure where measure_id in (select measure_id from figure);

create temp view unit as
select 'old' as side, * from old.fct_measure_person where measure_id in (select measure_id from measure)
union all
select 'new' as side, * from new.fct_measure_person where measure_id in (select measure_id from measure);

create temp view release as
select 'old' as side, * from old.fct_release union all select 'new' as side, * from new.fct_release;

create temp table member as
with claim as (
    select 'old' as side, release_id, provider, domain, setting, is_paid, is_reversal, is_reversed from old.fct_claim
    union all
    select 'new', release_id, provider, domain, setting, is_paid, is_reversal, is_reversed from new.fct_claim
),
paid as (
    from claim where is_paid and not is_reversal and not coalesce(is_reversed, false) and release_id is not null
)
select 'old' as side, false as is_payment, '' as domain, release_id, provider from old.fct_release_provider
union select 'new', false, '', release_id, provider from new.fct_release_provider
union select side, true, domain, release_id, provider from paid
-- P09 counts recalls, of releases with any paid custody task.
union select side, true, 'recall', release_id, provider from paid where setting = 'custody';

create temp table place as
with cohort as (
    select side, false as is_payment, '' as domain, release_id from release
    union select side, is_payment, domain, release_id from member where is_payment
)
select side, is_payment, domain, release_id, 'nation' as kind, 'EW' as id from cohort
union all
select side, is_payment, domain, release_id, 'region', supervising_region
from cohort inner join release using (side, release_id) where supervising_region is not null
union all
select side, is_payment, domain, release_id, 'provider', provider from member where provider is not null;

create temp table moved as
select distinct release_id
from (
    (from (select release_id, kind, id, is_payment, domain from place where side = 'old')
     except from (select release_id, kind, id, is_payment, domain from place where side = 'new'))
    union all
    (from (select release_id, kind, id, is_payment, domain from place where side = 'new')
     except from (select release_id, kind, id, is_payment, domain from place where side = 'old'))
    union all
    select release_id, null, null, null, null
    from old.fct_release as old inner join new.fct_release as new using (release_id)
    where old.release_date <> new.release_date
);

create temp table changed as
select distinct measure_id, release_id
from (
    select measure_id, release_id from unit where in_denominator
    group by measure_id, release_id, in_numerator, days having count(*) = 1
    union all
    select measure_id, release_id from unit where in_denominator and release_id in (from moved)
);

create temp table changed_unit as
from unit where (measure_id, release_id) in (select (measure_id, release_id) from changed);

-- What each changed unit adds to each place, before and now; only what differs is left.
create temp table contribution as
with counted as (
    select
        unit.side, unit.measure_id, unit.release_id, cast(date_trunc('month', release.release_date) as date) as month,
        place.kind as geography_kind, place.id as geography_id, unit.in_numerator, unit.days
    from changed_unit as unit
    inner join measure using (measure_id)
    inner join release using (side, release_id)
    inner join place
        on place.side = unit.side and place.release_id = unit.release_id and place.is_payment = measure.is_payment
        and (not measure.is_payment or place.domain = measure.domain)
    where unit.in_denominator
)
select distinct measure_id, release_id, month, geography_kind, geography_id, side
from counted
where (measure_id, release_id, month, geography_kind, geography_id, in_numerator, coalesce(days, -1)) in (
    select (measure_id, release_id, month, geography_kind, geography_id, in_numerator, coalesce(days, -1))
    from counted group by all having count(*) = 1);

-- The value a figure first came out with: so far that of the edition before.
create temp table first_published as
select measure_id, period_grain, period_start, geography_kind, geography_id, value_before as value, vintage_before as vintage
from figure;
