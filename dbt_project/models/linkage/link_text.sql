-- Texts of plans and reviews are compared here, where names still are: what is left of a text without the wording of its form, without the
-- person's names, dates and digits (definition: payment_text). Only its hash and shingles go on.
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
        {{ words_only('plan_text') }} as words,
        _known_from,
        _maybe_from,
        _known_to
    from plan
    union all
    select
        'PLAN_REVIEW' as kind,
        _source as source,
        {{ reference('review_ref') }} as work_ref,
        {{ reference('plan_ref') }} as plan_ref,
        {{ reference('author_ref') }} as author_ref,
        review_ts as written_at,
        {{ words_only('review_text') }} as words,
        _known_from,
        _maybe_from,
        _known_to
    from review
),

-- The words of a form, for all and for the contracts that a provider claims under.
wording as (
    select sender.source, {{ phrase_array(words_only('wording.phrase')) }} as phrases
    from (select distinct _source as source, {{ reference('contract_id') }} as contract_reference from {{ ref('stg_provider__claim') }}) as sender
    inner join {{ ref('standard_wording') }} as wording
        on wording.contract_id = '*' or {{ reference('wording.contract_id') }} = sender.contract_reference
    group by sender.source
),

-- Names of the person in the provider's own record and in those of prison and probation that are joined to it.
named as (
    select record.source, {{ reference('record.source_key') }} as person_ref, {{ words_only("coalesce(person.first_name, '') || ' ' || coalesce(person.last_name, '')") }} as name
    from {{ ref('link_record') }} as record
    inner join {{ ref('stg_provider__person') }} as person on person._source = record.source and person.person_ref = record.source_key
    union
    select mine.source, {{ reference('mine.source_key') }} as person_ref, lower(name.surname) as name
    from {{ ref('person_link') }} as mine
    inner join {{ ref('person_link') }} as theirs on theirs.person_id = mine.person_id and theirs.source in ('nomis', 'ndelius')
    inner join {{ ref('link_record') }} as record on record.source = theirs.source and record.source_key = theirs.source_key
    inner join {{ ref('link_name') }} as name on name.record_id = record.record_id
    where mine.source like 'provider_%'
    union
    select mine.source, {{ reference('mine.source_key') }} as person_ref, lower(name.first_name) as name
    from {{ ref('person_link') }} as mine
    inner join {{ ref('person_link') }} as theirs on theirs.person_id = mine.person_id and theirs.source in ('nomis', 'ndelius')
    inner join {{ ref('link_record') }} as record on record.source = theirs.source and record.source_key = theirs.source_key
    inner join {{ ref('link_name') }} as name on name.record_id = record.record_id
    where mine.source like 'provider_%'
),

names as (
    select source, person_ref, {{ word_array(sorted_list('name', ' ')) }} as names
    from named
    where name is not null
    group by source, person_ref
),

told as (
    select
        written.*,
        about.person_ref,
        {{ without_words(without_phrases('written.words', 'wording.phrases'), 'names.names') }} as text
    from written
    left join about on about._source = written.source and about.plan_ref = written.plan_ref
    left join wording on wording.source = written.source
    left join names on names.source = written.source and names.person_ref = about.person_ref
    where written.words is not null
),

reviewed as (
    select distinct source, plan_ref from written where kind = 'PLAN_REVIEW'
),

measured as (
    select
        told.kind,
        told.source,
        told.work_ref,
        told.plan_ref,
        told.author_ref,
        told.person_ref,
        told.written_at,
        told.text,
        {{ word_count('told.text') }} as words,
        case when reviewed.plan_ref is not null and {{ word_count('told.text') }} >= 5 then {{ word_numbers('told.text') }} end as word_numbers,
        told._known_from,
        told._maybe_from,
        told._known_to
    from told
    left join reviewed on reviewed.source = told.source and reviewed.plan_ref = told.plan_ref
    where told.text is not null
)

select
    kind,
    source,
    work_ref,
    plan_ref,
    author_ref,
    person_ref,
    written_at,
    {{ sha256('text') }} as text_hash,
    words,
    case when word_numbers is not null then {{ shingles('word_numbers') }} end as shingles,
    _known_from,
    _maybe_from,
    _known_to
from measured
