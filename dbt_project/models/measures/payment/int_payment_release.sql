-- Releases behind paid claims, and beside them releases like them without (definition: payment_measures, payment_comparison).
with
paid as (
    select
        claim.source,
        claim.claim_id,
        claim.provider,
        claim.contract_id,
        claim.task_reference as task_code,
        claim.prison,
        claim.domain,
        claim.setting,
        claim.task_date,
        chosen.release_id
    from {{ ref('payment_claim') }} as claim
    left join {{ ref('int_claim_release') }} as chosen on chosen.source = claim.source and chosen.claim_id = claim.claim_id
    where claim.is_paid and claim.waterfall = 'tested'
),

paid_amount as (
    select source, claim_id, paid_amount from {{ ref('fct_claim') }} where is_paid
),

release as (
    select release_id, release_date, releasing_prison
    from {{ ref('int_release') }}
),

outcome as (
    select measure_id, release_id, need_domain, state, is_like_paid, expected from {{ ref('int_payment_outcome') }}
),

claimed as (
    select
        outcome.measure_id,
        outcome.release_id,
        outcome.need_domain,
        outcome.state,
        outcome.expected,
        paid.provider,
        paid.contract_id,
        paid.task_code,
        paid.prison,
        release.release_date,
        release.releasing_prison,
        {{ month_number('release.release_date') }} as month_number,
        paid.task_date <= release.release_date as is_before_release
    from outcome
    inner join release on release.release_id = outcome.release_id
    inner join paid
        on paid.release_id = outcome.release_id
        and case when outcome.measure_id = 'P09' then paid.setting = 'custody' else paid.domain = outcome.need_domain end
),

-- Releases of the same prisons and months, the need flagged, for whom nobody was paid for a task of the domain.
like_them as (
    select distinct measure_id, need_domain, provider, releasing_prison, month_number
    from claimed
),

compared as (
    select
        outcome.measure_id,
        outcome.release_id,
        outcome.need_domain,
        outcome.state,
        outcome.expected,
        like_them.provider,
        release.release_date,
        release.releasing_prison
    from outcome
    inner join release on release.release_id = outcome.release_id
    inner join like_them
        on like_them.measure_id = outcome.measure_id
        and like_them.need_domain is not distinct from outcome.need_domain
        and like_them.releasing_prison = release.releasing_prison
        and like_them.month_number = {{ month_number('release.release_date') }}
    left join (select distinct measure_id, release_id, need_domain from claimed) as served
        on served.measure_id = outcome.measure_id and served.release_id = outcome.release_id
        and served.need_domain is not distinct from outcome.need_domain
    where served.release_id is null and outcome.is_like_paid
)

select
    measure_id,
    'paid' as cohort,
    release_id || coalesce('|' || need_domain, '') as unit,
    provider,
    contract_id,
    task_code,
    prison,
    release_date as day,
    state,
    expected,
    cast(null as decimal(18, 2)) as amount
from claimed
union all
select
    measure_id || '_by_release' as measure_id,
    'paid' as cohort,
    release_id || coalesce('|' || need_domain, '') as unit,
    provider,
    contract_id,
    task_code,
    prison,
    release_date as day,
    state,
    expected,
    cast(null as decimal(18, 2)) as amount
from claimed
where measure_id = 'P06' and is_before_release
union all
select
    measure_id,
    'comparison' as cohort,
    release_id || coalesce('|' || need_domain, '') as unit,
    provider,
    cast(null as {{ dbt.type_string() }}) as contract_id,
    cast(null as {{ dbt.type_string() }}) as task_code,
    releasing_prison as prison,
    release_date as day,
    state,
    expected,
    cast(null as decimal(18, 2)) as amount
from compared
union all
-- Pounds paid for accommodation, for each person who was housed.
{% for measure, outcome in [('P11_housed', 'home_on_day_0'), ('P11_settled', 'home_on_day_91')] %}
select
    '{{ measure }}' as measure_id,
    'paid' as cohort,
    coalesce(paid.release_id, paid.source || '|' || paid.claim_id) as unit,
    paid.provider,
    paid.contract_id,
    paid.task_code,
    paid.prison,
    coalesce(release.release_date, paid.task_date) as day,
    case
        when status.{{ outcome }} = 'settled'{{ " or status.home_on_day_0 = 'temporary'" if outcome == 'home_on_day_0' }} then 'yes'
        when status.{{ outcome }} in ('temporary', 'homeless_rough', 'homeless_other') then 'no'
        else coalesce(status.{{ outcome }}, 'unknown')
    end as state,
    cast(null as double) as expected,
    paid_amount.paid_amount as amount
from paid
inner join paid_amount on paid_amount.source = paid.source and paid_amount.claim_id = paid.claim_id
left join release on release.release_id = paid.release_id
left join {{ ref('payment_status') }} as status on status.release_id = paid.release_id
where paid.domain = 'accommodation'
{{ 'union all' if not loop.last }}
{% endfor %}
