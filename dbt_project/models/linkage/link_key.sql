with
named_and_born as (
    select name.record_id, name.surname, name.first_name, born.birth_date
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_birth_date') }} as born
        on born.record_id = name.record_id
),

-- Two records are compared when they share a key: a number, or what is left of name, birth date and home where something is mistyped.
every_key as (
    select record_id, {{ number_of(["kind", "identifier"]) }} as key
    from {{ ref('link_identifier') }}
    union
    select record_id, {{ number_of(["'born'", "birth_date", "left(first_name, 1)"]) }} as key
    from named_and_born
    union
    select record_id, {{ number_of(["'born'", "birth_date", "left(surname, 1)"]) }} as key
    from named_and_born
    union
    select name.record_id, {{ number_of(["'lives'", "home.postcode", "left(name.surname, 1)"]) }} as key
    from {{ ref('link_name') }} as name
    inner join {{ ref('link_postcode') }} as home
        on home.record_id = name.record_id
    union
    select record_id, {{ number_of(["'name'", "surname", "first_name", "extract(year from birth_date)"]) }} as key
    from named_and_born
),

shared as (
    select record_id, key, count(*) over (partition by key) as records
    from every_key
)

-- What very many share, such as a default date, leads nowhere.
select record_id, key
from shared
where records between 2 and {{ threshold('link_key_records', as_of()) }}
