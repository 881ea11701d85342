with
asked as (
    select
        view.claim_no,
        view.view,
        view.is_perhaps,
        view.moment,
        view.seen_to,
        view.lagged_to,
        view.has_work,
        view.source,
        view.person_id,
        view.contract_reference,
        view.has_task,
        view.domain,
        view.evidence_kind,
        view.task_reference,
        view.task_ref,
        view.task_date,
        view.billed_level,
        view.qty,
        view.rate,
        view.evidence_kind = 'CRS_REFERRALS' as is_fee
    from {{ ref('payment_view') }} as view
    where view.contract_type = 'crs'
),

referral as (
    select
        asked.claim_no,
        asked.view,
        cast(referral.date_referral_received as date) as received_on,
        cast(referral.date_first_action_plan_submitted as date) as planned_on,
        cast(referral.date_of_first_action_plan_approval as date) as approved_on,
        cast(referral.date_end_of_service_report_submitted as date) as reported_on,
        cast(referral.date_intervention_ended as date) as ended_on,
        lower(referral.intervention_end_reason) as end_reason,
        referral.count_of_sessions_attended,
        upper(referral.crs_contract_type) as crs_contract_type
    from asked
    inner join {{ ref('stg_refer_and_monitor__referral_version') }} as referral
        on {{ reference('referral.referral_id') }} = asked.task_ref and {{ is_seen('referral', 'asked') }}
),

attended as (
    select
        asked.claim_no,
        asked.view,
        cast(min(case when lower(appointment.reason_for_appointment) = 'saa' then appointment.appointment_time end) as date) as first_assessment,
        cast(min(case when lower(appointment.reason_for_appointment) = 'delivery' then appointment.appointment_time end) as date) as first_session,
        cast(max(case when lower(appointment.reason_for_appointment) = 'delivery' then appointment.appointment_time end) as date) as last_session,
        count(case when lower(appointment.reason_for_appointment) = 'delivery' then 1 end) as sessions
    from asked
    inner join {{ ref('stg_refer_and_monitor__appointment') }} as appointment
        on {{ reference('appointment.referral_id') }} = asked.task_ref
        and upper(appointment.attended) in ('YES', 'LATE')
        and {{ is_seen('appointment', 'asked') }}
    group by asked.claim_no, asked.view
),

achieved as (
    select
        asked.claim_no,
        asked.view,
        max(case when listed.means_home then 1 else 0 end) = 1 as is_home,
        max(case when listed.description is null then 1 else 0 end) = 1 as is_unlisted
    from asked
    inner join {{ ref('stg_refer_and_monitor__outcome') }} as outcome
        on {{ reference('outcome.referral_id') }} = asked.task_ref
        and upper(outcome.achievement_level) = 'ACHIEVED'
        and {{ is_seen('outcome', 'asked') }}
    left join {{ ref('crs_outcome') }} as listed on lower(trim(listed.description)) = lower(trim(outcome.desired_outcome))
    group by asked.claim_no, asked.view
),

told as (
    select
        asked.*,
        referral.claim_no is not null as has_referral,
        referral.received_on,
        referral.planned_on,
        referral.approved_on,
        referral.reported_on,
        referral.ended_on,
        referral.end_reason,
        referral.count_of_sessions_attended,
        referral.crs_contract_type,
        attended.first_assessment,
        attended.first_session,
        attended.last_session,
        coalesce(attended.sessions, 0) as sessions,
        coalesce(achieved.is_home, false) as is_home_achieved,
        coalesce(achieved.is_unlisted, false) as is_outcome_unlisted,
        coalesce(referral.reported_on, referral.ended_on) as outcome_day,
        mark.referrals_to,
        mark.appointments_to,
        mark.complexity_to,
        mark.outcomes_to,
        mark.addresses_to,
        mark.circumstances_to,
        mark.has_card_level as has_level
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join referral on referral.claim_no = asked.claim_no and referral.view = asked.view
    left join attended on attended.claim_no = asked.claim_no and attended.view = asked.view
    left join achieved on achieved.claim_no = asked.claim_no and achieved.view = asked.view
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
        select claim_no, view, is_perhaps, moment, person_id, 0 as n, outcome_day as day from told where is_home_achieved
        union all
        select claim_no, view, is_perhaps, moment, person_id, 1 as n, {{ add_days('outcome_day', "cast(" ~ threshold('rule_r58_days', as_of()) ~ " as integer)") }} as day from told where is_home_achieved
    ) as asked_day
    inner join {{ ref('payment_home_record') }} as record on record.person_id = asked_day.person_id
    where record.start_date <= asked_day.day
        and {{ is_seen('record', 'asked_day') }}
        and (record.end_date is null or record.end_date >= asked_day.day)
),

housed as (
    select
        claim_no,
        view,
        count(case when official_class in ('homeless_rough', 'homeless_other') then 1 end) as homeless_days,
        count(case when official_class in ('settled', 'temporary') then 1 end) as housed_days
    from home
    where newest_first = 1
    group by claim_no, view
),

-- The level agreed on the day of the task, else today's; of several categories the highest.
ranked_level as (
    select
        asked.claim_no,
        asked.view,
        complexity.service_category_id,
        case lower({{ dbt.split_part("trim(complexity.complexity_level_title)", "' '", 1) }}) when 'low' then 1 when 'medium' then 2 when 'high' then 3 end as level_rank,
        row_number() over (
            partition by asked.claim_no, asked.view, complexity.service_category_id
            order by
                case when complexity._known_from <= {{ end_of_day('asked.task_date') }} and complexity._known_to > {{ end_of_day('asked.task_date') }} then 0 else 1 end,
                complexity._known_from desc
        ) as best_first
    from asked
    inner join {{ ref('stg_refer_and_monitor__complexity') }} as complexity
        on asked.billed_level is not null
        and {{ reference('complexity.referral_id') }} = asked.task_ref
        and (
            {{ is_seen('complexity', 'asked') }}
            or (complexity._known_from <= {{ end_of_day('asked.task_date') }} and complexity._known_to > {{ end_of_day('asked.task_date') }} and complexity._known_from <= asked.moment)
        )
),

agreed as (
    select claim_no, view, max(level_rank) as level_rank
    from ranked_level
    where best_first = 1
    group by claim_no, view
),

card as (
    select asked.claim_no, asked.view, min(card.rate) as rate
    from asked
    inner join agreed on agreed.claim_no = asked.claim_no and agreed.view = asked.view
    inner join {{ ref('payment_card') }} as card
        on card.contract_reference = asked.contract_reference and card.task_reference = asked.task_reference
        and asked.task_date between card.from_date and card.to_date
        and card.level = case agreed.level_rank when 1 then 'low' when 2 then 'medium' when 3 then 'high' end
    group by asked.claim_no, asked.view
),

-- Every referral of a person, to find those that overlap.
every_referral as (
    select
        person.person_id,
        domain.domain,
        {{ reference('referral.referral_id') }} as referral_id,
        cast(referral.date_referral_received as date) as received_on,
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

overlapping as (
    select told.claim_no, told.view, min(other.referral_id) as referral_id
    from told
    inner join {{ ref('crs_contract_domain') }} as domain on upper(domain.crs_contract_type) = told.crs_contract_type
    inner join every_referral as other
        on other.person_id = told.person_id
        and other.domain = domain.domain
        and other.referral_id <> told.task_ref
        and {{ is_seen('other', 'told') }}
        and (other.received_on < told.received_on or (other.received_on = told.received_on and other.referral_id < told.task_ref))
        and (other.ended_on is null or other.ended_on >= told.received_on)
        and not (coalesce(other.end_reason, '') = 'cancelled' and not other.has_sessions and other.referral_id not in (select referral_id from with_session))
    group by told.claim_no, told.view
),

answered as (
    select
        told.*,
        housed.homeless_days,
        agreed.level_rank as agreed_rank,
        overlapping.referral_id as other_referral,
        {{ verdict(
            'told.has_task and told.is_fee',
            [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
             ('no_source_row', 'not told.has_referral'),
             ('value_missing', '(told.planned_on is null or told.first_assessment is null) and (told.first_session is null or told.approved_on is null) and (told.reported_on is null or told.last_session is null)'),
             ('not_due', not_complete('told.referrals_to', 'told.task_date', 'told') ~ ' or ' ~ not_complete('told.appointments_to', 'told.task_date', 'told'))],
            'told.planned_on < told.first_assessment or told.first_session < told.approved_on or told.reported_on < told.last_session'
        ) }} as r56,
        {{ verdict(
            'told.has_task and told.is_fee and (told.reported_on is not null or not told.has_referral)',
            [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
             ('no_source_row', 'not told.has_referral'),
             ('not_due', not_complete('told.referrals_to', 'told.task_date', 'told') ~ ' or ' ~ not_complete('told.appointments_to', 'told.task_date', 'told'))],
            'greatest(coalesce(told.count_of_sessions_attended, 0), told.sessions) = 0'
        ) }} as r57,
        {{ verdict(
            "told.has_task and told.is_fee and told.domain = 'accommodation' and (told.is_home_achieved or told.is_outcome_unlisted or told.outcomes_to is null or not told.has_referral)",
            [('table_missing', 'told.referrals_to is null or told.outcomes_to is null or told.addresses_to is null or told.circumstances_to is null'),
             ('not_linked', 'told.person_id is null'),
             ('no_source_row', 'not told.has_referral'),
             ('value_missing', 'not told.is_home_achieved or told.outcome_day is null or coalesce(housed.housed_days = 0 and housed.homeless_days < 2, true)'),
             ('not_due', not_complete('least(told.addresses_to, told.circumstances_to)', add_days('told.outcome_day', "cast(" ~ threshold('rule_r58_days', as_of()) ~ " as integer)"), 'told'))],
            'housed.homeless_days = 2'
        ) }} as r58,
        {{ verdict(
            'told.has_task and told.is_fee',
            [('table_missing', 'told.referrals_to is null'),
             ('no_source_row', 'not told.has_referral'),
             ('value_missing', 'told.ended_on is not null and told.end_reason is null'),
             ('not_due', not_complete('told.referrals_to', 'told.task_date', 'told'))],
            "told.end_reason = 'cancelled'"
        ) }} as r59,
        {{ verdict(
            'told.has_task and told.billed_level is not null',
            [('table_missing', 'told.complexity_to is null'),
             ('value_missing', "agreed.level_rank is null or told.billed_level not in ('low', 'medium', 'high')"),
             ('not_due', not_complete('told.complexity_to', 'told.task_date', 'told'))],
            "case told.billed_level when 'low' then 1 when 'medium' then 2 when 'high' then 3 end > agreed.level_rank"
        ) }} as r60,
        case
            when told.has_level then greatest(cast(0 as decimal(18, 2)), cast(coalesce(told.qty * (told.rate - card.rate), 0) as decimal(18, 2)))
            else cast(0 as decimal(18, 2))
        end as r60_part,
        {{ verdict(
            'told.has_task and told.is_fee',
            [('table_missing', 'told.referrals_to is null or told.appointments_to is null'),
             ('not_linked', 'told.person_id is null'),
             ('no_source_row', 'not told.has_referral'),
             ('value_missing', 'told.received_on is null'),
             ('not_due', not_complete('told.referrals_to', 'told.task_date', 'told'))],
            "overlapping.claim_no is not null and not (coalesce(told.end_reason, '') = 'cancelled' and greatest(coalesce(told.count_of_sessions_attended, 0), told.sessions) = 0)"
        ) }} as r61
    from told
    left join housed on housed.claim_no = told.claim_no and housed.view = told.view
    left join agreed on agreed.claim_no = told.claim_no and agreed.view = told.view
    left join card on card.claim_no = told.claim_no and card.view = told.view
    left join overlapping on overlapping.claim_no = told.claim_no and overlapping.view = told.view
)

{{ by_claim(
    'answered',
    ['r56', 'r57', 'r58', 'r59', 'r60', 'r61'],
    ['r60_part', 'first_assessment', 'planned_on', 'approved_on', 'first_session', 'last_session', 'reported_on', 'count_of_sessions_attended', 'sessions', 'outcome_day', 'homeless_days', 'end_reason', 'ended_on', 'billed_level', 'agreed_rank', 'received_on', 'other_referral']
) }}
