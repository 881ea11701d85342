with
asked as (
    select
        view.claim_no,
        view.view,
        view.is_perhaps,
        view.moment,
        view.seen_to,
        view.has_work,
        view.done_at,
        view.author_ref,
        claim.source,
        claim.has_task,
        claim.evidence_kind,
        claim.task_ref,
        claim.contract_reference,
        claim.period,
        claim.submitted_ts,
        claim.submitted_on,
        claim.evidence_ref,
        claim.first_paid_on,
        claim.is_paid,
        claim.evidence_kind in ('PLAN', 'PLAN_REVIEW', 'CONTACT') as has_author_column,
        claim.evidence_kind in ('PLAN', 'PLAN_REVIEW', 'PLAN_ACTION', 'CONTACT') as has_recorded_column,
        claim.work_to,
        sender.roster_to,
        sender.evidence_to
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
),

roster as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('stg_provider__roster') }} as roster
        on roster._source = asked.source and {{ reference('roster.author_ref') }} = asked.author_ref
        and cast(asked.done_at as date) >= roster.from_date
        and (roster.to_date is null or cast(asked.done_at as date) <= roster.to_date)
),

-- When the work was first written down, of all that the view has seen of it.
recorded as (
    select asked.claim_no, asked.view, min(work.recorded_ts) as recorded_at
    from asked
    inner join {{ ref('payment_work') }} as work
        on asked.has_recorded_column
        and work.evidence_kind = asked.evidence_kind and work.source = asked.source and work.work_ref = asked.task_ref
        and work._known_from <= asked.moment
    group by asked.claim_no, asked.view
),

-- The work as it stood when it was claimed, and as the view sees it last. Of a row of which nobody can say whether it was there, no version is known.
version as (
    select
        asked.claim_no,
        asked.view,
        max(case when asked.submitted_ts >= work._known_from and asked.submitted_ts < work._known_to then work.content end) as content_then,
        max(case when asked.moment >= work._known_from and asked.moment < work._known_to then work.content end) as content_seen,
        max(case when asked.moment < work._known_to then 1 else 0 end) = 1 as is_live,
        max(work._known_to) as gone_at
    from asked
    inner join {{ ref('payment_work') }} as work
        on asked.is_paid
        and work.evidence_kind = asked.evidence_kind and work.source = asked.source and work.work_ref = asked.task_ref
        and asked.moment >= work._maybe_from
    group by asked.claim_no, asked.view
),

evidence as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('stg_provider__evidence') }} as evidence
        on evidence._source = asked.source and {{ reference('evidence.evidence_ref') }} = asked.evidence_ref
        and {{ is_seen('evidence', 'asked') }}
),

dated as (
    select
        asked.*,
        recorded.recorded_at,
        done_day.working_days_so_far as working_days_when_done,
        recorded_day.working_days_so_far as working_days_when_recorded,
        recorded_day.is_working_day as is_recorded_on_working_day
    from asked
    left join recorded on recorded.claim_no = asked.claim_no and recorded.view = asked.view
    left join {{ ref('payment_day') }} as done_day on done_day.day = cast(asked.done_at as date)
    left join {{ ref('payment_day') }} as recorded_day on recorded_day.day = cast(recorded.recorded_at as date)
),

period as (
    select {{ reference('contract_id') }} as contract_reference, {{ reference('period') }} as period, closes_ts
    from {{ ref('stg_contracts__period') }}
),

-- Written down after its provider was told of an audit of its period or day.
noticed as (
    select distinct dated.claim_no, dated.view
    from dated
    inner join {{ ref('stg_decisions__audit_notice') }} as notice
        on {{ reference('notice.contract_id') }} = dated.contract_reference
        and cast(dated.recorded_at as date) > notice.noted_on
        and (
            {{ reference('notice.period') }} = dated.period
            or (notice.period is null and cast(dated.done_at as date) >= notice.from_date and cast(dated.done_at as date) <= notice.to_date)
        )
)

select
    asked.claim_no,
    asked.view,
    {{ verdict(
        'asked.has_task and asked.has_author_column',
        [('table_missing', 'asked.work_to is null or asked.roster_to is null'),
         ('no_source_row', 'not asked.has_work'),
         ('value_missing', 'asked.author_ref is null or asked.done_at is null'),
         ('not_due', 'asked.work_to < asked.submitted_on')],
        'roster.claim_no is null'
    ) }} as r46,
    {{ verdict(
        'asked.has_task and asked.has_recorded_column',
        [('table_missing', 'asked.work_to is null'),
         ('no_source_row', 'not asked.has_work'),
         ('value_missing', 'asked.recorded_at is null or asked.done_at is null'),
         ('not_due', 'asked.work_to < asked.submitted_on')],
        'asked.working_days_when_recorded - case when asked.is_recorded_on_working_day then 1 else 0 end >= asked.working_days_when_done + ' ~ threshold('rule_r47_working_days', as_of())
    ) }} as r47,
    case when asked.recorded_at > period.closes_ts or noticed.claim_no is not null then 'S2' else 'S3' end as r47_severity,
    {{ verdict(
        "asked.has_task and asked.is_paid and asked.first_paid_on <= asked.seen_to and asked.evidence_kind not like 'CRS%'",
        [('table_missing', 'asked.work_to is null'),
         ('no_source_row', 'version.claim_no is null'),
         ('no_version', 'version.content_then is null'),
         ('not_due', 'asked.work_to < asked.submitted_on')],
        'not version.is_live or version.content_seen <> version.content_then',
        fails_anyway='not version.is_live and cast(version.gone_at as date) >= asked.first_paid_on'
    ) }} as r48,
    {{ verdict(
        'asked.has_task is not null',
        [('table_missing', 'asked.evidence_to is null'),
         ('not_due', 'asked.evidence_to < asked.submitted_on')],
        'evidence.claim_no is null',
        fails_anyway='asked.evidence_ref is null'
    ) }} as r49,
    -- What the evidence is worded from.
    {{ only_now('asked.author_ref', 'asked') }} as author_ref,
    {{ only_now('asked.done_at', 'asked') }} as done_at,
    {{ only_now('roster.claim_no is not null', 'asked') }} as is_on_roster,
    {{ only_now('asked.recorded_at', 'asked') }} as recorded_at,
    {{ only_now('period.closes_ts', 'asked') }} as closes_ts,
    {{ only_now('asked.working_days_when_recorded - case when asked.is_recorded_on_working_day then 1 else 0 end - asked.working_days_when_done', 'asked') }} as working_days,
    {{ only_now('asked.task_ref', 'asked') }} as task_ref,
    {{ only_now('asked.submitted_ts', 'asked') }} as submitted_ts,
    {{ only_now('asked.first_paid_on', 'asked') }} as first_paid_on,
    {{ only_now('version.is_live', 'asked') }} as is_live,
    {{ only_now('version.content_seen <> version.content_then', 'asked') }} as is_altered,
    {{ only_now('asked.evidence_ref', 'asked') }} as evidence_ref,
    {{ only_now('evidence.claim_no is not null', 'asked') }} as is_received
from dated as asked
left join roster on roster.claim_no = asked.claim_no and roster.view = asked.view
left join version on version.claim_no = asked.claim_no and version.view = asked.view
left join evidence on evidence.claim_no = asked.claim_no and evidence.view = asked.view
left join period on period.contract_reference = asked.contract_reference and period.period = asked.period
left join noticed on noticed.claim_no = asked.claim_no and noticed.view = asked.view
