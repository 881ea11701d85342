{%- set least_words = threshold('rule_r23_least_words', as_of()) -%}
with
asked as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.source,
        claim.has_task,
        claim.evidence_kind,
        claim.task_ref,
        claim.submitted_ts,
        claim.submitted_on,
        {% for view in fromjson(views()) %}
        claim.has_work_{{ view }},
        claim.done_at_{{ view }},
        claim.author_ref_{{ view }},
        plan.plan_ref_{{ view }},
        plan.has_plan_{{ view }},
        review.has_changed_{{ view }},
        text_{{ view }}.text_hash as text_hash_{{ view }},
        text_{{ view }}.words as words_{{ view }},
        {% endfor %}
        sender.plan_to,
        sender.plan_review_to,
        sender.plan_action_to,
        sender.plan_action_history_to
    from {{ ref('payment_plan') }} as plan
    inner join {{ ref('payment_seen') }} as claim on claim.claim_no = plan.claim_no
    left join {{ ref('payment_review') }} as review on review.claim_no = plan.claim_no
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    {% for view in fromjson(views()) %}
    left join {{ ref('link_text') }} as text_{{ view }}
        on text_{{ view }}.kind = claim.evidence_kind and text_{{ view }}.source = claim.source and text_{{ view }}.work_ref = claim.task_ref
        and {{ is_seen_in(view, 'text_' ~ view, 'claim') }}
    {% endfor %}
),

-- The plans that any view sees: of most reviews one.
plan as (
    {% for view in fromjson(views()) %}
    select claim_no, source, plan_ref_{{ view }} as plan_ref
    from asked
    where evidence_kind = 'PLAN_REVIEW' and plan_ref_{{ view }} is not null and text_hash_{{ view }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- A review beside its plan and the reviews before it, and which views see both.
paired as (
    select
        asked.claim_no,
        mine.text_hash = text.text_hash as is_same,
        mine.words >= {{ least_words }} and text.words >= {{ least_words }} as is_long,
        mine.shingles as own_shingles,
        text.shingles as other_shingles,
        {% for view in fromjson(views()) %}
        coalesce(
            asked.plan_ref_{{ view }} = plan.plan_ref
            and {{ is_seen_in(view, 'mine', 'asked') }}
            and {{ is_seen_in(view, 'text', 'asked') }}
            and (text.kind = 'PLAN' or text.written_at < asked.done_at_{{ view }} or (text.written_at = asked.done_at_{{ view }} and text.work_ref < asked.task_ref)),
            false
        ) as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from plan
    inner join asked on asked.claim_no = plan.claim_no
    inner join {{ ref('link_text') }} as mine on mine.kind = 'PLAN_REVIEW' and mine.source = asked.source and mine.work_ref = asked.task_ref
    inner join {{ ref('link_text') }} as text
        on text.source = plan.source and text.plan_ref = plan.plan_ref
        and (text.kind = 'PLAN' or (text.kind = 'PLAN_REVIEW' and text.work_ref <> asked.task_ref))
),

compared as (
    select
        claim_no,
        is_same,
        is_long,
        {{ set_size('own_shingles') }} as own_size,
        {{ set_size('other_shingles') }} as other_size,
        {{ set_shared('own_shingles', 'other_shingles') }} as shared,
        {{ in_each_view('in') }}
    from paired
    where in_now or in_then or in_perhaps
),

judged as (
    select
        claim_no,
        is_same,
        is_long,
        is_long and (
            shared >= {{ threshold('rule_r23_ratio', as_of()) }} * (own_size + other_size - shared)
            or (own_size - shared <= {{ threshold('rule_r23_edited_shingles', as_of()) }} and other_size - shared <= {{ threshold('rule_r23_edited_shingles', as_of()) }})
        ) as is_near,
        {{ in_each_view('in') }}
    from compared
),

told as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when in_{{ view }} then 1 else 0 end) = 1 as in_{{ view }},
        max(case when in_{{ view }} then case when is_same then 1 else 0 end end) = 1 as is_copy_{{ view }},
        max(case when in_{{ view }} then case when is_long then 1 else 0 end end) = 1 as has_long_{{ view }},
        max(case when in_{{ view }} then case when is_near then 1 else 0 end end) = 1 as is_near_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from judged
    group by claim_no
),

-- One text of an author for many people: the groups worth looking at.
shared_text as (
    select source, author_ref, text_hash
    from {{ ref('link_text') }} as text
    where words >= {{ least_words }} and author_ref is not null and person_ref is not null
    group by source, author_ref, text_hash
    having count(distinct person_ref) >= {{ threshold('rule_r24_people', as_of()) }}
),

-- Claims of such a text, by view.
written as (
    {% for view in fromjson(views()) %}
    select
        asked.claim_no,
        '{{ view }}' as view,
        {{ 'true' if view == 'perhaps' else 'false' }} as is_perhaps,
        {{ "cast('9999-12-30' as timestamp)" if view == 'now' else 'asked.submitted_ts' }} as moment,
        cast(asked.done_at_{{ view }} as date) as done_on,
        shared_text.source,
        shared_text.author_ref,
        shared_text.text_hash
    from asked
    inner join shared_text
        on shared_text.source = asked.source and shared_text.author_ref = asked.author_ref_{{ view }} and shared_text.text_hash = asked.text_hash_{{ view }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- The texts of these groups, each with the window that begins on its day.
dated as (
    select
        text.source,
        text.author_ref,
        text.text_hash,
        text.work_ref,
        text.person_ref,
        text._known_from,
        text._maybe_from,
        text._known_to,
        cast(text.written_at as date) as written_on,
        {{ add_days('cast(text.written_at as date)', 'cast(' ~ threshold('rule_r24_days', as_of()) ~ ' as integer) - 1') }} as last_day
    from {{ ref('link_text') }} as text
    inner join shared_text
        on shared_text.source = text.source and shared_text.author_ref = text.author_ref and shared_text.text_hash = text.text_hash
),

-- Windows that hold the claimed text.
windowed as (
    select
        written.claim_no,
        written.view,
        first.work_ref,
        count(distinct other.person_ref) as people
    from written
    inner join dated as first
        on first.source = written.source and first.author_ref = written.author_ref and first.text_hash = written.text_hash
        and {{ is_seen('first', 'written') }}
        and written.done_on between first.written_on and first.last_day
    inner join dated as other
        on other.source = written.source and other.author_ref = written.author_ref and other.text_hash = written.text_hash
        and {{ is_seen('other', 'written') }}
        and other.written_on between first.written_on and first.last_day
    group by written.claim_no, written.view, first.work_ref
),

boilerplate as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when view = '{{ view }}' then people end) as people_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from windowed
    group by claim_no
),

tested as (
    select
        asked.*,
        {% for view in fromjson(views()) %}
        told.has_long_{{ view }},
        told.is_near_{{ view }},
        told.is_copy_{{ view }},
        {{ verdict(
            "asked.has_task and asked.evidence_kind = 'PLAN_REVIEW' and (not asked.has_work_" ~ view ~ ' or asked.has_plan_' ~ view ~ ' or asked.plan_to is null)',
            [('table_missing', 'asked.plan_review_to is null or asked.plan_to is null'),
             ('no_source_row', 'not asked.has_work_' ~ view),
             ('value_missing', 'asked.text_hash_' ~ view ~ ' is null or not coalesce(told.in_' ~ view ~ ', false)'),
             ('not_due', 'asked.plan_to < asked.submitted_on')],
            'told.is_copy_' ~ view
        ) }} as r22_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from asked
    left join told on told.claim_no = asked.claim_no
)

select
    tested.claim_no,
    tested.is_dated,
    {% for view in fromjson(views()) %}
    tested.r22_{{ view }},
    {{ verdict(
        'tested.r22_' ~ view ~ " = 'pass' and tested.has_long_" ~ view,
        [('table_missing', 'tested.plan_action_history_to is null or tested.plan_action_to is null'),
         ('not_due', 'least(tested.plan_action_history_to, tested.plan_action_to) < tested.submitted_on')],
        'tested.is_near_' ~ view ~ ' and not coalesce(tested.has_changed_' ~ view ~ ', false)'
    ) }} as r23_{{ view }},
    {{ verdict(
        'tested.has_task and (tested.words_' ~ view ~ ' >= ' ~ least_words ~ ' or not tested.has_work_' ~ view ~ ' or tested.plan_to is null)',
        [('table_missing', 'tested.plan_to is null or tested.plan_review_to is null'),
         ('no_source_row', 'not tested.has_work_' ~ view),
         ('value_missing', 'tested.author_ref_' ~ view ~ ' is null or tested.done_at_' ~ view ~ ' is null'),
         ('not_due', 'tested.plan_to < tested.submitted_on')],
        'boilerplate.people_' ~ view ~ ' >= ' ~ threshold('rule_r24_people', as_of())
    ) }} as r24_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    tested.text_hash_now as text_hash,
    tested.words_now as words,
    tested.is_copy_now as is_copy,
    tested.is_near_now as is_near,
    tested.has_changed_now as has_changed,
    tested.author_ref_now as author_ref,
    boilerplate.people_now as people
from tested
left join boilerplate on boilerplate.claim_no = tested.claim_no
