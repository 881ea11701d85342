with
condition as (
    select
        {{ reference('contract_id') }} as contract_reference,
        lower(trim(rule)) as rule,
        lower(trim(value)) as value,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__eligibility') }}
),

-- Sentenced by the day of the task, in the booking.
sentenced as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'sentence', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_nomis__offender_sentence_version') }} as sentence
        on sentence.offender_book_id = claim.book_id and sentence.start_date <= claim.task_date
    group by claim.claim_no
),

-- In the community after a release whose movement was written down.
released as (
    select
        claim.claim_no,
        true as in_now,
        max(case when claim.submitted_ts >= movement.known_from then 1 else 0 end) = 1 as in_then,
        max(case when claim.submitted_ts >= movement.maybe_from then 1 else 0 end) = 1 as in_perhaps
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_release') }} as release
        on release.person_id = claim.person_id and release.release_date <= claim.task_date
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = release.person_id and movement.movement_order = release.movement_order
    where claim.setting = 'community'
    group by claim.claim_no
),

-- Age and sex as at a release: by the booking's own row, else by the case; without a booking by the person's first row.
booked as (
    select
        claim.claim_no,
        cast({{ age_in_years(usable_birth_date('offender.birth_date', 'placeholder.placeholder_date', 'claim.task_date'), 'claim.task_date') }} as integer) as age,
        case when offender.sex_code is not null then coalesce(sex_code.sex, 'Not recorded') end as sex
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_booking') }} as booking on booking.offender_book_id = claim.book_id
    inner join {{ ref('stg_nomis__offender') }} as offender on offender.offender_id = booking.offender_id
    left join {{ ref('placeholder_date') }} as placeholder on placeholder.placeholder_date = offender.birth_date
    left join {{ ref('sex_code') }} as sex_code on sex_code.system = 'nomis' and sex_code.code = upper(offender.sex_code)
),

-- By the lowest case that tells it (definition: release_sex).
sex_by_probation as (
    select person_id, sex
    from (
        select
            person_case.person_id,
            coalesce(sex_code.sex, 'Not recorded') as sex,
            row_number() over (
                partition by person_case.person_id order by {{ key_order('person_case.offender_id') }}, person_case.offender_id
            ) as lowest_first
        from {{ ref('int_person_case') }} as person_case
        left join {{ ref('sex_code') }} as sex_code on sex_code.system = 'ndelius' and sex_code.code = upper(person_case.gender_code)
        where person_case.has_gender_id
    ) as ranked
    where lowest_first = 1
),

described as (
    select
        claim.claim_no,
        coalesce(case when booked.claim_no is not null then booked.age else person.age_by_prison end, person.age_by_probation) as age_at_task,
        coalesce(case when booked.claim_no is not null then booked.sex else person.sex_by_prison end, sex_by_probation.sex) as sex
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('link_claim_person') }} as person on person.source = claim.source and person.claim_id = claim.claim_id
    left join booked on booked.claim_no = claim.claim_no
    left join sex_by_probation on sex_by_probation.person_id = claim.person_id
),

sentenced_or_not as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        case when (claim.book_id is null or mark.sentences_to is null) and not coalesce(released.in_{{ view }}, false) then null
            when coalesce(sentenced.in_{{ view }}, false) or coalesce(released.in_{{ view }}, false) then 'sentenced'
            else 'unsentenced'
        end as case_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join sentenced on sentenced.claim_no = claim.claim_no
    left join released on released.claim_no = claim.claim_no
),

held_against as (
    select
        claim.claim_no,
        condition.rule,
        condition.value,
        {% for view in fromjson(views()) %}
        case
            when condition.rule in ('minimum_age', 'maximum_age') then
                case
                    when person.age_at_task is null or {{ safe_cast_bigint('condition.value') }} is null then 'value_missing'
                    when condition.rule = 'minimum_age' and person.age_at_task < {{ safe_cast_bigint('condition.value') }} then 'fail'
                    when condition.rule = 'maximum_age' and person.age_at_task > {{ safe_cast_bigint('condition.value') }} then 'fail'
                    else 'pass'
                end
            when condition.rule = 'sex' then
                case
                    when condition.value = 'any' then 'pass'
                    when person.sex is null or person.sex = 'Not recorded' then 'value_missing'
                    when lower(person.sex) = condition.value then 'pass'
                    else 'fail'
                end
            when condition.rule = 'case_type' then
                case
                    when condition.value = 'any' then 'pass'
                    when {{ in_list("'sentenced'", "replace(condition.value, ' ', '')") }} and {{ in_list("'unsentenced'", "replace(condition.value, ' ', '')") }} then 'pass'
                    when sentenced_or_not.case_{{ view }} is null then 'value_missing'
                    when {{ in_list('sentenced_or_not.case_' ~ view, "replace(condition.value, ' ', '')") }} then 'pass'
                    else 'fail'
                end
            else 'value_missing'
        end as answer_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join condition
        on condition.contract_reference = claim.contract_reference
        and claim.task_date between condition.from_date and condition.to_date
    left join described as person on person.claim_no = claim.claim_no
    left join sentenced_or_not on sentenced_or_not.claim_no = claim.claim_no
),

eligible as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when answer_{{ view }} = 'fail' then 1 else 0 end) = 1 as fails_{{ view }},
        max(case when answer_{{ view }} = 'value_missing' then 1 else 0 end) = 1 as lacks_{{ view }},
        {% endfor %}
        max(case when rule = 'case_type' and value <> 'any' then 1 else 0 end) = 1 as needs_sentences
    from held_against
    group by claim_no
),

-- By name, for the evidence.
failing as (
    select claim_no, {{ sorted_list('rule') }} as failed
    from held_against
    where answer_now = 'fail'
    group by claim_no
),

asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.person_id,
        claim.person_reference,
        claim.has_task,
        claim.task_date,
        claim.submitted_on,
        claim.lagged_to,
        sender.person_to,
        eligible.claim_no is not null as has_condition,
        eligible.needs_sentences,
        {% for view in fromjson(views()) %}
        eligible.fails_{{ view }},
        eligible.lacks_{{ view }},
        {% endfor %}
        failing.failed,
        numbers.source is not null as has_numbers,
        numbers.numbers,
        numbers.persons_by_number,
        numbers.persons_by_reference,
        numbers.most_persons_of_a_number,
        mark.offenders_to,
        mark.identifiers_to,
        mark.cases_to,
        mark.sentences_to
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join {{ ref('link_provider_numbers') }} as numbers
        on numbers.source = claim.source and numbers.person_reference = claim.person_reference
    left join eligible on eligible.claim_no = claim.claim_no
    left join failing on failing.claim_no = claim.claim_no
)

select
    asked.claim_no,
    asked.is_dated,
    {% for view in fromjson(views()) %}
    {{ verdict(
        'true',
        [('table_missing', 'asked.person_id is null and asked.person_to is null'),
         ('not_due', 'asked.person_id is null and asked.person_to < asked.submitted_on')],
        'asked.person_id is null',
        fails_anyway='asked.person_reference is null'
    ) }} as r01_{{ view }},
    {{ verdict(
        'asked.has_numbers and asked.has_task is not null',
        [('table_missing', 'asked.offenders_to is null or asked.identifiers_to is null or asked.cases_to is null'),
         ('value_missing', 'asked.numbers = 0'),
         ('not_due', 'asked.person_to < asked.submitted_on')],
        'asked.persons_by_number > 1 or asked.most_persons_of_a_number > 1',
        fails_anyway='asked.persons_by_reference > 1 or asked.persons_by_number > 1 or asked.most_persons_of_a_number > 1'
    ) }} as r02_{{ view }},
    {{ verdict(
        'asked.has_task and asked.has_condition',
        [('table_missing', 'asked.offenders_to is null or (asked.needs_sentences and asked.sentences_to is null)'),
         ('not_linked', 'asked.person_id is null'),
         ('value_missing', 'asked.lacks_' ~ view),
         ('not_due', 'asked.needs_sentences and ' ~ not_complete_in(view, 'asked.sentences_to', 'asked.task_date', 'asked'))],
        'asked.fails_' ~ view,
        fails_anyway='asked.fails_' ~ view ~ ' and asked.person_id is not null and asked.offenders_to is not null'
    ) }} as r03_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    asked.person_reference,
    asked.person_id is not null as is_linked,
    asked.persons_by_number,
    asked.persons_by_reference,
    asked.most_persons_of_a_number,
    asked.failed,
    asked.task_date
from asked
