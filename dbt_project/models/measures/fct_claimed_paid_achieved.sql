{{ config(materialized='view') }}
-- The printed money in words; what is printed was decided with int_money_printed (definition: disclosure_money).
with
provider_name as (
    select provider, name
    from (
        select
            provider,
            name,
            row_number() over (partition by provider order by valid_from desc nulls last, name) as newest_first
        from {{ ref('dim_provider') }}
    ) as named
    where newest_first = 1
)

select
    printed.provider,
    coalesce(provider_name.name, printed.provider) as provider_name,
    printed.domain,
    printed.period_start,
    cast(printed.claimed as bigint) as people_claimed,
    cast(printed.claims as bigint) as claims,
    printed.amount_claimed,
    cast(printed.paid as bigint) as people_paid,
    printed.amount_paid,
    cast(printed.achieved as bigint) as achieved,
    cast(printed.not_achieved as bigint) as not_achieved,
    cast(printed.unknown as bigint) as unknown,
    cast(printed.not_yet_due as bigint) as not_yet_due,
    cast(printed.out_of_scope as bigint) as out_of_scope,
    case when printed.claims is null or printed.amount_claimed is null or printed.amount_paid is null then '[c]' else '' end as marks
from {{ ref('int_money_printed') }} as printed
left join provider_name
    on provider_name.provider = printed.provider
