{%- set shared = {
    'movements': 'nomis__offender_external_movements', 'offenders': 'nomis__offenders', 'identifiers': 'nomis__offender_identifiers', 'bookings': 'nomis__offender_bookings', 'sentences': 'nomis__offender_sentences',
    'planned': 'nomis__offender_release_details', 'planned_history': 'nomis__offender_release_details_hty',
    'checklists': 'nomis__release_checklist',
    'cases': 'ndelius__offender', 'managers': 'ndelius__offender_manager', 'staff': 'ndelius__staff', 'addresses': 'ndelius__offender_address', 'circumstances': 'ndelius__personal_circumstance',
    'recalls': 'ndelius__recall',
    'screenings': 'oasys__bcs_screening', 'screening_needs': 'oasys__bcs_need', 'assessments': 'oasys__assessment', 'assessment_needs': 'oasys__assessment_need',
    'referrals': 'refer_and_monitor__crs_performance_report_v2_referrals', 'appointments': 'refer_and_monitor__crs_performance_report_v2_appointments',
    'complexity': 'refer_and_monitor__crs_performance_report_v2_complexity', 'outcomes': 'refer_and_monitor__crs_performance_report_v2_outcomes',
    'treatments': 'other__treatment', 'reoffending': 'other__reoffending',
} -%}
{#- Whose a record is stands in another table: before that came, the record says nothing of anybody. -#}
{%- set whose = {
    'movements': ['nomis__offenders', 'nomis__offender_bookings'],
    'managers': ['ndelius__offender'], 'addresses': ['ndelius__offender'], 'circumstances': ['ndelius__offender'],
} -%}
{%- set agreements = {
    'contract': 'contracts__contract', 'contract_prison': 'contracts__contract_prison', 'subcontractor': 'contracts__subcontractor', 'task': 'contracts__task',
    'rate_card': 'contracts__rate_card', 'period': 'contracts__period', 'level': 'contracts__service_level', 'level_report': 'contracts__service_level_report',
    'eligibility': 'contracts__eligibility', 'baseline': 'contracts__volume_baseline', 'late_approval': 'contracts__late_approval', 'credit_line': 'contracts__credit_line',
    'invoice': 'contracts__invoice', 'payment': 'contracts__payment', 'pbr_cohort': 'contracts__pbr_cohort', 'pbr_result': 'contracts__pbr_result',
} -%}
with
delivered as (
    select table_name, max(complete_to) as complete_to
    from {{ source('landing', 'delivery') }}
    where is_accepted
    group by table_name
)

select
    {%- for name, table in shared.items() %}
    {% for owner in whose.get(name, []) -%}
    case when count(case when table_name = '{{ owner }}' then 1 end) > 0 then
    {% endfor -%}
    max(case when table_name = '{{ table }}' then {{ add_days('complete_to', "-cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} end)
    {%- for _ in whose.get(name, []) %} end{% endfor %} as {{ name }}_to,
    {%- endfor %}
    {%- for name, table in agreements.items() %}
    coalesce(max(case when table_name = '{{ table }}' then 1 end), 0) = 1 as has_{{ name }},
    {%- endfor %}
    (
        -- The provider whose claims are complete to the earliest day.
        select min(claimed.complete_to)
        from (
            select source, max(complete_to) as complete_to
            from {{ source('landing', 'delivery') }}
            where is_accepted and table_name = 'provider__claim'
            group by source
        ) as claimed
    ) as claims_to,
    (
        -- Recall is told by all of its tables together.
        select case when count(delivered.complete_to) = count(*) then {{ add_days('min(delivered.complete_to)', "-cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} end
        from {{ ref('domain_source') }} as needed
        left join delivered on delivered.table_name = needed.table_name
        where needed.domain = 'recall' and {{ as_of() }} between needed.valid_from and coalesce(needed.valid_to, cast('9999-12-31' as date))
    ) as recall_tables_to,
    max(case when table_name = 'contracts__payment' then complete_to end) as payments_to,
    max(case when table_name = 'contracts__invoice' then complete_to end) as invoices_to,
    -- A column in which nobody ever wrote is one that is not delivered.
    (select count(appointment_delivery_type) > 0 from {{ ref('stg_refer_and_monitor__appointment') }}) as has_delivery_type,
    (select count(level) > 0 from {{ ref('stg_contracts__rate_card') }}) as has_card_level,
    (select count(cohort) > 0 from {{ ref('stg_contracts__payment') }}) as has_cohort
from delivered
