with
delivered as (
    select table_name, max(complete_to) as watermark
    from {{ source('landing', 'delivery') }}
    where is_accepted and complete_to <= {{ as_of() }}
    group by table_name
),

-- Of each source: the smallest watermark among the delivered event tables that the domain reads (definition: status_watermark).
source_watermark as (
    select
        domain_source.domain,
        domain_source.source,
        max(domain_source.lag_days) as lag_days,
        min(delivered.watermark) as watermark
    from {{ ref('domain_source') }} as domain_source
    inner join delivered
        on delivered.table_name = domain_source.table_name
    where {{ as_of() }} between domain_source.valid_from and coalesce(domain_source.valid_to, cast('9999-12-31' as date))
    group by domain_source.domain, domain_source.source
),

-- The last day that is due (definition: status_maturity).
mature as (
    select domain, min({{ add_days('watermark', '-lag_days') }}) as mature_through
    from source_watermark
    group by domain
),

-- What must have been delivered at all, or every answer of the domain is unknown (definition: delivery_table).
delivered_need as (
    select
        count(case when table_name = 'nomis__offender_external_movements' then 1 end) > 0 as has_movements,
        count(case when table_name = 'ndelius__recall' then 1 end) > 0 as has_recall,
        count(case when table_name = 'ndelius__offender_address' then 1 end) > 0 as has_address,
        count(case when table_name = 'ndelius__personal_circumstance' then 1 end) > 0 as has_circumstance,
        count(case when table_name = 'nomis__release_checklist' then 1 end) > 0 as has_checklist
    from delivered
)

select
    mature.domain,
    mature.mature_through,
    case mature.domain
        when 'accommodation' then delivered_need.has_address or delivered_need.has_circumstance
        when 'employment' then delivered_need.has_circumstance
        when 'recall' then delivered_need.has_recall and delivered_need.has_movements
        when 'finance' then delivered_need.has_checklist
    end as is_delivered
from mature
cross join delivered_need
