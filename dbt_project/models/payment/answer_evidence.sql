with
roster as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when claim.view = '{{ view }}' then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_view') }} as claim
    inner join {{ ref('stg_provider__roster') }} as roster
        on roster._source = claim.source and {{ reference('roster.author_ref') }} = claim.author_ref
        and cast(claim.done_at as date) >= roster.from_date
        and (roster.to_date is null or cast(claim.done_at as date) <= roster.to_date)
    group by claim.claim_no
),

-- All versions of the work: when it was first written down, of all that a view has seen of it, and, of work that was paid for, how it stood when
-- it was claimed and as it is seen last. Of a row of which nobody can say whether it was there, no version is known. What is perhaps known of
-- versions is what is known.
version as (
    select
        claim.claim_no,
        min(work.recorded_ts) as recorded_now,
        min(case when claim.submitted_ts >= work._known_from then work.recorded_ts end) as recorded_then,
        max(case when claim.submitted_ts >= work._known_from and claim.submitted_ts < work._known_to then work.content end) as content_then,
        max(case when work._known_to > cast('9999-12-30' as timestamp) then work.content end) as content_now,
        max(case when work._known_to > cast('9999-12-30' as timestamp) then 1 else 0 end) = 1 as is_live_now,
        max(work._known_to) as gone_at_now,
        max(case when claim.submitted_ts >= work._maybe_from then case when claim.submitted_ts < work._known_to then 1 else 0 end end) = 1 as is_live_then,
        max(case when claim.submitted_ts >= work._maybe_from then work._known_to end) as gone_at_then
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('payment_work') }} as work
        on work.evidence_kind = claim.evidence_kind and work.source = claim.source and work.work_ref = claim.task_ref
    group by claim.claim_no
),

evidence as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'evidence', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_provider__evidence') }} as evidence
        on evidence._source = claim.source and {{ reference('evidence.evidence_ref') }} = claim.evidence_ref
    group by claim.claim_no
),

period as (
    select {{ reference('contract_id') }} as contract_reference, {{ reference('period') }} as period, closes_ts
    from {{ ref('stg_contracts__period') }}
),

-- Written down after its provider was told of an audit of its period or day.
noticed as (
    select distinct claim_no
    from (
        select claim.claim_no
        from {{ ref('payment_seen') }} as claim
        inner join {{ ref('stg_decisions__audit_notice') }} as notice
            on {{ reference('notice.contract_id') }} = claim.contract_reference
            and (
                {{ reference('notice.period') }} = claim.period
                or (notice.period is null and cast(claim.done_at_now as date) >= notice.from_date and cast(claim.done_at_now as date) <= notice.to_date)
            )
        inner join {{ ref('payment_work') }} as work
            on work.evidence_kind = claim.evidence_kind and work.source = claim.source and work.work_ref = claim.task_ref
        group by claim.claim_no, notice.noted_on
        having cast(min(work.recorded_ts) as date) > notice.noted_on
    ) as late
),

told as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.submitted_ts,
        claim.submitted_on,
        claim.has_task,
        claim.evidence_kind in ('PLAN', 'PLAN_REVIEW', 'CONTACT') as has_author_column,
        claim.evidence_kind in ('PLAN', 'PLAN_REVIEW', 'PLAN_ACTION', 'CONTACT') as has_recorded_column,
        claim.evidence_kind not like 'CRS%' as is_of_provider,
        claim.task_ref,
        claim.evidence_ref,
        claim.first_paid_on,
        claim.is_paid,
        claim.work_to,
        sender.roster_to,
        sender.evidence_to,
        version.content_then,
        case when claim.is_paid then version.content_now <> version.content_then end as is_altered,
        period.closes_ts,
        version.recorded_now > period.closes_ts or noticed.claim_no is not null as is_recorded_late,
        {% for view in fromjson(views()) %}
        {% set seen = 'now' if view == 'now' else 'then' %}
        claim.has_work_{{ view }},
        claim.done_at_{{ view }},
        claim.author_ref_{{ view }},
        coalesce(roster.in_{{ view }}, false) as is_on_roster_{{ view }},
        coalesce(evidence.in_{{ view }}, false) as is_received_{{ view }},
        version.recorded_{{ seen }} as recorded_{{ view }},
        recorded_{{ seen }}.working_days_so_far - case when recorded_{{ seen }}.is_working_day then 1 else 0 end - done_{{ view }}.working_days_so_far as working_days_{{ view }},
        case when claim.is_paid then version.is_live_{{ seen }} end as is_live_{{ view }},
        version.gone_at_{{ seen }} as gone_at_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join roster on roster.claim_no = claim.claim_no
    left join version on version.claim_no = claim.claim_no
    left join evidence on evidence.claim_no = claim.claim_no
    left join noticed on noticed.claim_no = claim.claim_no
    left join period on period.contract_reference = claim.contract_reference and period.period = claim.period
    {% for view in fromjson(views()) %}
    left join {{ ref('payment_day') }} as done_{{ view }} on done_{{ view }}.day = cast(claim.done_at_{{ view }} as date)
    {% endfor %}
    left join {{ ref('payment_day') }} as recorded_now on recorded_now.day = cast(version.recorded_now as date)
    left join {{ ref('payment_day') }} as recorded_then on recorded_then.day = cast(version.recorded_then as date)
)

select
    told.claim_no,
    told.is_dated,
    {% for view in fromjson(views()) %}
    {{ verdict(
        'told.has_task and told.has_author_column',
        [('table_missing', 'told.work_to is null or told.roster_to is null'),
         ('no_source_row', 'not told.has_work_' ~ view),
         ('value_missing', 'told.author_ref_' ~ view ~ ' is null or told.done_at_' ~ view ~ ' is null'),
         ('not_due', 'told.work_to < told.submitted_on')],
        'not told.is_on_roster_' ~ view
    ) }} as r46_{{ view }},
    {{ verdict(
        'told.has_task and told.has_recorded_column',
        [('table_missing', 'told.work_to is null'),
         ('no_source_row', 'not told.has_work_' ~ view),
         ('value_missing', 'told.recorded_' ~ view ~ ' is null or told.done_at_' ~ view ~ ' is null'),
         ('not_due', 'told.work_to < told.submitted_on')],
        'told.working_days_' ~ view ~ ' >= ' ~ threshold('rule_r47_working_days', as_of())
    ) }} as r47_{{ view }},
    {{ verdict(
        'told.has_task and ' ~ was_paid_in(view, 'told') ~ ' and told.is_of_provider',
        [('table_missing', 'told.work_to is null'),
         ('no_source_row', 'told.is_live_' ~ view ~ ' is null'),
         ('no_version', 'told.content_then is null'),
         ('not_due', 'told.work_to < told.submitted_on')],
        'not told.is_live_' ~ view ~ (' or told.is_altered' if view == 'now' else ''),
        fails_anyway='not told.is_live_' ~ view ~ ' and cast(told.gone_at_' ~ view ~ ' as date) >= told.first_paid_on'
    ) }} as r48_{{ view }},
    {{ verdict(
        'told.has_task is not null',
        [('table_missing', 'told.evidence_to is null'),
         ('not_due', 'told.evidence_to < told.submitted_on')],
        'not told.is_received_' ~ view,
        fails_anyway='told.evidence_ref is null'
    ) }} as r49_{{ view }},
    {% endfor %}
    {{ one_of(['S2', 'S3'], "case when told.is_recorded_late then 'S2' else 'S3' end") }} as r47_severity,
    -- What the evidence is worded from.
    told.author_ref_now as author_ref,
    told.done_at_now as done_at,
    told.is_on_roster_now as is_on_roster,
    told.recorded_now as recorded_at,
    told.closes_ts,
    told.working_days_now as working_days,
    told.task_ref,
    told.submitted_ts,
    told.first_paid_on,
    told.is_live_now as is_live,
    told.is_altered,
    told.evidence_ref,
    told.is_received_now as is_received
from told
