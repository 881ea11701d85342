-- Texts of plans and reviews are compared here, where names still are (definition: payment_text). Only hash and shingles go on.
with
told as (
    select * from {{ ref('link_words') }} where text <> ''
),

reviewed as (
    select distinct source, plan_ref from {{ ref('link_words') }} where kind = 'PLAN_REVIEW'
),

measured as (
    select
        told.*,
        {{ word_count('told.text') }} as words,
        case when reviewed.plan_ref is not null and {{ word_count('told.text') }} >= 5 then {{ word_numbers('told.text') }} end as word_numbers
    from told
    left join reviewed on reviewed.source = told.source and reviewed.plan_ref = told.plan_ref
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
