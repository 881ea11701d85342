{%- set least_words = threshold('rule_r23_least_words', as_of()) -%}
with
asked as (
    select
        view.claim_no,
        view.view,
        view.is_perhaps,
        view.moment,
        view.has_work,
        view.done_at,
        view.plan_ref,
        view.author_ref,
        view.source,
        view.has_task,
        view.evidence_kind,
        view.task_ref,
        view.submitted_on,
        plan.has_plan,
        review.has_changed,
        sender.plan_to,
        sender.plan_review_to,
        sender.plan_action_to,
        sender.plan_action_history_to
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_plan') }} as plan on plan.claim_no = view.claim_no and plan.view = view.view
    left join {{ ref('payment_review') }} as review on review.claim_no = view.claim_no and review.view = view.view
    left join {{ ref('payment_sender') }} as sender on sender.source = view.source
    where view.evidence_kind in ('PLAN', 'PLAN_REVIEW')
),

own_text as (
    select asked.claim_no, asked.view, text.text_hash, text.words
    from asked
    inner join {{ ref('link_text') }} as text
        on text.kind = asked.evidence_kind and text.source = asked.source and text.work_ref = asked.task_ref
        and {{ is_seen('text', 'asked') }}
),

own as (
    select
        asked.*,
        own_text.text_hash,
        own_text.words
    from asked
    left join own_text on own_text.claim_no = asked.claim_no and own_text.view = asked.view
),

-- A review beside its plan and the reviews before it.
compared as (
    select
        own.claim_no,
        own.view,
        text.text_hash = own.text_hash as is_same,
        text.words >= {{ least_words }} and own.words >= {{ least_words }} as is_long,
        {{ set_size('mine.shingles') }} as own_shingles,
        {{ set_size('text.shingles') }} as other_shingles,
        {{ set_shared('mine.shingles', 'text.shingles') }} as shared
    from own
    inner join {{ ref('link_text') }} as mine
        on mine.kind = own.evidence_kind and mine.source = own.source and mine.work_ref = own.task_ref
        and {{ is_seen('mine', 'own') }}
    inner join {{ ref('link_text') }} as text
        on text.source = own.source and text.plan_ref = own.plan_ref
        and {{ is_seen('text', 'own') }}
        and (
            text.kind = 'PLAN'
            or (text.kind = 'PLAN_REVIEW' and text.work_ref <> own.task_ref
                and (text.written_at < own.done_at or (text.written_at = own.done_at and text.work_ref < own.task_ref)))
        )
    where own.evidence_kind = 'PLAN_REVIEW' and own.text_hash is not null
),

told as (
    select
        claim_no,
        view,
        max(case when is_same then 1 else 0 end) = 1 as is_copy,
        max(case when is_long then 1 else 0 end) = 1 as has_long,
        max(case
            when is_long and (
                shared >= {{ threshold('rule_r23_ratio', as_of()) }} * (own_shingles + other_shingles - shared)
                or (own_shingles - shared <= {{ threshold('rule_r23_edited_shingles', as_of()) }} and other_shingles - shared <= {{ threshold('rule_r23_edited_shingles', as_of()) }})
            ) then 1 else 0 end) = 1 as is_near
    from compared
    group by claim_no, view
),

-- One text of an author for many people: the groups worth looking at.
shared_text as (
    select source, author_ref, text_hash
    from {{ ref('link_text') }}
    where words >= {{ least_words }} and author_ref is not null and person_ref is not null
    group by source, author_ref, text_hash
    having count(distinct person_ref) >= {{ threshold('rule_r24_people', as_of()) }}
),

-- Windows that begin on the day of a text, and that hold the claimed one.
windowed as (
    select
        own.claim_no,
        own.view,
        first.work_ref,
        count(distinct other.person_ref) as people
    from own
    inner join shared_text
        on shared_text.source = own.source and shared_text.author_ref = own.author_ref and shared_text.text_hash = own.text_hash
    inner join {{ ref('link_text') }} as first
        on first.source = own.source and first.author_ref = own.author_ref and first.text_hash = own.text_hash
        and {{ is_seen('first', 'own') }}
        and cast(own.done_at as date) >= cast(first.written_at as date)
        and {{ days_between('cast(first.written_at as date)', 'cast(own.done_at as date)') }} < {{ threshold('rule_r24_days', as_of()) }}
    inner join {{ ref('link_text') }} as other
        on other.source = own.source and other.author_ref = own.author_ref and other.text_hash = own.text_hash
        and {{ is_seen('other', 'own') }}
        and cast(other.written_at as date) >= cast(first.written_at as date)
        and {{ days_between('cast(first.written_at as date)', 'cast(other.written_at as date)') }} < {{ threshold('rule_r24_days', as_of()) }}
    group by own.claim_no, own.view, first.work_ref
),

boilerplate as (
    select claim_no, view, max(people) as people
    from windowed
    group by claim_no, view
),

tested as (
    select
        own.*,
        told.has_long,
        told.is_near,
        told.is_copy,
        {{ verdict(
            "own.has_task and own.evidence_kind = 'PLAN_REVIEW' and (not own.has_work or own.has_plan or own.plan_to is null)",
            [('table_missing', 'own.plan_review_to is null or own.plan_to is null'),
             ('no_source_row', 'not own.has_work'),
             ('value_missing', 'own.text_hash is null or told.claim_no is null'),
             ('not_due', 'own.plan_to < own.submitted_on')],
            'told.is_copy'
        ) }} as r22
    from own
    left join told on told.claim_no = own.claim_no and told.view = own.view
),

answered as (
    select
        tested.claim_no,
        tested.view,
        tested.r22,
        {{ only_now(json_object(['text', 'tested.text_hash', 'is_copy', 'tested.is_copy']), 'tested') }} as r22_evidence,
        {{ verdict(
            "tested.r22 = 'pass' and tested.has_long",
            [('table_missing', 'tested.plan_action_history_to is null or tested.plan_action_to is null'),
             ('not_due', 'least(tested.plan_action_history_to, tested.plan_action_to) < tested.submitted_on')],
            'tested.is_near and not coalesce(tested.has_changed, false)'
        ) }} as r23,
        {{ only_now(json_object(['text', 'tested.text_hash', 'words', 'tested.words', 'is_near', 'tested.is_near', 'has_changed', 'tested.has_changed']), 'tested') }} as r23_evidence,
        {{ verdict(
            "tested.has_task and (tested.words >= " ~ least_words ~ " or not tested.has_work or tested.plan_to is null)",
            [('table_missing', 'tested.plan_to is null or tested.plan_review_to is null'),
             ('no_source_row', 'not tested.has_work'),
             ('value_missing', 'tested.author_ref is null or tested.done_at is null'),
             ('not_due', 'tested.plan_to < tested.submitted_on')],
            'boilerplate.people >= ' ~ threshold('rule_r24_people', as_of())
        ) }} as r24,
        {{ only_now(json_object(['text', 'tested.text_hash', 'author_ref', 'tested.author_ref', 'people', 'boilerplate.people', 'least_people', threshold('rule_r24_people', as_of())]), 'tested') }} as r24_evidence
    from tested
    left join boilerplate on boilerplate.claim_no = tested.claim_no and boilerplate.view = tested.view
)

{{ by_claim('answered', ['r22', 'r23', 'r24'], ['r22_evidence', 'r23_evidence', 'r24_evidence']) }}
