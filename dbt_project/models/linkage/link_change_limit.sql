{{ config(materialized='view') }}
with
counted as (
    select
        run.links_rules = run.rules and run.links_recipe = run.evidence_recipe as is_comparable,
        (select count(distinct person_id) from {{ source('landing', 'earlier_link') }}) as known_persons,
        (select count(*) from {{ ref('link_changed_person') }}) as changed_persons,
        cast({{ threshold('link_change_share', as_of()) }} as double) as most_share,
        cast({{ threshold('link_change_min', as_of()) }} as double) as least_persons
    from {{ source('landing', 'run') }} as run
)

select
    known_persons,
    changed_persons,
    most_share,
    least_persons,
    coalesce(is_comparable and changed_persons >= least_persons and changed_persons > most_share * known_persons, false) as is_passed
from counted
