-- Of each place: how many count, and how many would of people like these everywhere (definition: rate_case_mix, rate_standardised).
{% set terms = ['age_band', 'sex', 'sentence_band', 'release_type', 'earlier_releases', 'home_need_at_reception', 'prison_type', 'quarter'] %}
with
coefficient as (
    select measure_id, term, level, value
    from {{ ref('int_case_mix_model') }}
    where part = 'coefficient'
),

-- The log odds of each release: the intercept, and the coefficient of each of its levels that has one.
odds as (
    select
        release.measure_id,
        release.release_id,
        intercept.value
        {% for term in terms %}
            + coalesce(of_{{ term }}.value, 0)
        {% endfor %} as log_odds
    from {{ ref('int_case_mix_release') }} as release
    inner join coefficient as intercept
        on intercept.measure_id = release.measure_id and intercept.term = 'intercept'
    {% for term in terms %}
    left join coefficient as of_{{ term }}
        on of_{{ term }}.measure_id = release.measure_id and of_{{ term }}.term = '{{ term }}' and of_{{ term }}.level = release.{{ term }}
    {% endfor %}
),

likely as (
    select
        odds.measure_id,
        odds.release_id,
        1 / (1 + exp(-odds.log_odds)) as chance,
        person.in_denominator,
        person.in_numerator,
        person.state
    from odds
    inner join {{ ref('fct_measure_person') }} as person
        on person.measure_id = odds.measure_id and person.release_id = odds.release_id
),

placed as (
    select release_id, 'nation' as geography_kind, 'EW' as geography_id from {{ ref('fct_release') }}
    union all
    select release_id, 'region' as geography_kind, supervising_region as geography_id from {{ ref('fct_release') }} where supervising_region is not null
    union all
    select release_id, 'pdu' as geography_kind, pdu as geography_id from {{ ref('fct_release') }} where pdu is not null
)

select
    likely.measure_id,
    placed.geography_kind,
    placed.geography_id,
    count(case when likely.in_denominator then 1 end) as releases,
    count(case when likely.in_denominator and likely.in_numerator then 1 end) as observed,
    round(coalesce(sum(case when likely.in_denominator then likely.chance end), 0), 3) as expected,
    round(coalesce(sum(case when likely.in_denominator then likely.chance * (1 - likely.chance) end), 0), 3) as variance,
    count(case when likely.state = 'unknown' then 1 end) as unknown,
    count(case when likely.state = 'not_yet_due' then 1 end) as not_yet_due,
    count(case when likely.state = 'out_of_scope' then 1 end) as out_of_scope
from likely
inner join placed on placed.release_id = likely.release_id
group by likely.measure_id, placed.geography_kind, placed.geography_id
