{%- set views = ['now', 'then', 'perhaps'] -%}
{#- Of a movement, whether a view of a claim sees it. -#}
{%- set sees = {
    'now': 'true',
    'then': 'coalesce(claim.submitted_ts >= %s.%sknown_from, false)',
    'perhaps': 'coalesce(claim.submitted_ts >= %s.%smaybe_from, false)',
} -%}
{%- set seen_in = "asked.moment >= case when asked.is_perhaps then spell.maybe_from else spell.known_from end" -%}
{%- set left_by_then = "spell.out_at is not null and asked.moment >= case when asked.is_perhaps then spell.out_maybe_from else spell.out_known_from end" -%}
with
asked as (
    select
        claim.claim_no,
        view.view,
        view.moment,
        view.is_perhaps,
        view.lagged_to,
        view.claimed_at,
        view.done_at,
        view.has_work,
        claim.source,
        claim.person_id,
        claim.contract_reference,
        claim.contract_type,
        claim.prison,
        claim.has_task,
        claim.setting,
        claim.evidence_kind,
        claim.task_ref,
        claim.task_date,
        claim.submitted_on,
        claim.is_release_linked,
        claim.window_from_days,
        claim.window_to_days,
        claim.setting = 'custody' as is_custody
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
),

-- One row per claim, with the work as each view sees it.
claim as (
    select
        claim.claim_no,
        claim.person_id,
        claim.contract_reference,
        claim.prison,
        claim.setting,
        claim.evidence_kind,
        claim.task_date,
        claim.submitted_ts,
        claim.is_release_linked,
        claim.window_from_days,
        claim.window_to_days,
        {% for view in views %}
        seen.done_{{ view }},
        seen.claimed_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_claim') }} as claim
    inner join (
        select
            claim_no,
            {% for view in views %}
            max(case when view = '{{ view }}' then done_at end) as done_{{ view }},
            max(case when view = '{{ view }}' then claimed_at end) as claimed_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('payment_view') }}
        group by claim_no
    ) as seen on seen.claim_no = claim.claim_no
),

-- The spells that touch the day of the task, as each view sees them.
touched as (
    select
        claim.claim_no,
        claim.prison as claimed_prison,
        claim.task_date,
        spell.prison,
        spell.in_at,
        {% for view in views %}
        claim.claimed_{{ view }},
        {{ sees[view] | replace('%s.%s', 'spell.') }} as is_seen_{{ view }},
        case when {{ sees[view] | replace('%s.%s', 'spell.out_') }} then spell.out_at end as out_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = claim.person_id
        and cast(spell.in_at as date) <= claim.task_date
        and (spell.out_at is null or cast(spell.out_at as date) >= claim.task_date or claim.submitted_ts < spell.out_known_from)
),

spelt as (
    select
        claim_no,
        {% for view in views %}
        {% set touches = 'is_seen_' ~ view ~ ' and (out_' ~ view ~ ' is null or cast(out_' ~ view ~ ' as date) >= task_date)' %}
        max(case when {{ touches }} and {{ comes_no_later('in_at', 'claimed_' ~ view) }}
            and (out_{{ view }} is null or case when {{ is_day('out_' ~ view) }} or {{ is_day('claimed_' ~ view) }} then cast(claimed_{{ view }} as date) <= cast(out_{{ view }} as date) else claimed_{{ view }} < out_{{ view }} end)
            then 1 else 0 end) = 1 as is_inside_{{ view }},
        max(case when {{ touches }} and prison = claimed_prison then 1 else 0 end) = 1 as is_in_claimed_prison_{{ view }},
        {% endfor %}
        min(case when out_now is null or cast(out_now as date) >= task_date then prison end) as prison,
        max(case when out_now is null or cast(out_now as date) >= task_date then prison end) as other_prison
    from touched
    group by claim_no
),

-- All of them by name, for the evidence, where there is more than one.
moved as (
    select touched.claim_no, {{ sorted_list('touched.prison') }} as prisons
    from touched
    inner join spelt on spelt.claim_no = touched.claim_no and spelt.prison <> spelt.other_prison
    where touched.out_now is null or cast(touched.out_now as date) >= touched.task_date
    group by touched.claim_no
),

contract_prison as (
    select
        {{ reference('contract_id') }} as contract_reference,
        {{ reference('prison_code') }} as prison,
        from_date,
        coalesce(to_date, cast('9999-12-31' as date)) as to_date
    from {{ ref('stg_contracts__contract_prison') }}
),

contract_with_prisons as (
    select distinct contract_reference from contract_prison
),

covered as (
    select distinct claim.claim_no
    from claim
    inner join contract_prison
        on contract_prison.contract_reference = claim.contract_reference and contract_prison.prison = claim.prison
        and claim.task_date between contract_prison.from_date and contract_prison.to_date
),

-- A departure, and the movement after it.
departed as (
    select
        movement.person_id,
        movement.movement_order,
        movement.movement_at,
        movement.movement_date,
        movement.known_from,
        movement.maybe_from,
        departure.exclusion_reason is null as is_release,
        departure.exclusion_reason,
        following.movement_at as next_at,
        following.known_from as next_known_from,
        following.maybe_from as next_maybe_from
    from {{ ref('int_departure') }} as departure
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = departure.person_id and movement.movement_order = departure.movement_order
    left join {{ ref('int_movement') }} as following
        on following.person_id = movement.person_id and following.movement_order = movement.movement_order + 1
    where departure.exclusion_reason is null or departure.exclusion_reason in ('died', 'removal', 'immigration_detention', 'hospital')
),

-- Of those that are no release, the first return.
returned as (
    select
        departed.person_id,
        departed.movement_order,
        min(movement.movement_date) as next_in_date,
        min(movement.known_from) as next_in_known_from
    from departed
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = departed.person_id and movement.movement_order > departed.movement_order and movement.direction = 'IN'
    where not departed.is_release
    group by departed.person_id, departed.movement_order
),

after_release as (
    select
        claim.claim_no,
        {% for view in views %}
        max(case when {{ sees[view] | replace('%s.%s', 'departed.') }}
            and {{ comes_before('departed.movement_at', 'claim.done_' ~ view) }}
            and (departed.next_at is null or not {{ sees[view] | replace('%s.%s', 'departed.next_') }} or not {{ comes_no_later('departed.next_at', 'claim.done_' ~ view) }})
            then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join departed on departed.person_id = claim.person_id and departed.is_release and claim.evidence_kind in ('PLAN', 'PLAN_REVIEW')
    group by claim.claim_no
),

after_exit as (
    select
        claim.claim_no,
        {% for view in views %}
        min(case when {{ sees[view] | replace('%s.%s', 'departed.') }}
            and (returned.next_in_date is null or returned.next_in_date > claim.task_date or {{ 'false' if view == 'now' else 'claim.submitted_ts < returned.next_in_known_from' }})
            then departed.exclusion_reason end) as exit_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join departed
        on departed.person_id = claim.person_id
        and (departed.exclusion_reason in ('died', 'removal', 'immigration_detention') or (departed.exclusion_reason = 'hospital' and claim.setting = 'custody'))
        and departed.movement_date < claim.task_date
    left join returned on returned.person_id = departed.person_id and returned.movement_order = departed.movement_order
    group by claim.claim_no
),

after_death as (
    select distinct claim.claim_no
    from claim
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = claim.person_id and person_case.deceased_date < claim.task_date
),

near_release as (
    select
        claim.claim_no,
        {% for view in views %}
        max(case when {{ sees[view] | replace('%s.%s', 'departed.') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from claim
    inner join departed
        on departed.person_id = claim.person_id
        and departed.is_release
        and claim.is_release_linked
        and departed.movement_date >= {{ add_days('claim.task_date', "-claim.window_to_days - cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)") }}
        and departed.movement_date <= {{ add_days('claim.task_date', "-claim.window_from_days + cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)") }}
    group by claim.claim_no
),

-- The meeting itself: a contact, or the first that was attended of a commissioned service.
contact as (
    select
        asked.claim_no,
        asked.view,
        lower(contact.setting) as setting,
        lower(contact.mode) as mode,
        asked.claimed_at
    from asked
    inner join {{ ref('stg_provider__contact') }} as contact
        on asked.evidence_kind = 'CONTACT'
        and contact._source = asked.source and {{ reference('contact.contact_ref') }} = asked.task_ref
        and {{ is_seen('contact', 'asked') }}
),

appointment as (
    select claim_no, view, appointment_time, delivery_type
    from (
        select
            asked.claim_no,
            asked.view,
            appointment.appointment_time,
            upper(appointment.appointment_delivery_type) as delivery_type,
            row_number() over (
                partition by asked.claim_no, asked.view order by appointment.appointment_time, appointment.appointment_id
            ) as first_first
        from asked
        inner join {{ ref('stg_refer_and_monitor__appointment') }} as appointment
            on asked.contract_type = 'crs' and asked.setting = 'community'
            and asked.task_ref = {{ reference('appointment.referral_id') }}
            and upper(appointment.attended) in ('YES', 'LATE')
            and {{ is_seen('appointment', 'asked') }}
    ) as ranked
    where first_first = 1
),

meeting as (
    select claim_no, view, claimed_at as met_at, mode, setting = 'community' and mode = 'face_to_face' as is_in_person from contact
    union all
    select claim_no, view, appointment_time as met_at, delivery_type as mode, delivery_type like 'IN_PERSON%' as is_in_person from appointment
),

met_inside as (
    select distinct meeting.claim_no, meeting.view
    from meeting
    inner join asked on asked.claim_no = meeting.claim_no and asked.view = meeting.view
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = asked.person_id
        and meeting.is_in_person
        and {{ seen_in }}
        and case
            when {{ is_day('meeting.met_at') }} or {{ is_day('spell.in_at') }} then cast(spell.in_at as date) < cast(meeting.met_at as date)
            else spell.in_at <= meeting.met_at
        end
        and (
            not ({{ left_by_then }})
            or case
                when {{ is_day('meeting.met_at') }} or {{ is_day('spell.out_at') }} then cast(meeting.met_at as date) < cast(spell.out_at as date)
                else meeting.met_at < spell.out_at
            end
        )
),

-- What was found of each claim, as the view sees it.
found as (
    select
        asked.*,
        {% for name, column in [('is_inside', 'spelt.is_inside_%s'), ('is_in_claimed_prison', 'spelt.is_in_claimed_prison_%s'), ('is_after_release', 'after_release.in_%s'), ('is_near_release', 'near_release.in_%s')] %}
        coalesce(case asked.view {% for view in views %} when '{{ view }}' then {{ column | replace('%s', view) }} {% endfor %} end, false) as {{ name }},
        {% endfor %}
        case asked.view {% for view in views %} when '{{ view }}' then after_exit.exit_{{ view }} {% endfor %} end as exit,
        coalesce(moved.prisons, spelt.prison) as prisons,
        contract_with_prisons.contract_reference is not null as has_prisons,
        covered.claim_no is not null as is_covered,
        after_death.claim_no is not null as is_after_death
    from asked
    left join spelt on spelt.claim_no = asked.claim_no
    left join moved on moved.claim_no = asked.claim_no
    left join contract_with_prisons on contract_with_prisons.contract_reference = asked.contract_reference
    left join covered on covered.claim_no = asked.claim_no
    left join after_release on after_release.claim_no = asked.claim_no
    left join after_exit on after_exit.claim_no = asked.claim_no
    left join after_death on after_death.claim_no = asked.claim_no
    left join near_release on near_release.claim_no = asked.claim_no
),

tested as (
    select
        asked.*,
        {{ verdict(
            'asked.has_task and asked.is_custody',
            [('table_missing', 'mark.movements_to is null'),
             ('not_linked', 'asked.person_id is null'),
             ('not_due', not_complete('mark.movements_to', 'asked.task_date', 'asked'))],
            'not asked.is_inside'
        ) }} as r04,
        meeting.claim_no is not null as has_meeting,
        meeting.mode,
        met_inside.claim_no is not null as is_met_inside,
        mark.movements_to,
        mark.appointments_to,
        mark.has_contract_prison,
        mark.has_delivery_type,
        sender.contact_to,
        sender.plan_to,
        sender.plan_review_to
    from found as asked
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = asked.source
    left join meeting on meeting.claim_no = asked.claim_no and meeting.view = asked.view
    left join met_inside on met_inside.claim_no = asked.claim_no and met_inside.view = asked.view
)

select
    asked.claim_no,
    asked.view,
    asked.r04,
    {{ verdict(
        "asked.has_task and asked.is_custody and asked.r04 = 'pass'",
        [('value_missing', 'asked.prison is null')],
        'not asked.is_in_claimed_prison'
    ) }} as r05,
    {{ verdict(
        "asked.has_task and asked.is_custody and (asked.contract_type = 'ttg' or asked.has_prisons)",
        [('table_missing', 'not asked.has_contract_prison'),
         ('value_missing', 'asked.prison is null')],
        'not asked.is_covered'
    ) }} as r06,
    {{ verdict(
        "asked.has_task and asked.evidence_kind in ('PLAN', 'PLAN_REVIEW')",
        [('table_missing', "asked.movements_to is null or (asked.evidence_kind = 'PLAN' and asked.plan_to is null) or (asked.evidence_kind = 'PLAN_REVIEW' and asked.plan_review_to is null)"),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_work'),
         ('value_missing', 'asked.done_at is null'),
         ('not_due', not_complete('asked.movements_to', 'asked.task_date', 'asked'))],
        'asked.is_after_release'
    ) }} as r07,
    {{ verdict(
        'asked.has_task and asked.is_release_linked',
        [('table_missing', 'asked.movements_to is null'),
         ('not_linked', 'asked.person_id is null'),
         ('not_due', not_complete('asked.movements_to', add_days('asked.task_date', "-asked.window_from_days + cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)"), 'asked'))],
        'not asked.is_near_release'
    ) }} as r09,
    {{ verdict(
        'asked.has_task',
        [('table_missing', 'asked.movements_to is null'),
         ('not_linked', 'asked.person_id is null'),
         ('not_due', not_complete('asked.movements_to', 'asked.task_date', 'asked'))],
        'asked.exit is not null or asked.is_after_death',
        fails_anyway='asked.is_after_death'
    ) }} as r10,
    {{ verdict(
        "asked.has_task and asked.setting = 'community' and (asked.evidence_kind = 'CONTACT' or asked.contract_type = 'crs')",
        [('no_column', "asked.contract_type = 'crs' and not asked.has_delivery_type"),
         ('table_missing', "asked.movements_to is null or (asked.evidence_kind = 'CONTACT' and asked.contact_to is null) or (asked.contract_type = 'crs' and asked.appointments_to is null)"),
         ('not_linked', 'asked.person_id is null'),
         ('no_source_row', 'not asked.has_meeting'),
         ('value_missing', 'asked.mode is null'),
         ('not_due', not_complete('asked.movements_to', 'asked.task_date', 'asked'))],
        'asked.is_met_inside'
    ) }} as r11,
    -- What the evidence is worded from.
    {{ only_now('asked.claimed_at', 'asked') }} as claimed_at,
    {{ only_now('asked.prison', 'asked') }} as prison,
    {{ only_now('asked.is_inside', 'asked') }} as is_inside,
    {{ only_now('asked.prisons', 'asked') }} as prisons,
    {{ only_now('asked.task_date', 'asked') }} as task_date,
    {{ only_now('asked.contract_reference', 'asked') }} as contract_reference,
    {{ only_now('asked.is_covered', 'asked') }} as is_covered,
    {{ only_now('asked.done_at', 'asked') }} as done_at,
    {{ only_now('asked.is_after_release', 'asked') }} as is_after_release,
    {{ only_now('asked.window_from_days', 'asked') }} as window_from_days,
    {{ only_now('asked.window_to_days', 'asked') }} as window_to_days,
    {{ only_now('asked.is_near_release', 'asked') }} as is_near_release,
    {{ only_now('asked.exit', 'asked') }} as exit,
    {{ only_now('asked.is_after_death', 'asked') }} as is_after_death,
    {{ only_now('asked.mode', 'asked') }} as mode,
    {{ only_now('asked.is_met_inside', 'asked') }} as is_met_inside
from tested as asked
