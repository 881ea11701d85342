-- The payment rules are not built yet. The table stands with its columns, so that what reads it can say so.
select
    cast(null as {{ dbt.type_string() }}) as claim_id,
    cast(null as {{ dbt.type_string() }}) as rule_id,
    cast(null as integer) as rule_version,
    cast(null as {{ dbt.type_string() }}) as result,
    cast(null as {{ dbt.type_string() }}) as class,
    cast(null as {{ dbt.type_string() }}) as severity,
    cast(null as decimal(18, 2)) as amount_at_risk,
    cast(null as {{ dbt.type_string() }}) as known_then,
    cast(null as {{ dbt.type_string() }}) as known_now,
    cast(null as {{ dbt.type_string() }}) as evidence
where 1 = 0
