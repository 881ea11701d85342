{%- set milestones = ['plan_submitted', 'plan_approved', 'report_submitted', 'concluded', 'assessment_attended', 'first_session'] -%}
-- Each piece of work counts once, whatever was claimed for it, from when it was claimed and known to be done (definition: payment_volume).
with
claim as (
    select claim_no, source, contract_reference, period, task_reference, domain, evidence_kind, milestone, task_ref, work_to, is_done_now, submitted_ts
    from {{ ref('payment_seen') }}
    where contract_reference is not null and period is not null and task_reference is not null
),

-- When the work behind a task was first known to be done: surely, and perhaps.
provider_work as (
    select source, evidence_kind, work_ref, min(_known_from) as known_from, min(_maybe_from) as maybe_from
    from {{ ref('payment_work') }}
    where is_done
    group by source, evidence_kind, work_ref
),

commissioned_work as (
    select
        referral_id,
        {% for milestone in milestones %}
        min(case when {{ milestone }} then _known_from end) as {{ milestone }}_known_from,
        min(case when {{ milestone }} then _maybe_from end) as {{ milestone }}_maybe_from{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            {{ reference('referral_id') }} as referral_id,
            date_first_action_plan_submitted is not null as plan_submitted,
            date_of_first_action_plan_approval is not null as plan_approved,
            date_end_of_service_report_submitted is not null as report_submitted,
            intervention_concluded_at is not null as concluded,
            false as assessment_attended,
            false as first_session,
            _known_from,
            _maybe_from
        from {{ ref('stg_refer_and_monitor__referral_version') }}
        union all
        select
            {{ reference('referral_id') }} as referral_id,
            false as plan_submitted,
            false as plan_approved,
            false as report_submitted,
            false as concluded,
            lower(reason_for_appointment) = 'saa' as assessment_attended,
            lower(reason_for_appointment) = 'delivery' as first_session,
            _known_from,
            _maybe_from
        from {{ ref('stg_refer_and_monitor__appointment') }}
        where upper(attended) in ('YES', 'LATE') and lower(reason_for_appointment) in ('saa', 'delivery') and appointment_time is not null
    ) as reached
    group by referral_id
),

done as (
    select
        claim.contract_reference,
        claim.period,
        claim.task_reference,
        claim.domain,
        claim.task_ref,
        min(claim.submitted_ts) as submitted_ts,
        min(coalesce(
            provider_work.known_from,
            case coalesce(claim.milestone, case when claim.evidence_kind = 'CRS_APPOINTMENTS' then 'assessment_attended' else 'plan_approved' end)
                {% for milestone in milestones %}
                when '{{ milestone }}' then commissioned_work.{{ milestone }}_known_from
                {% endfor %}
            end
        )) as known_from,
        min(coalesce(
            provider_work.maybe_from,
            case coalesce(claim.milestone, case when claim.evidence_kind = 'CRS_APPOINTMENTS' then 'assessment_attended' else 'plan_approved' end)
                {% for milestone in milestones %}
                when '{{ milestone }}' then commissioned_work.{{ milestone }}_maybe_from
                {% endfor %}
            end
        )) as maybe_from,
        max(case when claim.is_done_now then 1 else 0 end) = 1 as is_done_now
    from claim
    left join provider_work
        on provider_work.source = claim.source and provider_work.evidence_kind = claim.evidence_kind and provider_work.work_ref = claim.task_ref
    left join commissioned_work
        on commissioned_work.referral_id = case when claim.evidence_kind like 'CRS%' then claim.task_ref end
    where claim.task_ref is not null
    group by claim.contract_reference, claim.period, claim.task_reference, claim.domain, claim.task_ref
),

weight as (
    select
        {{ reference('contract_id') }} as contract_reference,
        {{ reference('period') }} as period,
        {{ reference('weight_group') }} as weight_group,
        cast(weight as decimal(18, 6)) as weight,
        count(*) over (partition by {{ reference('contract_id') }}, {{ reference('period') }}) as groups
    from {{ ref('stg_contracts__volume_baseline') }}
),

-- The group of a task: the one of its name, of its domain, the standard one, or the only one.
weighed as (
    select contract_reference, period, task_reference, domain, weight
    from (
        select
            asked.contract_reference,
            asked.period,
            asked.task_reference,
            asked.domain,
            weight.weight,
            row_number() over (
                partition by asked.contract_reference, asked.period, asked.task_reference, asked.domain
                order by case
                    when weight.weight_group = asked.task_reference then 0
                    when weight.weight_group = upper(asked.domain) then 1
                    when weight.weight_group = 'STANDARD' then 2
                    else 3
                end
            ) as best_first
        from (select distinct contract_reference, period, task_reference, domain from done) as asked
        inner join weight
            on weight.contract_reference = asked.contract_reference and weight.period = asked.period
            and (weight.weight_group in (asked.task_reference, upper(asked.domain), 'STANDARD') or weight.groups = 1)
    ) as ranked
    where best_first = 1
),

item as (
    select done.*, coalesce(weighed.weight, 1) as weight
    from done
    left join weighed
        on weighed.contract_reference = done.contract_reference and weighed.period = done.period
        and weighed.task_reference = done.task_reference and weighed.domain is not distinct from done.domain
),

known as (
    select
        contract_reference,
        period,
        weight,
        {{ later_of('submitted_ts', 'known_from') }} as surely_at,
        {{ later_of('submitted_ts', 'maybe_from') }} as perhaps_at
    from item
    where submitted_ts is not null and known_from is not null and maybe_from is not null
),

-- What comes to count, surely and perhaps, and when anybody asks; of one moment all at once.
event as (
    select
        contract_reference,
        period,
        happened_at,
        sum(weight_then) as weight_then,
        sum(weight_perhaps) as weight_perhaps
    from (
        select contract_reference, period, surely_at as happened_at, weight as weight_then, 0 as weight_perhaps
        from known
        union all
        select contract_reference, period, perhaps_at as happened_at, 0 as weight_then, weight as weight_perhaps
        from known
        union all
        select distinct contract_reference, period, submitted_ts as happened_at, 0 as weight_then, 0 as weight_perhaps
        from claim
        where submitted_ts is not null
    ) as counted
    group by contract_reference, period, happened_at
),

running as (
    select
        contract_reference,
        period,
        happened_at,
        {% for view in ['then', 'perhaps'] %}
        sum(weight_{{ view }}) over (partition by contract_reference, period order by happened_at) as volume_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from event
),

whole as (
    select contract_reference, period, sum(case when is_done_now then weight else 0 end) as volume
    from item
    group by contract_reference, period
),

-- Work in a table that never came is not work that was not done: how much there was is not known.
untold as (
    select distinct claim.contract_reference, claim.period
    from claim
    cross join {{ ref('payment_watermark') }} as mark
    where case
        when claim.evidence_kind = 'CRS_APPOINTMENTS' or (claim.evidence_kind = 'CRS_REFERRALS' and claim.milestone in ('assessment_attended', 'first_session'))
            then mark.referrals_to is null or mark.appointments_to is null
        when claim.evidence_kind = 'CRS_REFERRALS' then mark.referrals_to is null
        when claim.evidence_kind in ('PLAN', 'PLAN_REVIEW', 'PLAN_ACTION', 'CONTACT', 'SERVICE', 'MESSAGE') then claim.work_to is null
        else false
    end
)

select
    claim.claim_no,
    -- A wide decimal is narrowed before it is rounded: rounding it as it is takes ninety times as long.
    {% for view, volume in [('now', 'coalesce(whole.volume, 0)'), ('then', 'running.volume_then'), ('perhaps', 'running.volume_perhaps')] %}
    cast(cast(cast({{ volume }} as decimal(18, 6)) as decimal(18, 0)) as bigint) as volume_{{ view }},
    {% endfor %}
    untold.contract_reference is not null as is_untold
from claim
left join running
    on running.contract_reference = claim.contract_reference and running.period = claim.period and running.happened_at = claim.submitted_ts
left join whole on whole.contract_reference = claim.contract_reference and whole.period = claim.period
left join untold on untold.contract_reference = claim.contract_reference and untold.period = claim.period
