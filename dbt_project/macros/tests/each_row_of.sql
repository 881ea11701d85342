{#- One row for each row of another model, which has each number once within a part, and no others. Counts and sums are compared, those of the
    numbers and of the squares of what a prime leaves of them: a table of all keys would take as long as the model. -#}
{% test each_row_of(model, of, number, within) %}
{%- set summed -%}
    {{ within }} as part, count(*) as row_count, sum({{ number }}) as numbers, sum(mod({{ number }}, 65521) * mod({{ number }}, 65521)) as squares
{%- endset %}
with
here as (
    select {{ summed }} from {{ model }} group by {{ within }}
),

there as (
    select {{ summed }} from {{ of }} group by {{ within }}
)

select coalesce(here.part, there.part) as part, here.row_count, there.row_count as other_count
from here
full outer join there on there.part = here.part
where here.row_count is distinct from there.row_count
    or here.numbers is distinct from there.numbers
    or here.squares is distinct from there.squares
{% endtest %}
