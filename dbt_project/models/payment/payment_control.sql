{#- Every table that a rule needs (seeds/rule.csv): one that never came has no other trace. -#}
{%- set tables = [
    'contracts__contract',
    'contracts__contract_prison',
    'contracts__credit_line',
    'contracts__eligibility',
    'contracts__late_approval',
    'contracts__payment',
    'contracts__pbr_cohort',
    'contracts__pbr_result',
    'contracts__period',
    'contracts__rate_card',
    'contracts__service_level',
    'contracts__service_level_report',
    'contracts__subcontractor',
    'contracts__task',
    'ndelius__disposal',
    'ndelius__key_date',
    'ndelius__offender',
    'ndelius__offender_address',
    'ndelius__offender_manager',
    'ndelius__personal_circumstance',
    'ndelius__recall',
    'ndelius__release',
    'ndelius__staff',
    'nomis__offender_bookings',
    'nomis__offender_external_movements',
    'nomis__offender_identifiers',
    'nomis__offender_release_details',
    'nomis__offender_release_details_hty',
    'nomis__offender_sentences',
    'nomis__offenders',
    'nomis__release_checklist',
    'oasys__assessment',
    'oasys__assessment_need',
    'oasys__bcs_need',
    'oasys__bcs_screening',
    'other__barred_address',
    'other__treatment',
    'provider__contact',
    'provider__evidence',
    'provider__message',
    'provider__person',
    'provider__plan',
    'provider__plan_action',
    'provider__plan_action_history',
    'provider__plan_review',
    'provider__referral',
    'provider__roster',
    'provider__service',
    'refer_and_monitor__crs_performance_report_v2_appointments',
    'refer_and_monitor__crs_performance_report_v2_complexity',
    'refer_and_monitor__crs_performance_report_v2_outcomes',
    'refer_and_monitor__crs_performance_report_v2_referrals',
] -%}
-- R72: what a rule could not test for want of a table, or of one that is complete. Never by the clock.
with
known_table as (
    {% for table in tables %}
    select '{{ table }}' as table_name {{ 'union all' if not loop.last }}
    {% endfor %}
),

rule as (
    select rule_id, cast(rule_version as integer) as rule_version, class, tables_needed
    from {{ ref('rule') }}
    where {{ as_of() }} between valid_from and coalesce(valid_to, cast('9999-12-31' as date))
),

delivered as (
    select
        table_name,
        case when table_name like 'provider__%' then source end as sender,
        max(complete_to) as complete_to
    from {{ source('landing', 'delivery') }}
    where is_accepted
    group by table_name, case when table_name like 'provider__%' then source end
),

-- Claims of which a rule could not be tested for that reason, and the last day that was asked of the records.
untested as (
    select
        result.rule_id,
        result.source,
        claim.claim_no,
        result.reason,
        claim.net,
        claim.submitted_on,
        greatest(claim.task_date, coalesce(view.release_date, claim.task_date)) as tested_on
    from {{ ref('payment_result') }} as result
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = result.claim_no
    inner join {{ ref('payment_view') }} as view on view.claim_no = result.claim_no and view.view = 'now'
    where result.reason in ('table_missing', 'not_due')
),

needed as (
    select rule.rule_id, known_table.table_name, known_table.table_name like 'provider__%' as is_of_sender
    from rule
    inner join known_table on {{ in_list('known_table.table_name', 'rule.tables_needed') }}
),

wanting as (
    select
        untested.rule_id,
        needed.table_name,
        case when needed.is_of_sender then untested.source end as sender,
        delivered.complete_to,
        untested.claim_no,
        untested.net,
        delivered.table_name is null as is_missing
    from untested
    inner join needed on needed.rule_id = untested.rule_id
    left join delivered
        on delivered.table_name = needed.table_name
        and delivered.sender is not distinct from case when needed.is_of_sender then untested.source end
    where
        case
            when delivered.table_name is null then untested.reason = 'table_missing'
            when untested.reason <> 'not_due' then false
            when delivered.sender is not null then delivered.complete_to < untested.submitted_on
            else {{ add_days('delivered.complete_to', "-cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} < untested.tested_on
        end
)

select
    'rule_table' as subject_kind,
    wanting.rule_id || '|' || wanting.table_name || coalesce('|' || wanting.sender, '') as subject_id,
    cast(null as {{ dbt.type_string() }}) as contract_id,
    substr(wanting.sender, 10) as provider,
    cast(null as {{ dbt.type_string() }}) as period,
    control.rule_id,
    control.rule_version,
    'not_testable' as result,
    case when wanting.is_missing then 'table_missing' else 'not_due' end as reason,
    control.class,
    cast(null as {{ dbt.type_string() }}) as severity,
    cast(0 as decimal(18, 2)) as amount_at_risk,
    {{ json_object(['complete_to', 'wanting.complete_to', 'claims', 'count(*)', 'pounds', 'cast(sum(wanting.net) as decimal(18, 2))']) }} as evidence
from wanting
inner join rule as control on control.rule_id = 'R72'
group by wanting.rule_id, wanting.table_name, wanting.sender, wanting.complete_to, wanting.is_missing, control.rule_id, control.rule_version, control.class
