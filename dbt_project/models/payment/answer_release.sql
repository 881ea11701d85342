{%- set before_now = ['then', 'perhaps'] -%}
with
handed_over as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'message', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_provider__message') }} as message
        on message._source = claim.source
        and {{ reference('message.person_ref') }} = claim.person_reference
        and lower(message.kind) = 'handover'
        and cast(message.sent_ts as date) >= {{ add_days('claim.release_date', "-cast(" ~ threshold('rule_r32_days', as_of()) ~ " as integer)") }}
        and cast(message.sent_ts as date) <= claim.release_date
    where claim.evidence_kind = 'MESSAGE'
    group by claim.claim_no
),

allocated as (
    select distinct claim.claim_no
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_person_case') }} as person_case on person_case.person_id = claim.person_id
    inner join {{ ref('stg_ndelius__offender_manager') }} as manager
        on manager.offender_id = person_case.offender_id
        and cast(manager.allocation_date as date) <= claim.release_date
        and (manager.end_date is null or cast(manager.end_date as date) >= claim.release_date)
    inner join {{ ref('stg_ndelius__staff') }} as staff on staff.staff_id = manager.allocation_staff_id and staff.officer_code is not null
    left join {{ ref('officer_code') }} as ending
        on upper(staff.officer_code) like '%' || ending.code_ending
        and claim.release_date between ending.valid_from and coalesce(ending.valid_to, cast('9999-12-31' as date))
    where claim.evidence_kind = 'MESSAGE' and coalesce(ending.is_officer, true)
),

mentored as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case when {{ is_seen_in(view, 'contact', 'claim') }} then 1 else 0 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = claim.source
        and {{ reference('contact.person_ref') }} = claim.person_reference
        and lower(contact.domain) = 'mentoring'
        and lower(contact.contact_with) in ('person', 'mentor')
        and contact.attended = 'Y'
        and cast(contact.contact_ts as date) >= {{ add_days('claim.release_date', "-cast(" ~ threshold('rule_r62_days_before', as_of()) ~ " as integer)") }}
        and cast(contact.contact_ts as date) <= {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r62_days_after', as_of()) ~ " as integer)") }}
    where claim.domain = 'mentoring'
    group by claim.claim_no
),

-- Given up after a meeting or two that were missed.
missed as (
    select
        claim.claim_no,
        service.service_ref,
        {% for view in fromjson(views()) %}
        nullif(sum(case when {{ is_seen_in(view, 'service', 'claim') }} and {{ is_seen_in(view, 'contact', 'claim') }} then 1 else 0 end), 0) as meetings_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('stg_provider__service') }} as service
        on service._source = claim.source
        and {{ reference('service.person_ref') }} = claim.person_reference
        and lower(trim(service.service)) = 'mentoring'
        and service.withdrawn_on is not null
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = claim.source
        and {{ reference('contact.person_ref') }} = claim.person_reference
        and lower(contact.domain) = 'mentoring'
        and contact.attended = 'N'
        and cast(contact.contact_ts as date) between service.offered_on and service.withdrawn_on
    where claim.domain = 'mentoring'
    group by claim.claim_no, service.service_ref
),

given_up as (
    select
        claim_no,
        {% for view in fromjson(views()) %}
        min(meetings_{{ view }}) as meetings_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from missed
    group by claim_no
),

-- The records in force on the day, and which of them a view before now sees.
record as (
    {% for domain, model, day in [('accommodation', 'payment_home_record', 'claim.release_date'), ('employment', 'payment_work_record', add_days('claim.release_date', "cast(" ~ threshold('claim_employment_day', as_of()) ~ " as integer)"))] %}
    select
        claim.claim_no,
        claim.domain,
        record.official_class,
        record.unknown_reason,
        {{ 'record.is_out_of_scope' if domain == 'accommodation' else 'false' }} as is_out_of_scope,
        record.start_date,
        record.last_updated_datetime,
        {{ 'record.kind' if domain == 'accommodation' else "'circumstance'" }} as kind,
        record.record_key,
        coalesce(record.start_date < claim.admission_date, false)
        and coalesce({{ later_of('record.created_datetime', 'record.last_updated_datetime') }}, cast('0001-01-01' as timestamp))
            < {{ add_days('claim.release_date', "-cast(" ~ threshold('pre_custody_days', as_of()) ~ " as integer)") }} as is_from_before,
        {{ is_seen_in('then', 'record', 'claim') }} as is_seen_then,
        {{ is_seen_in('perhaps', 'record', 'claim') }} as is_seen_perhaps,
        record._known_to > cast('9999-12-30' as timestamp) as is_live
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref(model) }} as record
        on record.person_id = claim.person_id
        and record.start_date <= {{ day }}
        and (record.end_date is null or record.end_date >= {{ day }})
    where claim.domain = '{{ domain }}' and claim.lagged_to >= {{ day }}
    union all
    {% endfor %}
    -- The prison's discharge address stands in where probation has nothing.
    select
        claim.claim_no,
        claim.domain,
        address.official_class,
        address.unknown_reason,
        false as is_out_of_scope,
        address.start_date,
        cast(null as timestamp) as last_updated_datetime,
        'discharge' as kind,
        address.address_id as record_key,
        false as is_from_before,
        claim.submitted_ts >= coalesce(known._known_from, cast('0001-01-01' as timestamp)) as is_seen_then,
        claim.submitted_ts >= coalesce(known._maybe_from, cast('0001-01-01' as timestamp)) as is_seen_perhaps,
        true as is_live
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_discharge_address') }} as address
        on address.person_id = claim.person_id
        and address.start_date <= claim.release_date
        and (address.end_date is null or address.end_date >= claim.release_date)
    left join {{ ref('stg_nomis__address_known') }} as known on known.address_id = address.address_id
    where claim.domain = 'accommodation' and claim.lagged_to >= claim.release_date
),

-- Where what was on record then is not what is today.
otherwise as (
    select
        claim_no,
        {% for view in before_now %}
        max(case when is_seen_{{ view }} = is_live then 0 else 1 end) = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from record
    group by claim_no
    having max(case when is_seen_then = is_live and is_seen_perhaps = is_live then 0 else 1 end) = 1
),

-- What the records said then of the day, the newest of them that was seen.
{% for view in before_now %}
state_{{ view }} as (
    select
        claim_no,
        case
            when is_out_of_scope then 'out_of_scope'
            when is_from_before or unknown_reason is not null then 'unknown'
            else 'observed'
        end as state,
        case when not is_from_before and unknown_reason is null then official_class end as class
    from (
        select
            record.*,
            row_number() over (
                partition by record.claim_no
                order by
                    case when record.kind = 'discharge' then 1 else 0 end,
                    record.start_date desc, record.last_updated_datetime desc, record.kind, {{ key_order('record.record_key') }} desc
            ) as newest_first
        from record
        inner join otherwise on otherwise.claim_no = record.claim_no and otherwise.in_{{ view }}
        where record.is_seen_{{ view }}
    ) as ranked
    where newest_first = 1
),
{% endfor %}

-- What was held a week later, by the checklist as it was known then.
held as (
    select
        claim_no,
        {% for view in before_now %}
        max(case
            when not is_seen_{{ view }} then null
            when 'held' in (photo_id, bank_account, benefit_claim) then 2
            when 'unknown' in (photo_id, bank_account, benefit_claim) then 1
            else 0
        end) as answers_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            claim.claim_no,
            {% for view in before_now %}
            {{ is_seen_in(view, 'checklist', 'claim') }} as is_seen_{{ view }},
            {% endfor %}
            {{ held_by('photo_id', 'checklist', 'claim.finance_on') }} as photo_id,
            {{ held_by('bank_account', 'checklist', 'claim.finance_on') }} as bank_account,
            {{ claimed_by('checklist', 'claim.finance_on') }} as benefit_claim
        from (
            select
                claim_no,
                submitted_ts,
                release_id,
                {{ add_days('release_date', "cast(" ~ threshold('finance_day', as_of()) ~ " as integer)") }} as finance_on
            from {{ ref('payment_seen') }}
            where domain = 'finance'
        ) as claim
        inner join {{ ref('int_release') }} as release on release.release_id = claim.release_id
        inner join {{ ref('stg_nomis__release_checklist_version') }} as checklist on checklist.offender_book_id = release.offender_book_id
    ) as answer
    group by claim_no
),

-- A treatment by each number that it carries.
numbered as (
    {% for kind, column in [('noms', 'noms_no'), ('crn', 'crn'), ('pnc', 'pnc')] %}
    select
        '{{ kind }}' as kind,
        upper({{ column }}) as identifier,
        prison_end,
        community_start,
        _known_from,
        _maybe_from,
        _known_to
    from {{ ref('stg_other__treatment') }}
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

treated as (
    select
        claim.claim_no,
        {% for view in fromjson(views()) %}
        max(case
            when not {{ is_seen_in(view, 'treatment', 'claim') }} then null
            when treatment.community_start <= {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }} then 1
            else 0
        end) = 1 as in_time_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('link_number_person') }} as led on led.person_id = claim.person_id and led.persons = 1
    inner join numbered as treatment
        on treatment.kind = led.kind and treatment.identifier = led.identifier
        and treatment.prison_end >= {{ add_days('claim.release_date', "-cast(" ~ threshold('rule_r69_days_before', as_of()) ~ " as integer)") }}
        and treatment.prison_end <= {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days_after', as_of()) ~ " as integer)") }}
    where claim.domain in ('drugs', 'dependency and recovery')
    group by claim.claim_no
),

-- Back inside, or recalled and at large.
not_in_community as (
    select claim.claim_no
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = claim.person_id
        and cast(spell.in_at as date) <= {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }}
        and (spell.out_at is null or cast(spell.out_at as date) > {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }})
    where claim.domain in ('drugs', 'dependency and recovery')
    union
    select claim.claim_no
    from {{ ref('payment_seen') }} as claim
    inner join {{ ref('evt_recall') }} as recall
        on recall.release_id = claim.release_id and recall.is_recall
        and recall.recall_date <= {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }}
        and (recall.returned_date is null or recall.returned_date > {{ add_days('claim.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }})
    where claim.domain in ('drugs', 'dependency and recovery')
),

recalled as (
    select release_id, min(recall_date) as recall_date
    from {{ ref('evt_recall') }}
    where is_recall
    group by release_id
),

-- What was found of each claim; of its release, what it would be were the release known.
found as (
    select
        claim.claim_no,
        claim.is_dated,
        claim.person_id,
        claim.has_task,
        claim.domain,
        claim.setting,
        claim.evidence_kind,
        claim.submitted_on,
        claim.lagged_to,
        claim.first_paid_on,
        claim.is_paid,
        claim.release_date is null as has_no_release,
        -- Which release a claim leads to is told as today; of a task in custody it may lie ahead.
        {% for name, day in [('release', '0'), ('employment', threshold('claim_employment_day', as_of())), ('finance', threshold('finance_day', as_of()))] %}
        coalesce(
            claim.task_date <= {{ add_days('claim.release_date', 'cast(' ~ day ~ ' as integer)') }}, claim.setting = 'custody' or claim.person_id is null
        ) as is_before_{{ name }},
        {% endfor %}
        {% for view in fromjson(views()) %}
        claim.sees_release_{{ view }},
        coalesce(handed_over.in_{{ view }}, false) as is_handed_over_{{ view }},
        coalesce(mentored.in_{{ view }}, false) as is_mentored_{{ view }},
        given_up.meetings_{{ view }},
        treated.in_time_{{ view }},
        {% endfor %}
        {% for view in fromjson(views()) %}
        {% for name, threshold_name in [('release_date', none), ('employment_on', 'claim_employment_day'), ('finance_on', 'finance_day'), ('treatment_on', 'rule_r69_days'), ('recall_on', 'rule_r70_days'), ('mentored_by', 'rule_r62_days_after')] %}
        case when claim.sees_release_{{ view }} then {% if threshold_name %}{{ add_days('claim.release_date', 'cast(' ~ threshold(threshold_name, as_of()) ~ ' as integer)') }}{% else %}claim.release_date{% endif %} end as {{ name }}_{{ view }},
        {% endfor %}
        {% endfor %}
        allocated.claim_no is not null as is_allocated,
        not_in_community.claim_no is not null as is_not_in_community,
        release.is_on_licence,
        recalled.recall_date,
        status.home_state_on_day_0 as home_state,
        status.home_class_on_day_0 as home_class,
        status.work_state_on_day_42 as work_state,
        status.work_class_on_day_42 as work_class,
        {% for view in before_now %}
        coalesce(otherwise.in_{{ view }}, false) as is_otherwise_{{ view }},
        coalesce(state_{{ view }}.state, 'unknown') as state_{{ view }},
        state_{{ view }}.class as class_{{ view }},
        held.answers_{{ view }},
        {% endfor %}
        finance.outcome_cell,
        mark.movements_to,
        mark.managers_to,
        mark.staff_to,
        mark.addresses_to,
        mark.circumstances_to,
        mark.recall_tables_to,
        mark.checklists_to,
        mark.treatments_to,
        sender.message_to,
        sender.contact_to,
        sender.service_to
    from {{ ref('payment_seen') }} as claim
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = claim.source
    left join handed_over on handed_over.claim_no = claim.claim_no
    left join allocated on allocated.claim_no = claim.claim_no
    left join mentored on mentored.claim_no = claim.claim_no
    left join given_up on given_up.claim_no = claim.claim_no
    left join treated on treated.claim_no = claim.claim_no
    left join not_in_community on not_in_community.claim_no = claim.claim_no
    left join otherwise on otherwise.claim_no = claim.claim_no
    {% for view in before_now %}
    left join state_{{ view }} on state_{{ view }}.claim_no = claim.claim_no
    {% endfor %}
    left join held on held.claim_no = claim.claim_no
    left join {{ ref('int_release') }} as release on release.release_id = claim.release_id
    left join recalled on recalled.release_id = claim.release_id
    left join {{ ref('payment_status') }} as status on status.release_id = case when claim.domain in ('accommodation', 'employment') then claim.release_id end
    left join {{ ref('int_release_finance') }} as finance on finance.release_id = case when claim.domain = 'finance' then claim.release_id end
),

-- What the records say of the day, as now: where all of them were known, that is what was known then. Of a day that was not due then nothing was.
told as (
    select
        found.*,
        {% for view in fromjson(views()) %}
        {% for name, domain, day in [('home', 'accommodation', 'release_date'), ('work', 'employment', 'employment_on')] %}
        {% set due = 'found.' ~ day ~ '_' ~ view %}
        {% if view == 'now' %}
        case when found.sees_release_now then found.{{ name }}_state end as {{ name }}_state_now,
        case when found.sees_release_now then found.{{ name }}_class end as {{ name }}_class_now,
        {% else %}
        case
            when {{ due }} is null or found.{{ name }}_state is null then null
            when found.lagged_to < {{ due }} then 'not_yet_due'
            when found.is_otherwise_{{ view }} and found.domain = '{{ domain }}' and found.{{ name }}_state in ('observed', 'unknown') then found.state_{{ view }}
            else found.{{ name }}_state
        end as {{ name }}_state_{{ view }},
        case
            when {{ due }} is null or found.lagged_to < {{ due }} then null
            when found.is_otherwise_{{ view }} and found.domain = '{{ domain }}' and found.{{ name }}_state in ('observed', 'unknown') then found.class_{{ view }}
            else found.{{ name }}_class
        end as {{ name }}_class_{{ view }},
        {% endif %}
        {% endfor %}
        case
            when coalesce(found.domain, '') <> 'finance' then null
            {% if view == 'now' %}
            else coalesce(case when found.sees_release_now then found.outcome_cell end, 'unknown')
            {% else %}
            when found.sees_release_{{ view }} and found.outcome_cell in ('not_yet_due', 'out_of_scope') then found.outcome_cell
            when found.sees_release_{{ view }} and found.answers_{{ view }} = 2 then 'achieved'
            when found.sees_release_{{ view }} and found.answers_{{ view }} = 0 then 'not_achieved'
            else 'unknown'
            {% endif %}
        end as finance_cell_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from found
)

select
    told.claim_no,
    told.is_dated,
    {% for view in fromjson(views()) %}
    {% set release_date, employment_on, finance_on, treatment_on, recall_on, mentored_by = 'told.release_date_' ~ view, 'told.employment_on_' ~ view, 'told.finance_on_' ~ view, 'told.treatment_on_' ~ view, 'told.recall_on_' ~ view, 'told.mentored_by_' ~ view %}
    {% set moved = 'not ' ~ not_complete_in(view, 'told.movements_to', release_date, 'told') %}
    {{ verdict(
        "told.has_task and told.evidence_kind = 'MESSAGE'",
        [('table_missing', 'told.movements_to is null or told.message_to is null or told.managers_to is null or told.staff_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('not_due', release_date ~ ' is null or ' ~ not_complete_in(view, 'told.movements_to', release_date, 'told') ~ ' or ' ~ not_complete_in(view, 'told.managers_to', release_date, 'told') ~ ' or told.message_to < told.submitted_on')],
        'not told.is_handed_over_' ~ view ~ ' or not told.is_allocated',
        fails_anyway='told.person_id is not null and told.message_to >= told.submitted_on and ' ~ release_date ~ ' <= least(told.message_to, ' ~ seen_to(view, 'told') ~ ') and ' ~ moved ~ ' and not told.is_handed_over_' ~ view
            ~ ' or (told.person_id is not null and told.staff_to is not null and ' ~ moved ~ ' and not ' ~ not_complete_in(view, 'told.managers_to', release_date, 'told') ~ ' and not told.is_allocated)'
    ) }} as r32_{{ view }},
    {{ verdict(
        "told.has_task and told.domain = 'mentoring'",
        [('table_missing', 'told.movements_to is null or told.contact_to is null or told.service_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', 'told.has_no_release'),
         ('not_due', release_date ~ ' is null or ' ~ not_complete_in(view, 'told.movements_to', mentored_by, 'told') ~ ' or told.contact_to < told.submitted_on or least(told.contact_to, ' ~ seen_to(view, 'told') ~ ') < ' ~ mentored_by)],
        'not told.is_mentored_' ~ view ~ ' or told.meetings_' ~ view ~ ' <= ' ~ threshold('rule_r62_missed', as_of()),
        fails_anyway='told.person_id is not null and not told.is_mentored_' ~ view ~ ' and told.contact_to >= told.submitted_on and least(told.contact_to, ' ~ seen_to(view, 'told') ~ ') >= ' ~ mentored_by ~ ' and not ' ~ not_complete_in(view, 'told.movements_to', mentored_by, 'told')
    ) }} as r62_{{ view }},
    {{ verdict(
        "told.has_task and told.domain = 'accommodation' and told.is_before_release and coalesce(told.home_state_" ~ view ~ ", 'unknown') <> 'out_of_scope'",
        [('table_missing', 'told.addresses_to is null or told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', "coalesce(told.home_state_" ~ view ~ ", 'unknown') = 'unknown' and " ~ lagged_to(view, 'told') ~ ' >= ' ~ release_date),
         ('not_due', release_date ~ ' is null or told.home_state_' ~ view ~ " = 'not_yet_due' or " ~ lagged_to(view, 'told') ~ ' < ' ~ release_date)],
        'told.home_class_' ~ view ~ " in ('homeless_rough', 'homeless_other')"
    ) }} as r65_{{ view }},
    {{ verdict(
        "told.has_task and told.domain = 'accommodation' and told.is_before_release and coalesce(told.home_state_" ~ view ~ ", 'unknown') <> 'out_of_scope'",
        [('table_missing', 'told.addresses_to is null or told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('not_due', release_date ~ ' is null or told.home_state_' ~ view ~ " = 'not_yet_due' or " ~ lagged_to(view, 'told') ~ ' < ' ~ release_date)],
        'coalesce(told.home_state_' ~ view ~ ", 'unknown') = 'unknown'"
    ) }} as r66_{{ view }},
    {{ verdict(
        "told.has_task and told.domain = 'employment' and told.is_before_employment and coalesce(told.work_state_" ~ view ~ ", 'unknown') <> 'out_of_scope' and coalesce(told.work_class_" ~ view ~ ", '') <> 'not_available'",
        [('table_missing', 'told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', "coalesce(told.work_state_" ~ view ~ ", 'unknown') = 'unknown' and " ~ lagged_to(view, 'told') ~ ' >= ' ~ employment_on),
         ('not_due', release_date ~ ' is null or told.work_state_' ~ view ~ " = 'not_yet_due' or " ~ lagged_to(view, 'told') ~ ' < ' ~ employment_on)],
        'told.work_class_' ~ view ~ " = 'unemployed'"
    ) }} as r67_{{ view }},
    {{ verdict(
        "told.has_task and told.domain = 'finance' and told.is_before_finance",
        [('table_missing', 'told.checklists_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', 'told.finance_cell_' ~ view ~ " = 'unknown' and " ~ lagged_to(view, 'told') ~ ' >= ' ~ finance_on),
         ('not_due', release_date ~ ' is null or told.finance_cell_' ~ view ~ " = 'not_yet_due' or " ~ lagged_to(view, 'told') ~ ' < ' ~ finance_on)],
        'told.finance_cell_' ~ view ~ " = 'not_achieved'"
    ) }} as r68_{{ view }},
    {{ verdict(
        "told.has_task and told.domain in ('drugs', 'dependency and recovery') and told.is_before_release and not (told.sees_release_" ~ view ~ ' and told.is_not_in_community)',
        [('table_missing', 'told.treatments_to is null or told.movements_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', release_date ~ ' is not null and told.in_time_' ~ view ~ ' is null'),
         ('not_due', release_date ~ ' is null or ' ~ not_complete_in(view, 'told.treatments_to', treatment_on, 'told') ~ ' or ' ~ not_complete_in(view, 'told.movements_to', treatment_on, 'told'))],
        'not told.in_time_' ~ view
    ) }} as r69_{{ view }},
    {{ verdict(
        "told.has_task and told.setting = 'custody' and " ~ was_paid_in(view, 'told') ~ ' and coalesce(case when told.sees_release_' ~ view ~ ' then told.is_on_licence end, true)',
        [('table_missing', 'told.recall_tables_to is null or told.movements_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', release_date ~ ' is not null and told.is_on_licence is null'),
         ('not_due', release_date ~ ' is null or ' ~ not_complete_in(view, 'told.recall_tables_to', recall_on, 'told'))],
        'told.recall_date between ' ~ release_date ~ ' and ' ~ recall_on
    ) }} as r70_{{ view }},
    {% endfor %}
    -- What the evidence is worded from.
    told.release_date_now as release_date,
    told.is_handed_over_now as is_sent,
    told.is_allocated,
    told.meetings_now as meetings,
    told.is_mentored_now as is_mentored,
    told.home_class_now as home_class,
    told.home_state_now as home_state,
    told.work_class_now as work_class,
    told.finance_cell_now as finance_cell,
    told.in_time_now as is_in_time,
    told.recall_date,
    told.recall_on_now as recall_on
from told
