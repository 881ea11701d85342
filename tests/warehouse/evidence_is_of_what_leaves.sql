-- Every release, recall and planned release that evidence is given for is a row of its table; a status is one by its making. Not so a
-- claim: payments name claims that were never delivered.
with
subject as (
    select 'release' as subject_kind, release_id as subject_id from {{ ref('fct_release') }}
    union all
    select 'recall' as subject_kind, release_id as subject_id from {{ ref('fct_recall') }}
    union all
    select 'due_release' as subject_kind, booking_id as subject_id from {{ ref('fct_due_release') }}
)

select evidence.subject_kind, evidence.subject_id
from {{ ref('fct_evidence') }} as evidence
left join subject
    on subject.subject_kind = evidence.subject_kind and subject.subject_id = evidence.subject_id
where evidence.subject_kind in ('release', 'recall', 'due_release') and subject.subject_id is null
