with
-- R50: what one author did in a day.
written as (
    select source, coalesce(author_ref, '') as author_ref, done_on, count(*) as records
    from {{ ref('payment_author') }}
    group by source, coalesce(author_ref, ''), done_on
),

minuted as (
    select source, coalesce(author_ref_now, '') as author_ref, cast(done_at_now as date) as done_on, sum(standard_minutes) as minutes
    from {{ ref('payment_seen') }}
    where done_at_now is not null and has_work_now and evidence_kind in ('PLAN', 'PLAN_REVIEW', 'CONTACT')
    group by source, coalesce(author_ref_now, ''), cast(done_at_now as date)
),

daily as (
    select
        coalesce(written.source, minuted.source) as source,
        coalesce(written.author_ref, minuted.author_ref) as author_ref,
        coalesce(written.done_on, minuted.done_on) as done_on,
        written.records,
        minuted.minutes
    from written
    full outer join minuted
        on minuted.source = written.source and minuted.author_ref = written.author_ref and minuted.done_on = written.done_on
),

-- Whoever sends only some of the tables that work is written in: how much an author did cannot be told.
incomplete as (
    select source from {{ ref('payment_sender') }} where plan_to is null or plan_review_to is null or contact_to is null
),

throughput as (
    select
        'R50' as rule_id,
        'author_day' as subject_kind,
        daily.source || '|' || daily.author_ref || '|' || cast(daily.done_on as {{ dbt.type_string() }}) as subject_id,
        cast(null as {{ dbt.type_string() }}) as contract_reference,
        daily.source as provider_source,
        cast(null as {{ dbt.type_string() }}) as period,
        case
            when
                daily.author_ref <> ''
                and (daily.records > {{ threshold('rule_r50_rows_a_day', as_of()) }} or daily.minutes > {{ threshold('rule_r50_minutes_a_day', as_of()) }})
                then 'fail'
            when incomplete.source is not null then 'table_missing'
            when daily.author_ref = '' then 'value_missing'
            else 'pass'
        end as answer,
        cast(0 as decimal(18, 2)) as part,
        {{ json_object(['records', 'daily.records', 'standard_minutes', 'daily.minutes']) }} as evidence
    from daily
    left join incomplete on incomplete.source = daily.source
),

-- R51: how many of a period's claims lie on its last working days, against chance.
period as (
    select
        {{ reference('period.contract_id') }} as contract_reference,
        {{ reference('period.period') }} as period,
        {{ later_of('period.start_date', 'contract.from_date') }} as start_date,
        {{ earlier_of('period.end_date', 'contract.to_date') }} as end_date
    from {{ ref('stg_contracts__period') }} as period
    inner join {{ ref('stg_contracts__contract') }} as contract
        on {{ reference('contract.contract_id') }} = {{ reference('period.contract_id') }}
),

working_day as (
    select
        period.contract_reference,
        period.period,
        day.day,
        row_number() over (partition by period.contract_reference, period.period order by day.day desc) as from_the_end,
        count(*) over (partition by period.contract_reference, period.period) as working_days
    from period
    inner join {{ ref('payment_day') }} as day on day.is_working_day and day.day between period.start_date and period.end_date
),

spread as (
    select
        claim.contract_reference,
        claim.period,
        claim.task_reference,
        cast(count(working_day.day) as integer) as n,
        cast(count(case when working_day.from_the_end <= {{ threshold('rule_r51_last_working_days', as_of()) }} then 1 end) as integer) as x,
        max(working_day.working_days) as working_days,
        {{ threshold('rule_r51_last_working_days', as_of()) }} / cast(max(working_day.working_days) as double) as share_of_days,
        max(period.end_date) as end_date,
        max(case when period.contract_reference is not null then 1 else 0 end) = 1 as has_period
    from {{ ref('payment_claim') }} as claim
    left join period on period.contract_reference = claim.contract_reference and period.period = claim.period
    left join working_day
        on working_day.contract_reference = claim.contract_reference and working_day.period = claim.period and working_day.day = claim.task_date
    where claim.waterfall = 'tested'
    group by claim.contract_reference, claim.period, claim.task_reference
),

spike as (
    select
        'R51' as rule_id,
        'task_period' as subject_kind,
        coalesce(contract_reference, '') || '|' || coalesce(period, '') || '|' || coalesce(task_reference, '') as subject_id,
        contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        period,
        case
            when not mark.has_period or not mark.has_contract then 'table_missing'
            when not spread.has_period then 'no_term'
            when n < {{ threshold('rule_r51_least_claims', as_of()) }} then 'value_missing'
            when mark.claims_to < end_date then 'not_due'
            when {{ binomial_tail('x', 'n', 'share_of_days') }} < {{ threshold('rule_r51_probability', as_of()) }} then 'fail'
            else 'pass'
        end as answer,
        cast(0 as decimal(18, 2)) as part,
        {{ json_object(['n', 'n', 'x', 'x', 'working_days', 'working_days']) }} as evidence
    from spread
    cross join {{ ref('payment_watermark') }} as mark
),

-- R52: records of days off, April to March.
yearly as (
    select
        author.source,
        coalesce(author.author_ref, '') as author_ref,
        cast(extract(year from author.done_on) as integer) - case when extract(month from author.done_on) < 4 then 1 else 0 end as year,
        count(*) as records,
        count(case when not day.is_working_day then 1 end) as on_days_off
    from {{ ref('payment_author') }} as author
    inner join {{ ref('payment_day') }} as day on day.day = author.done_on
    group by author.source, coalesce(author.author_ref, ''), cast(extract(year from author.done_on) as integer) - case when extract(month from author.done_on) < 4 then 1 else 0 end
),

day_off as (
    select
        'R52' as rule_id,
        'author_year' as subject_kind,
        yearly.source || '|' || author_ref || '|' || cast(year as {{ dbt.type_string() }}) as subject_id,
        cast(null as {{ dbt.type_string() }}) as contract_reference,
        yearly.source as provider_source,
        cast(null as {{ dbt.type_string() }}) as period,
        case
            when incomplete.source is not null then 'table_missing'
            when author_ref = '' or records < {{ threshold('rule_r52_least_rows', as_of()) }} then 'value_missing'
            when on_days_off > {{ threshold('rule_r52_share', as_of()) }} * records then 'fail'
            else 'pass'
        end as answer,
        cast(0 as decimal(18, 2)) as part,
        {{ json_object(['records', 'records', 'on_days_off', 'on_days_off']) }} as evidence
    from yearly
    left join incomplete on incomplete.source = yearly.source
),

-- R54, R55: service levels.
level as (
    select
        level.*,
        level.contract_reference || '|' || level.code || '|' || level.period as subject_id,
        case
            -- What nobody has defined needs no table.
            when level.kind is null then 'value_missing'
            when
                mark.movements_to is null or sent.plan_to is null
                or (level.kind = 'plan_in_working_days' and mark.screenings_to is null)
                or (level.kind = 'review_in_window' and sent.plan_review_to is null)
                then 'table_missing'
            when coalesce(level.denominator, 0) = 0 then 'value_missing'
            when mark.movements_to < level.end_date or (level.kind = 'plan_in_working_days' and mark.screenings_to < level.end_date) then 'not_due'
        end as untestable,
        mark.has_credit_line
    from {{ ref('payment_level') }} as level
    cross join {{ ref('payment_watermark') }} as mark
    cross join (select max(plan_to) as plan_to, max(plan_review_to) as plan_review_to from {{ ref('payment_sender') }}) as sent
),

credit as (
    select
        'R54' as rule_id,
        'service_level' as subject_kind,
        subject_id,
        contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        period,
        -- What was given is not known before a table of credits came.
        case
            when untestable is null and not has_credit_line then 'table_missing'
            else coalesce(untestable, case when credit_due > credit_given then 'fail' else 'pass' end)
        end as answer,
        greatest(cast(0 as decimal(18, 2)), cast(credit_due - credit_given as decimal(18, 2))) as part,
        {{ json_object(['level', 'level_value', 'threshold', 'threshold', 'n', 'denominator', 'credit_due', 'credit_due', 'credit_given', 'credit_given']) }} as evidence
    from level
),

misreported as (
    select
        'R55' as rule_id,
        'service_level' as subject_kind,
        subject_id,
        contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        period,
        coalesce(
            untestable,
            case
                when reported_value - level_value > cast({{ threshold('rule_r55_points', as_of()) }} as decimal(9, 4))
                    and reported_value * denominator / 100 - numerator >= 1 then 'fail'
                else 'pass'
            end
        ) as answer,
        -- What R54 asks for is not asked for again.
        case
            when credit_due > credit_given and has_credit_line then cast(0 as decimal(18, 2))
            else greatest(cast(0 as decimal(18, 2)), cast(credit_due - credit_on_report as decimal(18, 2)))
        end as part,
        {{ json_object(['level', 'level_value', 'reported', 'reported_value', 'n', 'denominator']) }} as evidence
    from level
    where reported_value is not null
),

-- R63: payment by results, for each person of a cohort.
cohort as (
    select
        {{ reference('cohort.cohort') }} as cohort,
        {{ reference('cohort.person_ref') }} as person_reference,
        {{ reference(dbt.split_part('cohort.cohort', "'/'", 1)) }} as quarter,
        min(person.person_id) as person_id,
        count(distinct person.source) as senders
    from {{ ref('stg_contracts__pbr_cohort') }} as cohort
    left join {{ ref('person_link') }} as person
        on person.source like 'provider_%' and {{ reference('person.source_key') }} = {{ reference('cohort.person_ref') }}
    where cohort._known_to > cast('9999-12-30' as timestamp)
    group by {{ reference('cohort.cohort') }}, {{ reference('cohort.person_ref') }}, {{ reference(dbt.split_part('cohort.cohort', "'/'", 1)) }}
),

dated_cohort as (
    select
        *,
        case
            when quarter like '____-Q_' then cast(substr(quarter, 1, 4) || '-' || case substr(quarter, 7, 1) when '1' then '01' when '2' then '04' when '3' then '07' else '10' end || '-01' as date)
        end as first_day,
        min(cohort) over (partition by coalesce(person_id, person_reference), quarter)
        <> max(cohort) over (partition by coalesce(person_id, person_reference), quarter) as is_in_two_cohorts
    from cohort
),

supervised as (
    select person_cohort, max(case when era.era = 'nps' then 1 else 0 end) = 1 as is_national
    from (
        select
            dated_cohort.cohort || '|' || dated_cohort.person_reference as person_cohort,
            upper(area.code) as area_code,
            dated_cohort.first_day,
            row_number() over (
                partition by dated_cohort.cohort, dated_cohort.person_reference order by manager.allocation_date desc, manager.offender_manager_id desc
            ) as newest_first
        from dated_cohort
        inner join {{ ref('int_person_case') }} as person_case on person_case.person_id = dated_cohort.person_id
        inner join {{ ref('stg_ndelius__offender_manager') }} as manager
            on manager.offender_id = person_case.offender_id
            and cast(manager.allocation_date as date) <= dated_cohort.first_day
            and (manager.end_date is null or cast(manager.end_date as date) >= dated_cohort.first_day)
        inner join {{ ref('stg_ndelius__probation_area') }} as area on area.probation_area_id = manager.probation_area_id
    ) as held
    inner join {{ ref('probation_era') }} as era
        on held.area_code like era.area_prefix || '%' and held.first_day between era.valid_from and era.valid_to
    where held.newest_first = 1
    group by person_cohort
),

cohort_payment as (
    select
        {{ reference('payment.cohort') }} as cohort,
        {{ reference('payment.payment_ref') }} as payment_ref,
        cast(payment.amount as decimal(18, 2)) as amount,
        max(case when coalesce(result.is_final, 'N') <> 'Y' then 1 else 0 end) = 1 as is_interim,
        max(case when result.upper >= result.baseline then 1 else 0 end) = 1 as is_insignificant,
        count(result.measure) as results
    from {{ ref('stg_contracts__payment') }} as payment
    left join {{ ref('stg_contracts__pbr_result') }} as result
        on {{ reference('result.cohort') }} = {{ reference('payment.cohort') }} and result._known_to > cast('9999-12-30' as timestamp)
    where payment.cohort is not null
    group by {{ reference('payment.cohort') }}, {{ reference('payment.payment_ref') }}, cast(payment.amount as decimal(18, 2))
),

interim as (
    select cohort, sum(amount) as amount
    from cohort_payment
    where is_interim
    group by cohort
),

in_cohort as (
    select
        'R63' as rule_id,
        'cohort_person' as subject_kind,
        dated_cohort.cohort || '|' || dated_cohort.person_reference as subject_id,
        cast(null as {{ dbt.type_string() }}) as contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        dated_cohort.quarter as period,
        case
            when dated_cohort.is_in_two_cohorts or supervised.is_national or interim.cohort is not null then 'fail'
            when not mark.has_cohort then 'no_column'
            when mark.managers_to is null then 'table_missing'
            when dated_cohort.person_id is null then 'not_linked'
            when dated_cohort.senders > 1 or dated_cohort.first_day is null then 'value_missing'
            else 'pass'
        end as answer,
        coalesce(interim.amount, cast(0 as decimal(18, 2))) as part,
        {{ json_object(['is_in_two_cohorts', 'dated_cohort.is_in_two_cohorts', 'first_day', 'dated_cohort.first_day', 'is_national', 'coalesce(supervised.is_national, false)', 'is_paid_on_interim', 'interim.cohort is not null']) }} as evidence
    from dated_cohort
    cross join {{ ref('payment_watermark') }} as mark
    left join supervised on supervised.person_cohort = dated_cohort.cohort || '|' || dated_cohort.person_reference
    left join interim on interim.cohort = dated_cohort.cohort
),

-- R64: a fall that chance could give is no fall.
insignificant as (
    select
        'R64' as rule_id,
        'payment' as subject_kind,
        payment_ref as subject_id,
        cast(null as {{ dbt.type_string() }}) as contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        cast(null as {{ dbt.type_string() }}) as period,
        case when results = 0 then 'value_missing' when is_insignificant then 'fail' else 'pass' end as answer,
        greatest(amount, cast(0 as decimal(18, 2))) as part,
        {{ json_object(['cohort', 'cohort']) }} as evidence
    from cohort_payment
),

-- R71: an address where the person may not live. Addresses are compared where they still are; only yes or no comes here.
unsafe as (
    select
        'R71' as rule_id,
        'action' as subject_kind,
        source || '|' || action_ref as subject_id,
        cast(null as {{ dbt.type_string() }}) as contract_reference,
        cast(null as {{ dbt.type_string() }}) as provider_source,
        cast(null as {{ dbt.type_string() }}) as period,
        case
            when not has_postcode then 'no_column'
            when not has_barred then 'table_missing'
            when person_id is null then 'not_linked'
            when not is_postcode_known then 'value_missing'
            when is_barred then 'fail'
            else 'pass'
        end as answer,
        cast(0 as decimal(18, 2)) as part,
        {{ json_object(['completed_on', 'completed_on']) }} as evidence
    from {{ ref('link_barred_action') }}
),

answer as (
    select * from unsafe
    union all
    select * from throughput
    union all
    select * from spike
    union all
    select * from day_off
    union all
    select * from credit
    union all
    select * from misreported
    union all
    select * from in_cohort
    union all
    select * from insignificant
),

-- A sender is the provider of the contracts that it claims under, where that is one.
sender_provider as (
    select source, min(provider) as provider
    from {{ ref('payment_claim') }}
    where provider is not null
    group by source
    having count(distinct provider) = 1
),

rule as (
    select rule_id, cast(rule_version as integer) as rule_version, class, severity
    from {{ ref('rule') }}
    where {{ as_of() }} between valid_from and coalesce(valid_to, cast('9999-12-31' as date))
)

select
    answer.subject_kind,
    answer.subject_id,
    contract.contract_id,
    coalesce(contract.provider_code, sender_provider.provider, substr(answer.provider_source, 10)) as provider,
    answer.period,
    answer.rule_id,
    rule.rule_version,
    case when answer.answer in ('pass', 'fail') then answer.answer else 'not_testable' end as result,
    case when answer.answer not in ('pass', 'fail') then answer.answer end as reason,
    rule.class,
    rule.severity,
    cast(case when answer.answer = 'fail' and rule.class = 'E' then answer.part else 0 end as decimal(18, 2)) as amount_at_risk,
    answer.evidence
from answer
inner join rule on rule.rule_id = answer.rule_id
left join {{ ref('stg_contracts__contract') }} as contract on {{ reference('contract.contract_id') }} = answer.contract_reference
left join sender_provider on sender_provider.source = answer.provider_source
