{#- Which of the two records of a release are left over: each is used once. Four rounds: each takes every pair that comes first for both its releases, which is what taking pairs one by one in the
    stated order gives; a person would need five releases within days of each other to want a fifth. -#}
{%- set rounds = 4 -%}
with
-- By gap, then the earlier NOMIS date, then the higher RELEASE_ID (definition: release_pairing).
ordered_pair as (
    select
        *,
        row_number() over (
            order by gap_days, release_date, {{ key_order('delius_release_id') }} desc, delius_release_id desc, release_id
        ) as pair_order
    from {{ ref('int_release_probation') }}
){% for round in range(1, rounds + 1) %},

open_{{ round }} as (
    {%- if round == 1 %}
    select * from ordered_pair
    {%- else %}
    select open_{{ round - 1 }}.*
    from open_{{ round - 1 }}
    where not exists (
            select 1 from taken_{{ round - 1 }} as taken where taken.release_id = open_{{ round - 1 }}.release_id)
        and not exists (
            select 1 from taken_{{ round - 1 }} as taken
            where taken.delius_release_id = open_{{ round - 1 }}.delius_release_id)
    {%- endif %}
),

taken_{{ round }} as (
    select *
    from (
        select
            *,
            min(pair_order) over (partition by release_id) as first_for_release,
            min(pair_order) over (partition by delius_release_id) as first_for_delius
        from open_{{ round }}
    ) as competing
    where pair_order = first_for_release and pair_order = first_for_delius
){% endfor %}

{% for round in range(1, rounds + 1) %}
select release_id, delius_release_id
from taken_{{ round }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
