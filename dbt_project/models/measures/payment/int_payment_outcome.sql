-- What became of each release in the terms of each payment measure, and what would be expected of one like it (definition: payment_measures,
-- payment_case_mix).
with
release as (
    select release_id, person_id, offender_book_id, release_date, admission_date, release_type
    from {{ ref('int_release') }}
),

-- The last record of each need before release, by screening of the booking or full assessment of the person.
screened as (
    select release.release_id, domain.need_domain
    from release
    inner join {{ ref('int_booking_screening') }} as screening
        on screening.offender_book_id = release.offender_book_id
        and screening._known_to > cast('9999-12-30' as timestamp)
        and cast(screening.completed_ts as date) <= release.release_date
    inner join {{ ref('stg_oasys__screening_need') }} as need
        on {{ reference('need.screening_id') }} = screening.screening_id
        and need._known_to > cast('9999-12-30' as timestamp) and need.need_flag = 'Y'
    inner join {{ ref('need_domain') }} as domain on domain.system = 'screening' and domain.code = lower(trim(need.domain))
),

-- An assessment by each number that it carries.
numbered as (
    {% for kind, column in [('noms', 'noms_no'), ('crn', 'crn')] %}
    select '{{ kind }}' as kind, upper({{ column }}) as identifier, assessment_id, completed_ts
    from {{ ref('stg_oasys__assessment') }}
    where {{ column }} is not null and _known_to > cast('9999-12-30' as timestamp)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

assessment as (
    select
        release.release_id,
        release.release_date,
        {{ reference('assessment.assessment_id') }} as assessment_id,
        cast(assessment.completed_ts as date) as assessed_on,
        assessment.completed_ts
    from release
    inner join {{ ref('link_number_person') }} as led on led.person_id = release.person_id and led.persons = 1
    inner join numbered as assessment
        on assessment.kind = led.kind and assessment.identifier = led.identifier
        and cast(assessment.completed_ts as date) >= release.admission_date
        and cast(assessment.completed_ts as date) <= {{ add_days('release.release_date', "cast(" ~ threshold('payment_need_met_days', as_of()) ~ " as integer)") }}
),

assessed as (
    select
        assessment.release_id,
        domain.need_domain,
        assessment.assessed_on >= assessment.release_date as is_after,
        assessment.completed_ts,
        need.need_flag,
        need.improved
    from assessment
    inner join {{ ref('stg_oasys__assessment_need') }} as need
        on {{ reference('need.assessment_id') }} = assessment.assessment_id and need._known_to > cast('9999-12-30' as timestamp)
    inner join {{ ref('need_domain') }} as domain on domain.system = 'assessment' and domain.code = lower(trim(need.domain))
),

flagged as (
    select release_id, need_domain from screened
    union
    select release_id, need_domain from assessed where not is_after and need_flag = 'Y'
),

improved as (
    select release_id, need_domain, improved
    from (
        select
            release_id,
            need_domain,
            improved,
            row_number() over (partition by release_id, need_domain order by completed_ts desc, improved) as newest_first
        from assessed
        where is_after and improved is not null
    ) as ranked
    where newest_first = 1
),

recall as (
    select
        release_id,
        case {{ recall_state('release', 28) }}
            when 'observed' then case when coalesce(days_to_recall between 0 and 28, false) then 'yes' else 'no' end
            else {{ recall_state('release', 28) }}
        end as state
    from {{ ref('int_measure_recall') }} as release
),

-- What became of each release, by measure; `need_domain` is the need whose tasks are asked about, empty for all tasks in custody.
outcome as (
    select
        release.release_id,
        'P06' as measure_id,
        'accommodation' as need_domain,
        case
            when status.home_on_day_0 in ('homeless_rough', 'homeless_other') then 'yes'
            when status.home_on_day_0 in ('settled', 'temporary') then 'no'
            else coalesce(status.home_on_day_0, 'unknown')
        end as state
    from release
    left join {{ ref('payment_status') }} as status on status.release_id = release.release_id
    union all
    select
        release.release_id,
        'P07' as measure_id,
        'accommodation' as need_domain,
        case
            when status.home_on_day_91 = 'settled' then 'yes'
            when status.home_on_day_91 in ('temporary', 'homeless_rough', 'homeless_other') then 'no'
            else coalesce(status.home_on_day_91, 'unknown')
        end as state
    from release
    left join {{ ref('payment_status') }} as status on status.release_id = release.release_id
    union all
    select
        release.release_id,
        'P08' as measure_id,
        'employment' as need_domain,
        case
            when status.work_on_day_42 = 'employed' then 'yes'
            when status.work_on_day_42 in ('unemployed', 'education') then 'no'
            when status.work_on_day_42 = 'not_available' then 'out_of_scope'
            else coalesce(status.work_on_day_42, 'unknown')
        end as state
    from release
    left join {{ ref('payment_status') }} as status on status.release_id = release.release_id
    union all
    select release_id, 'P09' as measure_id, cast(null as {{ dbt.type_string() }}) as need_domain, state from recall
    union all
    select
        flagged.release_id,
        'P10' as measure_id,
        flagged.need_domain,
        case
            when improved.improved = 'Y' then 'yes'
            when improved.improved = 'N' then 'no'
            when {{ add_days('release.release_date', "cast(" ~ threshold('payment_need_met_days', as_of()) ~ " + " ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} > {{ as_of() }} then 'not_yet_due'
            else 'unknown'
        end as state
    from flagged
    inner join release on release.release_id = flagged.release_id
    left join improved on improved.release_id = flagged.release_id and improved.need_domain = flagged.need_domain
),

described as (
    select
        release.release_id,
        {{ month_number('release.release_date') }} - ({{ month_number('release.release_date') }} + 9) % 12 as year_number,
        max(case when of_it.characteristic = 'age_band' then of_it.characteristic_value end)
            || '|' || max(case when of_it.characteristic = 'sex' then of_it.characteristic_value end) as by_person,
        max(case when of_it.characteristic = 'sentence_band' then of_it.characteristic_value end) as sentence_band,
        max(coalesce(release.release_type, 'Not recorded')) as release_type
    from release
    inner join {{ ref('int_measure_characteristic') }} as of_it
        on of_it.release_id = release.release_id and of_it.characteristic in ('age_band', 'sex', 'sentence_band')
    group by release.release_id, release.release_date
),

-- People like one another, more and more closely; never by anything that a provider or an officer does.
alike as (
    select
        outcome.measure_id,
        outcome.release_id,
        outcome.need_domain,
        described.year_number,
        outcome.state = 'yes' as is_yes,
        described.by_person,
        described.by_person || '|' || described.sentence_band as by_sentence,
        described.by_person || '|' || described.sentence_band || '|' || described.release_type as by_type
    from outcome
    inner join described on described.release_id = outcome.release_id
    where outcome.state in ('yes', 'no')
),

-- As closely as ten events for each kind of people allow, of the rarer answer; where age and sex are too close already, nothing is expected.
kinds as (
    select
        measure_id,
        need_domain,
        year_number,
        least(count(case when is_yes then 1 end), count(case when not is_yes then 1 end)) / {{ threshold('case_mix_least_events', as_of()) }} as most_kinds,
        count(distinct by_person) as by_person,
        count(distinct by_sentence) as by_sentence,
        count(distinct by_type) as by_type
    from alike
    group by measure_id, need_domain, year_number
),

chosen as (
    select
        alike.measure_id,
        alike.release_id,
        alike.need_domain,
        alike.year_number,
        alike.is_yes,
        case
            when kinds.by_type <= kinds.most_kinds then alike.by_type
            when kinds.by_sentence <= kinds.most_kinds then alike.by_sentence
            when kinds.by_person <= kinds.most_kinds then alike.by_person
        end as kind
    from alike
    inner join kinds
        on kinds.measure_id = alike.measure_id and kinds.need_domain is not distinct from alike.need_domain and kinds.year_number = alike.year_number
),

likely as (
    select measure_id, need_domain, year_number, kind, avg(case when is_yes then 1.0 else 0.0 end) as expected
    from chosen
    where kind is not null
    group by measure_id, need_domain, year_number, kind
),

expected as (
    select chosen.measure_id, chosen.release_id, chosen.need_domain, likely.expected
    from chosen
    inner join likely
        on likely.measure_id = chosen.measure_id and likely.need_domain is not distinct from chosen.need_domain
        and likely.year_number = chosen.year_number and likely.kind = chosen.kind
)

select
    outcome.measure_id,
    outcome.release_id,
    outcome.need_domain,
    outcome.state,
    outcome.measure_id = 'P09' or flagged.release_id is not null as is_like_paid,
    expected.expected
from outcome
left join flagged on flagged.release_id = outcome.release_id and flagged.need_domain = outcome.need_domain
left join expected
    on expected.measure_id = outcome.measure_id and expected.release_id = outcome.release_id
    and expected.need_domain is not distinct from outcome.need_domain
