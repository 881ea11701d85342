with
-- Two records are compared when they share a key: a number, or what is left of name, birth date and home where something is mistyped.
every_key as (
    select source, source_key, kind || ' ' || identifier as key
    from {{ ref('link_identifier') }}
    union
    select name.source, name.source_key, 'born ' || cast(born.birth_date as {{ dbt.type_string() }}) || ' ' || left(name.first_name, 1) as key
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_birth_date') }} as born
        on born.source = name.source and born.source_key = name.source_key
    union
    select name.source, name.source_key, 'born ' || cast(born.birth_date as {{ dbt.type_string() }}) || ' ' || left(name.surname, 1) as key
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_birth_date') }} as born
        on born.source = name.source and born.source_key = name.source_key
    union
    select name.source, name.source_key, 'lives ' || home.postcode || ' ' || left(name.surname, 1) as key
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_postcode') }} as home
        on home.source = name.source and home.source_key = name.source_key
    union
    select
        name.source,
        name.source_key,
        'name ' || name.surname || ' ' || name.first_name || ' ' || cast(extract(year from born.birth_date) as {{ dbt.type_string() }}) as key
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_birth_date') }} as born
        on born.source = name.source and born.source_key = name.source_key
),

-- What very many share, such as a default date, leads nowhere.
shared_by_few as (
    select key
    from every_key
    group by key
    having count(*) between 2 and {{ threshold('link_key_records', as_of()) }}
)

select every_key.source, every_key.source_key, every_key.key
from every_key
inner join shared_by_few
    on shared_by_few.key = every_key.key
