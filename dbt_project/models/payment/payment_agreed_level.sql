select
    {{ reference('level.contract_id') }} as contract_reference,
    {{ reference('level.code') }} as code,
    definition.kind,
    level.threshold,
    level.credit_per_point,
    level.credit_cap,
    {{ reference('period.period') }} as period,
    period.start_date,
    period.end_date
from {{ ref('stg_contracts__service_level') }} as level
inner join {{ ref('stg_contracts__period') }} as period
    on {{ reference('period.contract_id') }} = {{ reference('level.contract_id') }}
    and period.end_date >= level.from_date
    and (level.to_date is null or period.end_date <= level.to_date)
left join {{ ref('service_level') }} as definition on definition.code = {{ reference('level.code') }}
