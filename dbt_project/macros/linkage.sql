{#- A weight of the linkage model in force (seeds/linkage). -#}
{% macro link_weight(name) -%}
    (select max(link_threshold.weight) from {{ ref('link_threshold') }} as link_threshold where link_threshold.threshold = '{{ name }}')
{%- endmacro %}

{#- record_id, `to` and weight: of the rows of `candidates` (record_id, `to`, weight, were_one) the one that a record fits best, by far; or
    the one it was with before, unless another fits better by far. Without either the record has no row. By far is by the margin of the
    model. -#}
{% macro best_fit(candidates, to) -%}
    select record_id, {{ to }}, weight
    from (
        select
            record_id,
            {{ to }},
            weight,
            margin,
            is_kept,
            ahead,
            row_number() over (partition by record_id order by is_kept desc, weight desc, {{ to }}) as place
        from (
            select
                candidate.record_id,
                candidate.{{ to }},
                candidate.weight,
                model.margin,
                candidate.were_one and candidate.weight > max(candidate.weight) over (partition by candidate.record_id) - model.margin as is_kept,
                candidate.weight
                    - lead(candidate.weight) over (partition by candidate.record_id order by candidate.weight desc, candidate.{{ to }}) as ahead
            from {{ candidates }} as candidate
            cross join (select {{ link_weight('margin') }} as margin) as model
        ) as compared
    ) as placed
    where place = 1 and (is_kept or ahead is null or ahead >= margin)
{%- endmacro %}

{#- The parts of link_evidence, or of a table like it, one a row: source, source_key, part, number. -#}
{% macro by_part(evidence) -%}
    {%- for part in ['person', 'police', 'home', 'sentence'] %}
    {%- if not loop.first %}
    union all
    {% endif %}
    select source, source_key, '{{ part }}' as part, {{ part }} as number
    from {{ evidence }}
    where {{ part }} is not null
    {%- endfor %}
{%- endmacro %}
