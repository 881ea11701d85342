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
    select release_id, person_id, offender_book_id, release_date, admission_date, releasing_prison
    from {{ ref('int_release') }}
),

-- The last record of each need before release, by screening of the booking or full assessment of the person.
screened as (
    select release.release_id, domain.need_domain
    from release
    inner join {{ ref('int_booking') }} as booking on booking.offender_book_id = release.offender_book_id
    inner join {{ ref('stg_oasys__screening') }} as screening
        on {{ reference('screening.booking_no') }} = {{ reference('booking.booking_no') }}
        and screening._known_to > cast('9999-12-30' as timestamp)
        and cast(screening.completed_ts as date) <= release.release_date
    inner join {{ ref('stg_oasys__screening_need') }} as need
        on {{ reference('need.screening_id') }} = {{ reference('screening.screening_id') }}
        and need._known_to > cast('9999-12-30' as timestamp) and need.need_flag = 'Y'
    inner join {{ ref('need_domain') }} as domain on domain.system = 'screening' and domain.code = lower(trim(need.domain))
),

-- An assessment by each number that it carries.
numbered as (
    {% for kind, column in [('noms', 'noms_no'), ('crn', 'crn')] %}
    select '{{ kind }}' as kind, upper({{ column }}) as identifier, assessment_id, completed_ts
    from {{ ref('stg_oasys__assessment') }}
    where {{ column }} is not null and _known_to > cast('9999-12-30' as timestamp)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

assessment as (
    select
        release.release_id,
        release.release_date,
        {{ reference('assessment.assessment_id') }} as assessment_id,
        cast(assessment.completed_ts as date) as assessed_on,
        assessment.completed_ts
    from release
    inner join {{ ref('link_number_person') }} as led on led.person_id = release.person_id and led.persons = 1
    inner join numbered as assessment
        on assessment.kind = led.kind and assessment.identifier = led.identifier
        and cast(assessment.completed_ts as date) >= release.admission_date
        and cast(assessment.completed_ts as date) <= {{ add_days('release.release_date', "cast(" ~ threshold('payment_need_met_days', as_of()) ~ " as integer)") }}
),

assessed as (
    select
        assessment.release_id,
        domain.need_domain,
        assessment.assessed_on >= assessment.release_date as is_after,
        assessment.completed_ts,
        need.need_flag,
        need.improved
    from assessment
    inner join {{ ref('stg_oasys__assessment_need') }} as need
        on {{ reference('need.assessment_id') }} = assessment.assessment_id and need._known_to > cast('9999-12-30' as timestamp)
    inner join {{ ref('need_domain') }} as domain on domain.system = 'assessment' and domain.code = lower(trim(need.domain))
),

flagged as (
    select release_id, need_domain from screened
    union
    select release_id, need_domain from assessed where not is_after and need_flag = 'Y'
),

improved as (
    select release_id, need_domain, improved
    from (
        select
            release_id,
            need_domain,
            improved,
            row_number() over (partition by release_id, need_domain order by completed_ts desc, improved) as newest_first
        from assessed
        where is_after and improved is not null
    ) as ranked
    where newest_first = 1
),

status as (
    select
        release_id,
        max(case when domain = 'accommodation' and day = 0 then case when state = 'observed' then official_class else state end end) as home_0,
        max(case when domain = 'accommodation' and day = 91 then case when state = 'observed' then official_class else state end end) as home_91,
        max(case when domain = 'employment' and day = 42 then case when state = 'observed' then official_class else state end end) as work_42
    from {{ ref('fct_release_status') }}
    where day in (0, 42, 91)
    group by release_id
),

recall as (
    select
        release_id,
        case {{ recall_state('release', 28) }}
            when 'observed' then case when coalesce(days_to_recall between 0 and 28, false) then 'yes' else 'no' end
            else {{ recall_state('release', 28) }}
        end as state
    from {{ ref('int_measure_recall') }} as release
),

-- What became of each release, by measure; `need_domain` is the need whose tasks are asked about, empty for all tasks in custody.
outcome as (
    select
        release.release_id,
        'P06' as measure_id,
        'accommodation' as need_domain,
        case
            when status.home_0 in ('homeless_rough', 'homeless_other') then 'yes'
            when status.home_0 in ('settled', 'temporary') then 'no'
            else coalesce(status.home_0, 'unknown')
        end as state
    from release
    left join status on status.release_id = release.release_id
    union all
    select
        release.release_id,
        'P07' as measure_id,
        'accommodation' as need_domain,
        case
            when status.home_91 = 'settled' then 'yes'
            when status.home_91 in ('temporary', 'homeless_rough', 'homeless_other') then 'no'
            else coalesce(status.home_91, 'unknown')
        end as state
    from release
    left join status on status.release_id = release.release_id
    union all
    select
        release.release_id,
        'P08' as measure_id,
        'employment' as need_domain,
        case
            when status.work_42 = 'employed' then 'yes'
            when status.work_42 in ('unemployed', 'education') then 'no'
            when status.work_42 = 'not_available' then 'out_of_scope'
            else coalesce(status.work_42, 'unknown')
        end as state
    from release
    left join status on status.release_id = release.release_id
    union all
    select release_id, 'P09' as measure_id, cast(null as {{ dbt.type_string() }}) as need_domain, state from recall
    union all
    select
        flagged.release_id,
        'P10' as measure_id,
        flagged.need_domain,
        case
            when improved.improved = 'Y' then 'yes'
            when improved.improved = 'N' then 'no'
            when {{ add_days('release.release_date', "cast(" ~ threshold('payment_need_met_days', as_of()) ~ " + " ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} > {{ as_of() }} then 'not_yet_due'
            else 'unknown'
        end as state
    from flagged
    inner join release on release.release_id = flagged.release_id
    left join improved on improved.release_id = flagged.release_id and improved.need_domain = flagged.need_domain
),

claimed as (
    select
        outcome.measure_id,
        outcome.release_id,
        outcome.need_domain,
        outcome.state,
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
    left join flagged on flagged.release_id = outcome.release_id and flagged.need_domain = outcome.need_domain
    left join (select distinct measure_id, release_id, need_domain from claimed) as served
        on served.measure_id = outcome.measure_id and served.release_id = outcome.release_id
        and served.need_domain is not distinct from outcome.need_domain
    where served.release_id is null and (outcome.measure_id = 'P09' or flagged.release_id is not null)
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
    cast(null as decimal(18, 2)) as amount
from compared
union all
-- Pounds paid for accommodation, for each person who was housed.
{% for measure, outcome in [('P11_housed', 'home_0'), ('P11_settled', 'home_91')] %}
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
        when status.{{ outcome }} = 'settled'{{ " or status.home_0 = 'temporary'" if outcome == 'home_0' }} then 'yes'
        when status.{{ outcome }} in ('temporary', 'homeless_rough', 'homeless_other') then 'no'
        else coalesce(status.{{ outcome }}, 'unknown')
    end as state,
    paid_amount.paid_amount as amount
from paid
inner join paid_amount on paid_amount.source = paid.source and paid_amount.claim_id = paid.claim_id
left join release on release.release_id = paid.release_id
left join status on status.release_id = paid.release_id
where paid.domain = 'accommodation'
{{ 'union all' if not loop.last }}
{% endfor %}
