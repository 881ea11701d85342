with
-- Where the end of a spell was not known yet, it lasted until the next arrival that was.
late_end as (
    select
        spell.person_id,
        spell.movement_order,
        spell.out_known_from,
        later.in_at,
        later.known_from,
        later.maybe_from
    from {{ ref('int_spell') }} as spell
    inner join {{ ref('int_spell') }} as later
        on later.person_id = spell.person_id and later.movement_order > spell.movement_order and later.maybe_from < spell.out_known_from
),

until_next as (
    select
        claim.claim_no,
        late_end.movement_order,
        {% for view in fromjson(views()) %}
        min(case when {{ is_known_in(view, 'late_end', 'claim') }} then late_end.in_at end) as out_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join late_end on late_end.person_id = claim.person_id and claim.submitted_ts < late_end.out_known_from
    group by claim.claim_no, late_end.movement_order
),

-- The spells that touch the day of a task in custody, as each view sees them.
touched as (
    select
        claim.claim_no,
        claim.prison as claimed_prison,
        claim.task_date,
        spell.prison,
        spell.in_at,
        {% for view in fromjson(views()) %}
        claim.claimed_at_{{ view }},
        {{ is_known_in(view, 'spell', 'claim') }} as is_seen_{{ view }},
        case when {{ is_known_in(view, 'spell', 'claim', 'out_') }} then spell.out_at else until_next.out_{{ view }} end as out_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = claim.person_id
        and cast(spell.in_at as date) <= claim.task_date
        and (spell.out_at is null or cast(spell.out_at as date) >= claim.task_date or claim.submitted_ts < spell.out_known_from)
    left join until_next on until_next.claim_no = claim.claim_no and until_next.movement_order = spell.movement_order
    where claim.setting = 'custody'
),

spelt as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        {% set touches = 'is_seen_' ~ view ~ ' and (out_' ~ view ~ ' is null or cast(out_' ~ view ~ ' as date) >= task_date)' %}
        max(case when {{ touches }} and {{ comes_no_later('in_at', 'claimed_at_' ~ view) }}
            and (out_{{ view }} is null or case when {{ is_day('out_' ~ view) }} or {{ is_day('claimed_at_' ~ view) }} then cast(claimed_at_{{ view }} as date) <= cast(out_{{ view }} as date) else claimed_at_{{ view }} < out_{{ view }} end)
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
    from {{ ref('payment_seen') }} as claim
    inner join contract_prison
        on contract_prison.contract_reference = claim.contract_reference and contract_prison.prison = claim.prison
        and claim.task_date between contract_prison.from_date and contract_prison.to_date
),

departed as (
    select
        movement.person_id,
        movement.movement_order,
        movement.movement_at,
        movement.movement_date,
        movement.known_from,
        movement.maybe_from,
        departure.exclusion_reason is null as is_release,
        departure.exclusion_reason
    from {{ ref('int_departure') }} as departure
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = departure.person_id and movement.movement_order = departure.movement_order and movement.direction = 'OUT'
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

-- A plan or review after a release, and before the movement that follows it.
after_release as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_known_in(view, 'departed', 'claim') }}
            and {{ comes_before('departed.movement_at', 'claim.done_at_' ~ view) }}
            and (following.movement_at is null or not {{ is_known_in(view, 'following', 'claim') }} or not {{ comes_no_later('following.movement_at', 'claim.done_at_' ~ view) }})
            then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join departed on departed.person_id = claim.person_id and departed.is_release
    left join {{ ref('int_movement') }} as following
        on following.person_id = departed.person_id and following.movement_order = departed.movement_order + 1
    where claim.evidence_kind in ('PLAN', 'PLAN_REVIEW')
    group by claim.claim_no
),

after_exit as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        min(case when {{ is_known_in(view, 'departed', 'claim') }}
            and (returned.next_in_date is null or returned.next_in_date > claim.task_date or {{ 'false' if view == 'now' else 'claim.submitted_ts < returned.next_in_known_from' }})
            then departed.exclusion_reason end) as exit_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join departed
        on departed.person_id = claim.person_id
        and (departed.exclusion_reason in ('died', 'removal', 'immigration_detention') or (departed.exclusion_reason = 'hospital' and claim.setting = 'custody'))
        and departed.movement_date < claim.task_date
    left join returned on returned.person_id = departed.person_id and returned.movement_order = departed.movement_order
    group by claim.claim_no
),

after_death as (
    select distinct claim.claim_no
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = claim.person_id and person_case.deceased_date < claim.task_date
),

near_release as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_known_in(view, 'departed', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join departed
        on departed.person_id = claim.person_id
        and departed.is_release
        and claim.is_release_linked
        and departed.movement_date >= {{ add_days('claim.task_date', "-claim.window_to_days - cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)") }}
        and departed.movement_date <= {{ add_days('claim.task_date', "-claim.window_from_days + cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)") }}
    group by claim.claim_no
),

-- The meeting itself, and which views it is the meeting of: a contact, or the first that was attended of a commissioned service.
contact as (
    select
        claim.claim_no,
        claim.person_id,
        claim.submitted_ts,
        {% for view in fromjson(views()) %}
        claim.claimed_at_{{ view }} as met_at_{{ view }},
        {{ is_seen_in(view, 'contact', 'claim') }} as is_met_{{ view }},
        {% endfor %}
        lower(contact.mode) as mode,
        lower(contact.setting) = 'community' and lower(contact.mode) = 'face_to_face' as is_in_person
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = claim.source and {{ reference('contact.contact_ref') }} = claim.task_ref
    where claim.evidence_kind = 'CONTACT'
),

appointment as (
    select
        claim.claim_no,
        claim.person_id,
        claim.submitted_ts,
        appointment.appointment_time,
        upper(appointment.appointment_delivery_type) as mode,
        {% for view in fromjson(views()) %}
        {{ is_seen_in(view, 'appointment', 'claim') }} as is_seen_{{ view }},
        {% endfor %}
        row_number() over (partition by claim.claim_no order by appointment.appointment_time, appointment.appointment_id) as n
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_refer_and_monitor__appointment') }} as appointment
        on claim.task_ref = {{ reference('appointment.referral_id') }}
        and upper(appointment.attended) in ('YES', 'LATE')
    where claim.contract_type = 'crs' and claim.setting = 'community'
),

first_attended as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        min(case when is_seen_{{ view }} then n end) as n_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from appointment
    group by claim_no
),

meeting as (
    select claim_no, person_id, submitted_ts, mode, is_in_person, {{ in_each_view('met_at') }}, {{ in_each_view('is_met') }}
    from contact
    union all
    select
        appointment.claim_no,
        appointment.person_id,
        appointment.submitted_ts,
        appointment.mode,
        appointment.mode like 'IN_PERSON%' as is_in_person,
        {% for view in fromjson(views()) %}
        appointment.appointment_time as met_at_{{ view }},
        {% endfor %}
        {% for view in fromjson(views()) %}
        coalesce(appointment.n = first_attended.n_{{ view }}, false) as is_met_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from appointment
    inner join first_attended
        on first_attended.claim_no = appointment.claim_no
        and appointment.n in ({{ in_each_view('first_attended.n') }})
),

met as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when is_met_{{ view }} then 1 else 0 end) = 1 as has_meeting_{{ view }},
        max(case when is_met_{{ view }} then mode end) as mode_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from meeting
    group by claim_no
),

met_inside as (
    select
        meeting.claim_no,
        {% for view in fromjson(views()) %}
        {% set met_at = 'meeting.met_at_' ~ view %}
        {% set out_at = 'case when ' ~ is_known_in(view, 'spell', 'meeting', 'out_') ~ ' then spell.out_at else until_next.out_' ~ view ~ ' end' %}
        max(case
            when meeting.is_met_{{ view }}
                and {{ is_known_in(view, 'spell', 'meeting') }}
                and case
                    when {{ is_day(met_at) }} or {{ is_day('spell.in_at') }} then cast(spell.in_at as date) < cast({{ met_at }} as date)
                    else spell.in_at <= {{ met_at }}
                end
                and (
                    spell.out_at is null
                    or (not {{ is_known_in(view, 'spell', 'meeting', 'out_') }} and until_next.out_{{ view }} is null)
                    or {{ comes_before(met_at, out_at) }}
                )
                then 1 else 0
        end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from meeting
    inner join {{ ref('int_spell') }} as spell on spell.person_id = meeting.person_id
    left join until_next on until_next.claim_no = meeting.claim_no and until_next.movement_order = spell.movement_order
    where meeting.is_in_person
    group by meeting.claim_no
),

-- What was found of each claim.
found as (
    select
        claim.claim_no,
        claim.source,
        claim.person_id,
        claim.contract_reference,
        claim.contract_type,
        claim.prison,
        claim.has_task,
        claim.setting,
        claim.setting = 'custody' as is_custody,
        claim.evidence_kind,
        claim.task_date,
        claim.is_dated,
        claim.lagged_to,
        claim.is_release_linked,
        claim.window_from_days,
        claim.window_to_days,
        {% for view in fromjson(views()) %}
        claim.has_work_{{ view }},
        claim.done_at_{{ view }},
        claim.claimed_at_{{ view }},
        coalesce(spelt.is_inside_{{ view }}, false) as is_inside_{{ view }},
        coalesce(spelt.is_in_claimed_prison_{{ view }}, false) as is_in_claimed_prison_{{ view }},
        coalesce(after_release.in_{{ view }}, false) as is_after_release_{{ view }},
        coalesce(near_release.in_{{ view }}, false) as is_near_release_{{ view }},
        after_exit.exit_{{ view }},
        coalesce(met.has_meeting_{{ view }}, false) as has_meeting_{{ view }},
        met.mode_{{ view }},
        coalesce(met_inside.in_{{ view }}, false) as is_met_inside_{{ view }},
        {% endfor %}
        coalesce(moved.prisons, spelt.prison) as prisons,
        contract_with_prisons.contract_reference is not null as has_prisons,
        covered.claim_no is not null as is_covered,
        after_death.claim_no is not null as is_after_death,
        mark.movements_to,
        mark.appointments_to,
        mark.has_contract_prison,
        mark.has_delivery_type,
        sender.contact_to,
        sender.plan_to,
        sender.plan_review_to
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join spelt on spelt.claim_no = claim.claim_no
    left join moved on moved.claim_no = claim.claim_no
    left join contract_with_prisons on contract_with_prisons.contract_reference = claim.contract_reference
    left join covered on covered.claim_no = claim.claim_no
    left join after_release on after_release.claim_no = claim.claim_no
    left join after_exit on after_exit.claim_no = claim.claim_no
    left join after_death on after_death.claim_no = claim.claim_no
    left join near_release on near_release.claim_no = claim.claim_no
    left join met on met.claim_no = claim.claim_no
    left join met_inside on met_inside.claim_no = claim.claim_no
),

tested as (
    select
        found.*,
        {% for view in fromjson(views()) %}
        {{ verdict(
            'found.has_task and found.is_custody',
            [('table_missing', 'found.movements_to is null'),
             ('not_linked', 'found.person_id is null'),
             ('not_due', not_complete_in(view, 'found.movements_to', 'found.task_date', 'found'))],
            'not found.is_inside_' ~ view
        ) }} as r04_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from found
)

select
    tested.claim_no,
    tested.is_dated,
    {{ verdict(
        "tested.has_task and tested.is_custody and (tested.contract_type = 'ttg' or tested.has_prisons)",
        [('table_missing', 'not tested.has_contract_prison'),
         ('value_missing', 'tested.prison is null')],
        'not tested.is_covered'
    ) }} as r06,
    {% for view in fromjson(views()) %}
    tested.r04_{{ view }},
    {{ verdict(
        "tested.has_task and tested.is_custody and tested.r04_" ~ view ~ " = 'pass'",
        [('value_missing', 'tested.prison is null')],
        'not tested.is_in_claimed_prison_' ~ view
    ) }} as r05_{{ view }},
    {{ verdict(
        "tested.has_task and tested.evidence_kind in ('PLAN', 'PLAN_REVIEW')",
        [('table_missing', "tested.movements_to is null or (tested.evidence_kind = 'PLAN' and tested.plan_to is null) or (tested.evidence_kind = 'PLAN_REVIEW' and tested.plan_review_to is null)"),
         ('not_linked', 'tested.person_id is null'),
         ('no_source_row', 'not tested.has_work_' ~ view),
         ('value_missing', 'tested.done_at_' ~ view ~ ' is null'),
         ('not_due', not_complete_in(view, 'tested.movements_to', 'tested.task_date', 'tested'))],
        'tested.is_after_release_' ~ view
    ) }} as r07_{{ view }},
    {{ verdict(
        'tested.has_task and tested.is_release_linked',
        [('table_missing', 'tested.movements_to is null'),
         ('not_linked', 'tested.person_id is null'),
         ('not_due', not_complete_in(view, 'tested.movements_to', add_days('tested.task_date', "-tested.window_from_days + cast(" ~ threshold('rule_r09_release_days', as_of()) ~ " as integer)"), 'tested'))],
        'not tested.is_near_release_' ~ view
    ) }} as r09_{{ view }},
    {{ verdict(
        'tested.has_task',
        [('table_missing', 'tested.movements_to is null'),
         ('not_linked', 'tested.person_id is null'),
         ('not_due', not_complete_in(view, 'tested.movements_to', 'tested.task_date', 'tested'))],
        'tested.exit_' ~ view ~ ' is not null or tested.is_after_death',
        fails_anyway='tested.is_after_death'
    ) }} as r10_{{ view }},
    {{ verdict(
        "tested.has_task and tested.setting = 'community' and (tested.evidence_kind = 'CONTACT' or tested.contract_type = 'crs')",
        [('no_column', "tested.contract_type = 'crs' and not tested.has_delivery_type"),
         ('table_missing', "tested.movements_to is null or (tested.evidence_kind = 'CONTACT' and tested.contact_to is null) or (tested.contract_type = 'crs' and tested.appointments_to is null)"),
         ('not_linked', 'tested.person_id is null'),
         ('no_source_row', 'not tested.has_meeting_' ~ view),
         ('value_missing', 'tested.mode_' ~ view ~ ' is null'),
         ('not_due', not_complete_in(view, 'tested.movements_to', 'tested.task_date', 'tested'))],
        'tested.is_met_inside_' ~ view
    ) }} as r11_{{ view }},
    {% endfor %}
    -- What the evidence is worded from, as of now: no other view is ever shown.
    tested.claimed_at_now as claimed_at,
    tested.prison,
    tested.is_inside_now as is_inside,
    tested.prisons,
    tested.task_date,
    tested.contract_reference,
    tested.is_covered,
    tested.done_at_now as done_at,
    tested.is_after_release_now as is_after_release,
    tested.window_from_days,
    tested.window_to_days,
    tested.is_near_release_now as is_near_release,
    tested.exit_now as exit,
    tested.is_after_death,
    tested.mode_now as mode,
    tested.is_met_inside_now as is_met_inside
from tested
