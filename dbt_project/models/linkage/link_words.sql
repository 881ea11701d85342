-- What is left of a text without the wording of its form, without the person's names, dates and digits (definition: payment_text).
with
plan as (
    {{ known_rows('provider__plan', made='recorded_ts') }}
),

review as (
    {{ known_rows('provider__plan_review', made='recorded_ts') }}
),

-- The person a text is about, as the newest version of the plan says.
about as (
    select _source, plan_ref, person_ref
    from (
        select
            _source,
            {{ reference('plan_ref') }} as plan_ref,
            {{ reference('person_ref') }} as person_ref,
            row_number() over (partition by _source, {{ reference('plan_ref') }} order by _known_to desc, _known_from desc) as newest_first
        from plan
    ) as ranked
    where newest_first = 1
),

written as (
    select
        'PLAN' as kind,
        _source as source,
        {{ reference('plan_ref') }} as work_ref,
        {{ reference('plan_ref') }} as plan_ref,
        {{ reference('author_ref') }} as author_ref,
        completed_ts as written_at,
        {{ words_or_nothing('plan_text') }} as words,
        _known_from,
        _maybe_from,
        _known_to
    from plan
    where plan_text is not null
    union all
    select
        'PLAN_REVIEW' as kind,
        _source as source,
        {{ reference('review_ref') }} as work_ref,
        {{ reference('plan_ref') }} as plan_ref,
        {{ reference('author_ref') }} as author_ref,
        review_ts as written_at,
        {{ words_or_nothing('review_text') }} as words,
        _known_from,
        _maybe_from,
        _known_to
    from review
    where review_text is not null
),

-- The words of a form, for all and for the contracts that a provider claims under.
wording as (
    select sender.source, {{ phrase_array(words_only('wording.phrase')) }} as phrases
    from (select distinct _source as source, {{ reference('contract_id') }} as contract_reference from {{ ref('stg_provider__claim') }}) as sender
    inner join {{ ref('standard_wording') }} as wording
        on wording.contract_id = '*' or {{ reference('wording.contract_id') }} = sender.contract_reference
    group by sender.source
),

-- Whom texts are about: of nobody else is a name asked for.
told_of as (
    select distinct about._source as source, about.person_ref
    from about
    inner join (
        select _source, {{ reference('plan_ref') }} as plan_ref from plan where plan_text is not null
        union all
        select _source, {{ reference('plan_ref') }} as plan_ref from review where review_text is not null
    ) as text on text._source = about._source and text.plan_ref = about.plan_ref
),

-- Names of the person in the records of prison and probation that are joined to the provider's own.
joined as (
    select told_of.source, told_of.person_ref, name.surname, name.first_name
    from told_of
    inner join {{ ref('person_link') }} as mine on mine.source = told_of.source and {{ reference('mine.source_key') }} = told_of.person_ref
    inner join {{ ref('person_link') }} as theirs on theirs.person_id = mine.person_id and theirs.source in ('nomis', 'ndelius')
    inner join {{ ref('link_record') }} as record on record.source = theirs.source and record.source_key = theirs.source_key
    inner join {{ ref('link_name') }} as name on name.record_id = record.record_id
    where mine.source like 'provider_%'
),

-- And in its own record.
named as (
    select told_of.source, told_of.person_ref, {{ words_only("coalesce(person.first_name, '') || ' ' || coalesce(person.last_name, '')") }} as name
    from told_of
    inner join {{ ref('link_record') }} as record on record.source = told_of.source and {{ reference('record.source_key') }} = told_of.person_ref
    inner join {{ ref('stg_provider__person') }} as person on person._source = record.source and person.person_ref = record.source_key
    union
    select source, person_ref, lower(surname) as name from joined
    union
    select source, person_ref, lower(first_name) as name from joined
),

names as (
    select source, person_ref, {{ word_array(sorted_list('name', ' ')) }} as names
    from named
    group by source, person_ref
),

-- Each step on its own and once: whatever asks for the text again would have it worked out again.
without_form as (
    select
        written.*,
        about.person_ref,
        {{ without_phrases('written.words', 'wording.phrases') }} as text,
        names.names
    from written
    left join about on about._source = written.source and about.plan_ref = written.plan_ref
    left join wording on wording.source = written.source
    left join names on names.source = written.source and names.person_ref = about.person_ref
)

select
    kind,
    source,
    work_ref,
    plan_ref,
    author_ref,
    person_ref,
    written_at,
    {{ without_words('text', 'names') }} as text,
    _known_from,
    _maybe_from,
    _known_to
from without_form
