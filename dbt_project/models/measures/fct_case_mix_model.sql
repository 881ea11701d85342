select
    model.measure_id,
    model.part,
    model.term,
    model.level,
    model.value,
    model.error,
    model.releases,
    model.observed,
    model.expected,
    days.first_day,
    days.last_day
from {{ ref('int_case_mix_model') }} as model
inner join (
    select measure_id, min(first_day) as first_day, max(last_day) as last_day
    from {{ ref('int_case_mix_release') }}
    group by measure_id
) as days
    on days.measure_id = model.measure_id
