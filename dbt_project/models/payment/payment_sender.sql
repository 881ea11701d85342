{%- set tables = ['person', 'plan', 'plan_action', 'plan_action_history', 'plan_review', 'referral', 'contact', 'service', 'message', 'roster', 'evidence', 'claim'] -%}
with
-- A column in which a provider never wrote is one that it does not deliver.
written as (
    select
        _source as source,
        count(issued_date) > 0 as has_issued_date,
        count(counted_in_sl) > 0 as has_counted_in_sl
    from {{ ref('stg_provider__plan') }}
    group by _source
)

select
    delivery.source,
    coalesce(max(case when written.has_issued_date then 1 end), 0) = 1 as has_issued_date,
    coalesce(max(case when written.has_counted_in_sl then 1 end), 0) = 1 as has_counted_in_sl,
    {%- for table in tables %}
    max(case when delivery.table_name = 'provider__{{ table }}' then delivery.complete_to end) as {{ table }}_to{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('landing', 'delivery') }} as delivery
left join written on written.source = delivery.source
where delivery.is_accepted and delivery.source like 'provider_%'
group by delivery.source
