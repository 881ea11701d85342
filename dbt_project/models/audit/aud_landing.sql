select
    finding,
    'row' as subject_kind,
    cast(null as {{ dbt.type_string() }}) as subject_id,
    delivery_id as delivery,
    file,
    row_number,
    cast(1 as bigint) as n
from {{ source('landing', 'finding') }}
union all
select
    'rejected_row' as finding,
    'row' as subject_kind,
    cast(null as {{ dbt.type_string() }}) as subject_id,
    delivery_id as delivery,
    file,
    row_number,
    cast(1 as bigint) as n
from {{ source('landing', 'rejected_row') }}
