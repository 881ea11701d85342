with
-- Referrals by the day, for each view to pick from.
referral as (
    select
        {{ reference('referral_id') }} as referral_id,
        date_referral_received as received_at,
        cast(date_referral_received as date) as received_on,
        cast(date_first_action_plan_submitted as date) as planned_on,
        cast(date_of_first_action_plan_approval as date) as approved_on,
        cast(date_end_of_service_report_submitted as date) as reported_on,
        cast(date_intervention_ended as date) as ended_on,
        coalesce(cast(date_end_of_service_report_submitted as date), cast(date_intervention_ended as date)) as outcome_day,
        lower(intervention_end_reason) as end_reason,
        count_of_sessions_attended,
        upper(crs_contract_type) as crs_contract_type,
        _known_from,
        _maybe_from,
        _known_to
    from {{ ref('stg_refer_and_monitor__referral_version') }}
),

attended as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        {% set seen = is_seen_in(view, 'appointment', 'claim') %}
        cast(min(case when appointment.reason = 'saa' and {{ seen }} then appointment.appointment_time end) as date) as first_assessment_{{ view }},
        cast(min(case when appointment.reason = 'delivery' and {{ seen }} then appointment.appointment_time end) as date) as first_session_{{ view }},
        cast(max(case when appointment.reason = 'delivery' and {{ seen }} then appointment.appointment_time end) as date) as last_session_{{ view }},
        count(case when appointment.reason = 'delivery' and {{ seen }} then 1 end) as sessions_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join (
        select
            {{ reference('referral_id') }} as referral_id,
            lower(reason_for_appointment) as reason,
            appointment_time,
            _known_from,
            _maybe_from,
            _known_to
        from {{ ref('stg_refer_and_monitor__appointment') }}
        where upper(attended) in ('YES', 'LATE')
    ) as appointment on appointment.referral_id = claim.task_ref
    where claim.contract_type = 'crs'
    group by claim.claim_no
),

achieved as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        {% set seen = is_seen_in(view, 'outcome', 'claim') %}
        max(case when listed.means_home and {{ seen }} then 1 else 0 end) = 1 as is_home_{{ view }},
        max(case when listed.description is null and {{ seen }} then 1 else 0 end) = 1 as is_unlisted_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_refer_and_monitor__outcome') }} as outcome
        on {{ reference('outcome.referral_id') }} = claim.task_ref
        and upper(outcome.achievement_level) = 'ACHIEVED'
    left join {{ ref('crs_outcome') }} as listed on lower(trim(listed.description)) = lower(trim(outcome.desired_outcome))
    where claim.contract_type = 'crs'
    group by claim.claim_no
),

-- Where the person lived on the day of the outcome and a week later.
home as (
    select
        asked_day.claim_no,
        asked_day.view,
        asked_day.n,
        record.official_class,
        row_number() over (
            partition by asked_day.claim_no, asked_day.view, asked_day.n
            order by record.start_date desc, record.last_updated_datetime desc, record.kind, {{ key_order('record.record_key') }} desc
        ) as newest_first
    from (
        select
            claim.claim_no,
            claim.view,
            claim.is_perhaps,
            claim.moment,
            claim.person_id,
            later.n,
            {{ add_days('referral.outcome_day', "later.n * cast(" ~ threshold('rule_r58_days', as_of()) ~ " as integer)") }} as day
        from {{ ref('payment_view') }} as claim
        inner join achieved
            on achieved.claim_no = claim.claim_no
            and case claim.view {% for view in fromjson(views()) %}when '{{ view }}' then achieved.is_home_{{ view }} {% endfor %}end
        inner join referral on referral.referral_id = claim.task_ref and {{ is_seen('referral', 'claim') }}
        cross join (select 0 as n union all select 1 as n) as later
        where claim.contract_type = 'crs'
    ) as asked_day
    inner join {{ ref('payment_home_record') }} as record on record.person_id = asked_day.person_id
    where record.start_date <= asked_day.day
        and {{ is_seen('record', 'asked_day') }}
        and (record.end_date is null or record.end_date >= asked_day.day)
),

housed as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        count(case when view = '{{ view }}' and official_class in ('homeless_rough', 'homeless_other') then 1 end) as homeless_days_{{ view }},
        count(case when view = '{{ view }}' and official_class in ('settled', 'temporary') then 1 end) as housed_days_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from home
    where newest_first = 1
    group by claim_no
),

-- The level agreed on the day of the task, else the one that is seen; of several categories the highest.
level_of_category as (
    select
        claim_no,
        service_category_id,
        {% for view in fromjson(views()) %}
        max(case when is_of_day and is_known_{{ view }} then 1 else 0 end) = 1 as is_agreed_{{ view }},
        max(case when is_of_day and is_known_{{ view }} then level_rank end) as agreed_rank_{{ view }},
        max(case when is_seen_{{ view }} then level_rank end) as seen_rank_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            claim.claim_no,
            complexity.service_category_id,
            complexity.level_rank,
            complexity._known_from <= {{ end_of_day('claim.task_date') }} and complexity._known_to > {{ end_of_day('claim.task_date') }} as is_of_day,
            {% for view in fromjson(views()) %}
            {{ is_seen_in(view, 'complexity', 'claim') }} as is_seen_{{ view }},
            {{ is_seen_in(view, 'complexity', 'claim') }} or {{ 'true' if view == 'now' else 'claim.submitted_ts >= complexity._known_from' }} as is_known_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('payment_seen') }} as claim
        inner join (
            select
                {{ reference('referral_id') }} as referral_id,
                service_category_id,
                case lower({{ dbt.split_part("trim(complexity_level_title)", "' '", 1) }}) when 'low' then 1 when 'medium' then 2 when 'high' then 3 end as level_rank,
                _known_from,
                _maybe_from,
                _known_to
            from {{ ref('stg_refer_and_monitor__complexity') }}
        ) as complexity on complexity.referral_id = claim.task_ref
        where claim.contract_type = 'crs' and claim.billed_level is not null
    ) as told
    group by claim_no, service_category_id
),

agreed as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        max(case when is_agreed_{{ view }} then agreed_rank_{{ view }} else seen_rank_{{ view }} end) as level_rank_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from level_of_category
    group by claim_no
),

card as (
    select claim.claim_no, min(card.rate) as rate
    from {{ ref('payment_seen') }} as claim
    inner join agreed on agreed.claim_no = claim.claim_no
    inner join {{ ref('payment_card') }} as card
        on card.contract_reference = claim.contract_reference and card.task_reference = claim.task_reference
        and claim.task_date between card.from_date and card.to_date
        and card.level = case agreed.level_rank_now when 1 then 'low' when 2 then 'medium' when 3 then 'high' end
    group by claim.claim_no
),

-- Every referral of a person, to find those that overlap.
every_referral as (
    select
        person.person_id,
        domain.domain,
        {{ reference('referral.referral_id') }} as referral_id,
        referral.date_referral_received as received_at,
        cast(referral.date_intervention_ended as date) as ended_on,
        lower(referral.intervention_end_reason) as end_reason,
        coalesce(referral.count_of_sessions_attended, 0) > 0 as has_sessions,
        referral._known_from,
        referral._maybe_from,
        referral._known_to
    from {{ ref('stg_refer_and_monitor__referral_version') }} as referral
    inner join {{ ref('person_link') }} as person on person.source = 'crn' and {{ reference('person.source_key') }} = {{ reference('referral.service_user_crn') }}
    left join {{ ref('crs_contract_domain') }} as domain on upper(domain.crs_contract_type) = upper(referral.crs_contract_type)
),

with_session as (
    select distinct {{ reference('referral_id') }} as referral_id
    from {{ ref('stg_refer_and_monitor__appointment') }}
    where lower(reason_for_appointment) = 'delivery' and upper(attended) in ('YES', 'LATE') and _known_to > cast('9999-12-30' as timestamp)
),

-- Another referral of the person for the same, made before it and open when it was made.
overlapping as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        min(case when {{ is_seen_in(view, 'referral', 'claim') }} and {{ is_seen_in(view, 'other', 'claim') }} then other.referral_id end) as referral_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join referral on referral.referral_id = claim.task_ref
    inner join {{ ref('crs_contract_domain') }} as domain on upper(domain.crs_contract_type) = referral.crs_contract_type
    inner join every_referral as other
        on other.person_id = claim.person_id
        and other.domain = domain.domain
        and other.referral_id <> claim.task_ref
        and (
            {{ comes_before('other.received_at', 'referral.received_at') }}
            or ({{ comes_no_later('other.received_at', 'referral.received_at') }} and other.referral_id < claim.task_ref)
        )
        and (other.ended_on is null or other.ended_on >= referral.received_on)
        and not (coalesce(other.end_reason, '') = 'cancelled' and not other.has_sessions and other.referral_id not in (select referral_id from with_session))
    where claim.contract_type = 'crs'
    group by claim.claim_no
),

told as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.person_id,
        claim.has_task,
        claim.domain,
        claim.task_date,
        claim.billed_level,
        claim.qty,
        claim.rate,
        claim.lagged_to,
        claim.evidence_kind = 'CRS_REFERRALS' as is_fee,
        {% for view in fromjson(views()) %}
        referral_{{ view }}.referral_id is not null as has_referral_{{ view }},
        referral_{{ view }}.received_on as received_on_{{ view }},
        referral_{{ view }}.planned_on as planned_on_{{ view }},
        referral_{{ view }}.approved_on as approved_on_{{ view }},
        referral_{{ view }}.reported_on as reported_on_{{ view }},
        referral_{{ view }}.ended_on as ended_on_{{ view }},
        referral_{{ view }}.outcome_day as outcome_day_{{ view }},
        referral_{{ view }}.end_reason as end_reason_{{ view }},
        referral_{{ view }}.count_of_sessions_attended as count_of_sessions_attended_{{ view }},
        attended.first_assessment_{{ view }},
        attended.first_session_{{ view }},
        attended.last_session_{{ view }},
        coalesce(attended.sessions_{{ view }}, 0) as sessions_{{ view }},
        coalesce(achieved.is_home_{{ view }}, false) as is_home_achieved_{{ view }},
        coalesce(achieved.is_unlisted_{{ view }}, false) as is_outcome_unlisted_{{ view }},
        housed.homeless_days_{{ view }},
        housed.housed_days_{{ view }},
        agreed.level_rank_{{ view }},
        overlapping.referral_{{ view }} as other_referral_{{ view }},
        {% endfor %}
        card.rate as card_rate,
        mark.referrals_to,
        mark.appointments_to,
        mark.complexity_to,
        mark.outcomes_to,
        mark.addresses_to,
        mark.circumstances_to,
        mark.has_card_level as has_level
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    {% for view in fromjson(views()) %}
    left join referral as referral_{{ view }}
        on referral_{{ view }}.referral_id = claim.task_ref and {{ is_seen_in(view, 'referral_' ~ view, 'claim') }}
    {% endfor %}
    left join attended on attended.claim_no = claim.claim_no
    left join achieved on achieved.claim_no = claim.claim_no
    left join housed on housed.claim_no = claim.claim_no
    left join agreed on agreed.claim_no = claim.claim_no
    left join card on card.claim_no = claim.claim_no
    left join overlapping on overlapping.claim_no = claim.claim_no
    where claim.contract_type = 'crs'
)

select
    told.claim_no,
    told.is_dated,
    {% for view in fromjson(views()) %}
    {% set v = '_' ~ view %}
    {% set sessions = 'greatest(coalesce(told.count_of_sessions_attended' ~ v ~ ', 0), told.sessions' ~ v ~ ')' %}
    {{ verdict(
        'told.has_task and told.is_fee',
        [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
         ('no_source_row', 'not told.has_referral' ~ v),
         ('value_missing', '(told.planned_on' ~ v ~ ' is null or told.first_assessment' ~ v ~ ' is null) and (told.first_session' ~ v ~ ' is null or told.approved_on' ~ v ~ ' is null) and (told.reported_on' ~ v ~ ' is null or told.last_session' ~ v ~ ' is null)'),
         ('not_due', not_complete_in(view, 'told.referrals_to', 'told.task_date', 'told') ~ ' or ' ~ not_complete_in(view, 'told.appointments_to', 'told.task_date', 'told'))],
        'told.planned_on' ~ v ~ ' < told.first_assessment' ~ v ~ ' or told.first_session' ~ v ~ ' < told.approved_on' ~ v ~ ' or told.reported_on' ~ v ~ ' < told.last_session' ~ v
    ) }} as r56_{{ view }},
    {{ verdict(
        'told.has_task and told.is_fee and (told.reported_on' ~ v ~ ' is not null or not told.has_referral' ~ v ~ ')',
        [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
         ('no_source_row', 'not told.has_referral' ~ v),
         ('not_due', not_complete_in(view, 'told.referrals_to', 'told.task_date', 'told') ~ ' or ' ~ not_complete_in(view, 'told.appointments_to', 'told.task_date', 'told'))],
        sessions ~ ' = 0'
    ) }} as r57_{{ view }},
    {{ verdict(
        "told.has_task and told.is_fee and told.domain = 'accommodation' and (told.is_home_achieved" ~ v ~ ' or told.is_outcome_unlisted' ~ v ~ ' or told.outcomes_to is null or not told.has_referral' ~ v ~ ')',
        [('table_missing', 'told.referrals_to is null or told.outcomes_to is null or told.addresses_to is null or told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('no_source_row', 'not told.has_referral' ~ v),
         ('value_missing', 'not told.is_home_achieved' ~ v ~ ' or told.outcome_day' ~ v ~ ' is null or coalesce(told.housed_days' ~ v ~ ' = 0 and told.homeless_days' ~ v ~ ' < 2, true)'),
         ('not_due', not_complete_in(view, 'least(told.addresses_to, told.circumstances_to)', add_days('told.outcome_day' ~ v, "cast(" ~ threshold('rule_r58_days', as_of()) ~ " as integer)"), 'told'))],
        'told.homeless_days' ~ v ~ ' = 2'
    ) }} as r58_{{ view }},
    {{ verdict(
        'told.has_task and told.is_fee',
        [('table_missing', 'told.referrals_to is null'),
         ('no_source_row', 'not told.has_referral' ~ v),
         ('value_missing', 'told.ended_on' ~ v ~ ' is not null and told.end_reason' ~ v ~ ' is null'),
         ('not_due', not_complete_in(view, 'told.referrals_to', 'told.task_date', 'told'))],
        'told.end_reason' ~ v ~ " = 'cancelled'"
    ) }} as r59_{{ view }},
    {{ verdict(
        'told.has_task and told.billed_level is not null',
        [('table_missing', 'told.complexity_to is null'),
         ('value_missing', 'told.level_rank' ~ v ~ " is null or told.billed_level not in ('low', 'medium', 'high')"),
         ('not_due', not_complete_in(view, 'told.complexity_to', 'told.task_date', 'told'))],
        "case told.billed_level when 'low' then 1 when 'medium' then 2 when 'high' then 3 end > told.level_rank" ~ v
    ) }} as r60_{{ view }},
    {{ verdict(
        'told.has_task and told.is_fee',
        [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('no_source_row', 'not told.has_referral' ~ v),
         ('value_missing', 'told.received_on' ~ v ~ ' is null'),
         ('not_due', not_complete_in(view, 'told.referrals_to', 'told.task_date', 'told'))],
        'told.other_referral' ~ v ~ ' is not null and not (coalesce(told.end_reason' ~ v ~ ", '') = 'cancelled' and " ~ sessions ~ ' = 0)'
    ) }} as r61_{{ view }},
    {% endfor %}
    case
        when told.has_level then greatest(cast(0 as decimal(18, 2)), cast(coalesce(told.qty * (told.rate - told.card_rate), 0) as decimal(18, 2)))
        else cast(0 as decimal(18, 2))
    end as r60_part,
    -- What the evidence is worded from.
    told.first_assessment_now as first_assessment,
    told.planned_on_now as planned_on,
    told.approved_on_now as approved_on,
    told.first_session_now as first_session,
    told.last_session_now as last_session,
    told.reported_on_now as reported_on,
    told.count_of_sessions_attended_now as count_of_sessions_attended,
    told.sessions_now as sessions,
    told.outcome_day_now as outcome_day,
    told.homeless_days_now as homeless_days,
    told.end_reason_now as end_reason,
    told.ended_on_now as ended_on,
    told.billed_level,
    told.level_rank_now as agreed_rank,
    told.received_on_now as received_on,
    told.other_referral_now as other_referral
from told
