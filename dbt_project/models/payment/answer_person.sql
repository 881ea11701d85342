{%- set booked_age -%}
cast({{ age_in_years('booked.birth_date', 'claim.task_date') }} as integer)
{%- endset -%}
with
condition as (
    select
        {{ reference('contract_id') }} as contract_reference,
        lower(trim(rule)) as rule,
        lower(trim(value)) as value,
        {{ safe_cast_bigint('value') }} as age,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__eligibility') }}
),

-- All that a contract asks of a person on a day, and which ages are believed on it: of the sex, whichever two of its values are furthest apart, for no person is of both.
terms as (
    select
        asked.contract_reference,
        asked.task_date,
        {{ threshold('youngest_age', 'asked.task_date') }} as youngest_age,
        {{ threshold('oldest_age', 'asked.task_date') }} as oldest_age,
        max(case when condition.rule = 'minimum_age' then condition.age end) as minimum_age,
        min(case when condition.rule = 'maximum_age' then condition.age end) as maximum_age,
        max(case when condition.rule in ('minimum_age', 'maximum_age') then 1 else 0 end) = 1 as asks_age,
        max(case
            when condition.rule in ('sex', 'case_type') then 0
            when condition.rule in ('minimum_age', 'maximum_age') and condition.age is not null then 0
            else 1
        end) = 1 as is_unclear,
        min(case when condition.rule = 'sex' and coalesce(condition.value <> 'any', true) then coalesce(condition.value, '') end) as sex,
        max(case when condition.rule = 'sex' and coalesce(condition.value <> 'any', true) then coalesce(condition.value, '') end) as other_sex,
        max(case when condition.rule = 'case_type' and condition.value <> 'any' then 1 else 0 end) = 1 as needs_sentences,
        {% for case_type in ['sentenced', 'unsentenced'] %}
        max(case
            when coalesce(condition.rule, '') <> 'case_type' or condition.value = 'any' then 0
            when {{ in_list("'" ~ case_type ~ "'", "replace(condition.value, ' ', '')") }} then 0
            else 1
        end) = 1 as bars_{{ case_type }}{{ ',' if not loop.last }}
        {% endfor %}
    from (select distinct contract_reference, task_date from {{ ref('payment_seen') }}) as asked
    inner join condition
        on condition.contract_reference = asked.contract_reference
        and asked.task_date between condition.from_date and condition.to_date
    group by asked.contract_reference, asked.task_date
),

-- Of most claims nobody asks it.
asked_for_sentences as (
    select claim.claim_no, claim.person_id, claim.book_id, claim.setting, claim.task_date, claim.submitted_ts
    from {{ ref('payment_seen') }} as claim
    inner join terms on terms.contract_reference = claim.contract_reference and terms.task_date = claim.task_date
    where terms.bars_sentenced or terms.bars_unsentenced
),

-- Sentenced by the day of the task, in the booking.
sentenced as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'sentence', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked_for_sentences as claim
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
    from asked_for_sentences as claim
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
        booking.offender_book_id,
        case when placeholder.placeholder_date is null then offender.birth_date end as birth_date,
        case when offender.sex_code is not null then coalesce(sex_code.sex, 'Not recorded') end as sex
    from {{ ref('int_booking') }} as booking
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
        claim.is_dated,
        claim.source,
        claim.person_id,
        claim.person_reference,
        claim.has_task,
        claim.task_date,
        claim.submitted_on,
        claim.lagged_to,
        mark.offenders_to,
        mark.identifiers_to,
        mark.cases_to,
        mark.sentences_to,
        terms.contract_reference is not null as has_condition,
        terms.minimum_age,
        terms.maximum_age,
        terms.asks_age,
        terms.is_unclear,
        terms.sex as asked_sex,
        terms.other_sex as other_asked_sex,
        terms.bars_sentenced,
        terms.bars_unsentenced,
        terms.needs_sentences,
        coalesce(
            case
                when booked.offender_book_id is null then person.age_by_prison
                when not coalesce({{ booked_age }} < terms.youngest_age or {{ booked_age }} > terms.oldest_age, false) then {{ booked_age }}
            end,
            person.age_by_probation
        ) as age,
        nullif(
            coalesce(case when booked.offender_book_id is null then person.sex_by_prison else booked.sex end, sex_by_probation.sex), 'Not recorded'
        ) as sex,
        {% for view in fromjson(views()) %}
        case
            when released.in_{{ view }} then 'sentenced'
            when claim.book_id is null or mark.sentences_to is null then null
            when sentenced.in_{{ view }} then 'sentenced'
            else 'unsentenced'
        end as case_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join terms on terms.contract_reference = claim.contract_reference and terms.task_date = claim.task_date
    left join {{ ref('link_claim_person') }} as person on person.source = claim.source and person.claim_id = claim.claim_id
    left join booked on booked.offender_book_id = claim.book_id
    left join sex_by_probation on sex_by_probation.person_id = claim.person_id
    left join sentenced on sentenced.claim_no = claim.claim_no
    left join released on released.claim_no = claim.claim_no
),

held_against as (
    select
        described.*,
        is_unclear or (asks_age and age is null) or (asked_sex is not null and sex is null) as is_unknown,
        coalesce(age < minimum_age, false) as is_too_young,
        coalesce(age > maximum_age, false) as is_too_old,
        coalesce(lower(sex) <> asked_sex or lower(sex) <> other_asked_sex, false) as is_of_other_sex,
        {% for view in fromjson(views()) %}
        (bars_sentenced or bars_unsentenced) and case_{{ view }} is null as is_of_unknown_case_{{ view }},
        coalesce(case case_{{ view }} when 'sentenced' then bars_sentenced when 'unsentenced' then bars_unsentenced end, false) as is_of_other_case_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from described
),

asked as (
    select
        held_against.*,
        {% for view in fromjson(views()) %}
        is_too_young or is_too_old or is_of_other_sex or is_of_other_case_{{ view }} as fails_{{ view }},
        is_unknown or is_of_unknown_case_{{ view }} as lacks_{{ view }},
        {% endfor %}
        sender.person_to,
        numbers.source is not null as has_numbers,
        numbers.numbers,
        numbers.persons_by_number,
        numbers.persons_by_reference,
        numbers.most_persons_of_a_number
    from held_against
    left join {{ ref('payment_sender') }} as sender on sender.source = held_against.source
    left join {{ ref('link_provider_numbers') }} as numbers
        on numbers.source = held_against.source and numbers.person_reference = held_against.person_reference
)

select
    asked.claim_no,
    asked.is_dated,
    {{ verdict(
        'true',
        [('table_missing', 'asked.person_id is null and asked.person_to is null'),
         ('not_due', 'asked.person_id is null and asked.person_to < asked.submitted_on')],
        'asked.person_id is null',
        fails_anyway='asked.person_reference is null'
    ) }} as r01,
    {{ verdict(
        'asked.has_numbers and asked.has_task is not null',
        [('table_missing', 'asked.offenders_to is null or asked.identifiers_to is null or asked.cases_to is null'),
         ('value_missing', 'asked.numbers = 0'),
         ('not_due', 'asked.person_to < asked.submitted_on')],
        'asked.persons_by_number > 1 or asked.most_persons_of_a_number > 1',
        fails_anyway='asked.persons_by_reference > 1 or asked.persons_by_number > 1 or asked.most_persons_of_a_number > 1'
    ) }} as r02,
    {% for view in fromjson(views()) %}
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
    nullif(
        concat_ws(
            ';',
            case when asked.is_of_other_case_now then 'case_type' end,
            case when asked.is_too_old then 'maximum_age' end,
            case when asked.is_too_young then 'minimum_age' end,
            case when asked.is_of_other_sex then 'sex' end
        ), ''
    ) as failed,
    asked.task_date
from asked
