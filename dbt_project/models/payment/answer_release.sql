with
asked as (
    select
        view.claim_no,
        view.view,
        view.is_perhaps,
        view.moment,
        view.seen_to,
        view.lagged_to,
        view.release_id,
        view.release_date,
        view.release_date_now is null as has_no_release,
        -- Which release a claim leads to is told as today; of a task in custody it may lie ahead.
        coalesce(claim.task_date <= view.release_date_now, claim.setting = 'custody' or claim.person_id is null) as is_before_release,
        coalesce(
            claim.task_date <= {{ add_days('view.release_date_now', "cast(" ~ threshold('claim_employment_day', as_of()) ~ " as integer)") }}, claim.setting = 'custody' or claim.person_id is null
        ) as is_before_employment,
        coalesce(
            claim.task_date <= {{ add_days('view.release_date_now', "cast(" ~ threshold('finance_day', as_of()) ~ " as integer)") }}, claim.setting = 'custody' or claim.person_id is null
        ) as is_before_finance,
        claim.source,
        claim.person_id,
        claim.person_reference,
        claim.has_task,
        claim.domain,
        claim.setting,
        claim.evidence_kind,
        claim.task_date,
        claim.submitted_on,
        claim.is_paid and claim.first_paid_on <= view.seen_to as is_paid,
        {{ add_days('view.release_date', "cast(" ~ threshold('claim_employment_day', as_of()) ~ " as integer)") }} as employment_on,
        {{ add_days('view.release_date', "cast(" ~ threshold('finance_day', as_of()) ~ " as integer)") }} as finance_on,
        {{ add_days('view.release_date', "cast(" ~ threshold('rule_r69_days', as_of()) ~ " as integer)") }} as treatment_on,
        {{ add_days('view.release_date', "cast(" ~ threshold('rule_r70_days', as_of()) ~ " as integer)") }} as recall_on,
        {{ add_days('view.release_date', "cast(" ~ threshold('rule_r62_days_after', as_of()) ~ " as integer)") }} as mentored_by
    from {{ ref('payment_view') }} as view
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = view.claim_no
),

handed_over as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('stg_provider__message') }} as message
        on asked.evidence_kind = 'MESSAGE'
        and message._source = asked.source
        and {{ reference('message.person_ref') }} = asked.person_reference
        and lower(message.kind) = 'handover'
        and cast(message.sent_ts as date) >= {{ add_days('asked.release_date', "-cast(" ~ threshold('rule_r32_days', as_of()) ~ " as integer)") }}
        and cast(message.sent_ts as date) <= asked.release_date
        and {{ is_seen('message', 'asked') }}
),

allocated as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('int_person_case') }} as person_case on person_case.person_id = asked.person_id
    inner join {{ ref('stg_ndelius__offender_manager') }} as manager
        on asked.evidence_kind = 'MESSAGE'
        and manager.offender_id = person_case.offender_id
        and cast(manager.allocation_date as date) <= asked.release_date
        and (manager.end_date is null or cast(manager.end_date as date) >= asked.release_date)
    inner join {{ ref('stg_ndelius__staff') }} as staff on staff.staff_id = manager.allocation_staff_id and staff.officer_code is not null
    left join {{ ref('officer_code') }} as ending
        on upper(staff.officer_code) like '%' || ending.code_ending
        and asked.release_date between ending.valid_from and coalesce(ending.valid_to, cast('9999-12-31' as date))
    where coalesce(ending.is_officer, true)
),

mentored as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('stg_provider__contact') }} as contact
        on asked.domain = 'mentoring'
        and contact._source = asked.source
        and {{ reference('contact.person_ref') }} = asked.person_reference
        and lower(contact.domain) = 'mentoring'
        and lower(contact.contact_with) in ('person', 'mentor')
        and contact.attended = 'Y'
        and cast(contact.contact_ts as date) >= {{ add_days('asked.release_date', "-cast(" ~ threshold('rule_r62_days_before', as_of()) ~ " as integer)") }}
        and cast(contact.contact_ts as date) <= asked.mentored_by
        and {{ is_seen('contact', 'asked') }}
),

-- Given up after a meeting or two that were missed.
missed as (
    select asked.claim_no, asked.view, service.service_ref, count(*) as meetings
    from asked
    inner join {{ ref('stg_provider__service') }} as service
        on asked.domain = 'mentoring'
        and service._source = asked.source
        and {{ reference('service.person_ref') }} = asked.person_reference
        and lower(trim(service.service)) = 'mentoring'
        and service.withdrawn_on is not null
        and {{ is_seen('service', 'asked') }}
    inner join {{ ref('stg_provider__contact') }} as contact
        on contact._source = asked.source
        and {{ reference('contact.person_ref') }} = asked.person_reference
        and lower(contact.domain) = 'mentoring'
        and contact.attended = 'N'
        and cast(contact.contact_ts as date) between service.offered_on and service.withdrawn_on
        and {{ is_seen('contact', 'asked') }}
    group by asked.claim_no, asked.view, service.service_ref
),

given_up as (
    select claim_no, view, min(meetings) as meetings
    from missed
    group by claim_no, view
),

-- What the records said on the day, as now: where all of them were known, that is what was known then. Of a day that was not due then nothing was.
state_now as (
    select
        asked.claim_no,
        asked.view,
        {% for name, domain, day, due in [('home', 'accommodation', 0, 'asked.release_date'), ('work', 'employment', 42, 'asked.employment_on')] %}
        max(case
            when status.domain = '{{ domain }}' and status.day = {{ day }}
                then case when asked.lagged_to < {{ due }} then 'not_yet_due' else status.state end
        end) as {{ name }}_state,
        max(case when status.domain = '{{ domain }}' and status.day = {{ day }} and asked.lagged_to >= {{ due }} then status.official_class end) as {{ name }}_class
        {{- ',' if not loop.last }}
        {% endfor %}
    from asked
    inner join {{ ref('evt_status') }} as status on status.release_id = asked.release_id and status.day in (0, 42)
    where asked.domain in ('accommodation', 'employment')
    group by asked.claim_no, asked.view
),

-- The records in force on the day, and which of them a view before now sees.
record as (
    {% for domain, model, day in [('accommodation', 'payment_home_record', 'asked.release_date'), ('employment', 'payment_work_record', 'asked.employment_on')] %}
    select
        asked.claim_no,
        asked.view,
        asked.domain,
        record.official_class,
        record.unknown_reason,
        {{ 'record.is_out_of_scope' if domain == 'accommodation' else 'false' }} as is_out_of_scope,
        record.start_date,
        record.last_updated_datetime,
        {{ 'record.kind' if domain == 'accommodation' else "'circumstance'" }} as kind,
        record.record_key,
        coalesce(record.start_date < release.admission_date, false)
        and coalesce({{ later_of('record.created_datetime', 'record.last_updated_datetime') }}, cast('0001-01-01' as timestamp))
            < {{ add_days('asked.release_date', "-cast(" ~ threshold('pre_custody_days', as_of()) ~ " as integer)") }} as is_from_before,
        {{ is_seen('record', 'asked') }} as is_seen,
        record._known_to > cast('9999-12-30' as timestamp) as is_live
    from asked
    inner join {{ ref('int_release') }} as release on release.release_id = asked.release_id
    inner join {{ ref(model) }} as record
        on record.person_id = asked.person_id
        and record.start_date <= {{ day }}
        and (record.end_date is null or record.end_date >= {{ day }})
    where asked.view <> 'now' and asked.domain = '{{ domain }}' and asked.lagged_to >= {{ day }}
    union all
    {% endfor %}
    -- The prison's discharge address stands in where probation has nothing.
    select
        asked.claim_no,
        asked.view,
        asked.domain,
        address.official_class,
        address.unknown_reason,
        false as is_out_of_scope,
        address.start_date,
        cast(null as timestamp) as last_updated_datetime,
        'discharge' as kind,
        address.address_id as record_key,
        false as is_from_before,
        {{ is_recorded('known', 'asked') }} as is_seen,
        true as is_live
    from asked
    inner join {{ ref('int_discharge_address') }} as address
        on address.person_id = asked.person_id
        and address.start_date <= asked.release_date
        and (address.end_date is null or address.end_date >= asked.release_date)
    left join {{ ref('stg_nomis__address_known') }} as known on known.address_id = address.address_id
    where asked.view <> 'now' and asked.domain = 'accommodation' and asked.lagged_to >= asked.release_date
),

-- Where what was on record then is not what is today.
otherwise as (
    select claim_no, view, domain
    from record
    group by claim_no, view, domain
    having max(case when is_seen = is_live then 0 else 1 end) = 1
),

seen_record as (
    select
        record.*,
        row_number() over (
            partition by record.claim_no, record.view
            order by
                case when record.kind = 'discharge' then 1 else 0 end,
                record.start_date desc, record.last_updated_datetime desc, record.kind, {{ key_order('record.record_key') }} desc
        ) as newest_first
    from record
    where record.is_seen
),

state as (
    select
        state_now.claim_no,
        state_now.view,
        {% for name, domain in [('home', 'accommodation'), ('work', 'employment')] %}
        case
            when otherwise.domain = '{{ domain }}' and state_now.{{ name }}_state in ('observed', 'unknown') then case
                when seen_record.claim_no is null then 'unknown'
                when seen_record.is_out_of_scope then 'out_of_scope'
                when seen_record.is_from_before or seen_record.unknown_reason is not null then 'unknown'
                else 'observed'
            end
            else state_now.{{ name }}_state
        end as {{ name }}_state,
        case
            when otherwise.domain = '{{ domain }}' and state_now.{{ name }}_state in ('observed', 'unknown')
                then case when not seen_record.is_from_before and seen_record.unknown_reason is null then seen_record.official_class end
            else state_now.{{ name }}_class
        end as {{ name }}_class{{ ',' if not loop.last }}
        {% endfor %}
    from state_now
    left join otherwise on otherwise.claim_no = state_now.claim_no and otherwise.view = state_now.view
    left join seen_record
        on seen_record.claim_no = state_now.claim_no and seen_record.view = state_now.view and seen_record.newest_first = 1
),

-- What was held a week later, by the checklist as it was known then.
held as (
    select
        claim_no,
        view,
        max(case
            when 'held' in (photo_id, bank_account, benefit_claim) then 2
            when 'unknown' in (photo_id, bank_account, benefit_claim) then 1
            else 0
        end) as answers
    from (
        select
            asked.claim_no,
            asked.view,
            {{ held_by('photo_id', 'checklist', 'asked.finance_on') }} as photo_id,
            {{ held_by('bank_account', 'checklist', 'asked.finance_on') }} as bank_account,
            {{ claimed_by('checklist', 'asked.finance_on') }} as benefit_claim
        from asked
        inner join {{ ref('int_release') }} as release on release.release_id = asked.release_id
        inner join {{ ref('stg_nomis__release_checklist_version') }} as checklist
            on checklist.offender_book_id = release.offender_book_id and {{ is_seen('checklist', 'asked') }}
        where asked.domain = 'finance' and asked.view <> 'now'
    ) as answer
    group by claim_no, view
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
        asked.claim_no,
        asked.view,
        max(case when treatment.community_start <= asked.treatment_on then 1 else 0 end) = 1 as is_in_time
    from asked
    inner join {{ ref('link_number_person') }} as led on led.person_id = asked.person_id and led.persons = 1
    inner join numbered as treatment
        on treatment.kind = led.kind and treatment.identifier = led.identifier
        and treatment.prison_end >= {{ add_days('asked.release_date', "-cast(" ~ threshold('rule_r69_days_before', as_of()) ~ " as integer)") }}
        and treatment.prison_end <= {{ add_days('asked.release_date', "cast(" ~ threshold('rule_r69_days_after', as_of()) ~ " as integer)") }}
        and {{ is_seen('treatment', 'asked') }}
    where asked.domain in ('drugs', 'dependency and recovery')
    group by asked.claim_no, asked.view
),

-- Back inside, or recalled and at large.
not_in_community as (
    select distinct asked.claim_no, asked.view
    from asked
    inner join {{ ref('int_spell') }} as spell
        on spell.person_id = asked.person_id
        and cast(spell.in_at as date) <= asked.treatment_on
        and (spell.out_at is null or cast(spell.out_at as date) > asked.treatment_on)
    where asked.domain in ('drugs', 'dependency and recovery')
    union
    select asked.claim_no, asked.view
    from asked
    inner join {{ ref('evt_recall') }} as recall
        on recall.release_id = asked.release_id and recall.is_recall
        and recall.recall_date <= asked.treatment_on
        and (recall.returned_date is null or recall.returned_date > asked.treatment_on)
    where asked.domain in ('drugs', 'dependency and recovery')
),

recalled as (
    select release_id, min(recall_date) as recall_date
    from {{ ref('evt_recall') }}
    where is_recall
    group by release_id
),

told as (
    select
        asked.*,
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
    from asked
    cross join {{ ref('payment_watermark') }} as mark
    left join {{ ref('payment_sender') }} as sender on sender.source = asked.source
),

outcome as (
    select
        told.claim_no,
        told.view,
        case
            when told.view = 'now' or finance.outcome_cell in ('not_yet_due', 'out_of_scope') then coalesce(finance.outcome_cell, 'unknown')
            when held.answers = 2 then 'achieved'
            when held.answers = 0 then 'not_achieved'
            else 'unknown'
        end as finance_cell
    from told
    left join {{ ref('int_release_finance') }} as finance on finance.release_id = told.release_id
    left join held on held.claim_no = told.claim_no and held.view = told.view
    where told.domain = 'finance'
)

select
    told.claim_no,
    told.view,
    {{ verdict(
        "told.has_task and told.evidence_kind = 'MESSAGE'",
        [('table_missing', 'told.movements_to is null or told.message_to is null or told.managers_to is null or told.staff_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('not_due', 'told.release_date is null or ' ~ not_complete('told.movements_to', 'told.release_date', 'told') ~ ' or ' ~ not_complete('told.managers_to', 'told.release_date', 'told') ~ ' or told.message_to < told.submitted_on')],
        'handed_over.claim_no is null or allocated.claim_no is null',
        fails_anyway='told.person_id is not null and told.message_to >= told.submitted_on and told.release_date <= least(told.message_to, told.seen_to) and not ' ~ not_complete('told.movements_to', 'told.release_date', 'told') ~ ' and handed_over.claim_no is null or (told.person_id is not null and told.staff_to is not null and not ' ~ not_complete('told.movements_to', 'told.release_date', 'told') ~ ' and not ' ~ not_complete('told.managers_to', 'told.release_date', 'told') ~ ' and allocated.claim_no is null)'
    ) }} as r32,
    {{ verdict(
        "told.has_task and told.domain = 'mentoring'",
        [('table_missing', 'told.movements_to is null or told.contact_to is null or told.service_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', 'told.has_no_release'),
         ('not_due', 'told.release_date is null or ' ~ not_complete('told.movements_to', 'told.mentored_by', 'told') ~ ' or told.contact_to < told.submitted_on or least(told.contact_to, told.seen_to) < told.mentored_by')],
        'mentored.claim_no is null or given_up.meetings <= ' ~ threshold('rule_r62_missed', as_of()),
        fails_anyway='told.person_id is not null and mentored.claim_no is null and told.contact_to >= told.submitted_on and least(told.contact_to, told.seen_to) >= told.mentored_by and not ' ~ not_complete('told.movements_to', 'told.mentored_by', 'told')
    ) }} as r62,
    {{ verdict(
        "told.has_task and told.domain = 'accommodation' and told.is_before_release and coalesce(state.home_state, 'unknown') <> 'out_of_scope'",
        [('table_missing', 'told.addresses_to is null or told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', "coalesce(state.home_state, 'unknown') = 'unknown' and told.lagged_to >= told.release_date"),
         ('not_due', "told.release_date is null or state.home_state = 'not_yet_due' or told.lagged_to < told.release_date")],
        "state.home_class in ('homeless_rough', 'homeless_other')"
    ) }} as r65,
    {{ verdict(
        "told.has_task and told.domain = 'accommodation' and told.is_before_release and coalesce(state.home_state, 'unknown') <> 'out_of_scope'",
        [('table_missing', 'told.addresses_to is null or told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('not_due', "told.release_date is null or state.home_state = 'not_yet_due' or told.lagged_to < told.release_date")],
        "coalesce(state.home_state, 'unknown') = 'unknown'"
    ) }} as r66,
    {{ verdict(
        "told.has_task and told.domain = 'employment' and told.is_before_employment and coalesce(state.work_state, 'unknown') <> 'out_of_scope' and coalesce(state.work_class, '') <> 'not_available'",
        [('table_missing', 'told.circumstances_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', "coalesce(state.work_state, 'unknown') = 'unknown' and told.lagged_to >= told.employment_on"),
         ('not_due', "told.release_date is null or state.work_state = 'not_yet_due' or told.lagged_to < told.employment_on")],
        "state.work_class = 'unemployed'"
    ) }} as r67,
    {{ verdict(
        "told.has_task and told.domain = 'finance' and told.is_before_finance",
        [('table_missing', 'told.checklists_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', "outcome.finance_cell = 'unknown' and told.lagged_to >= told.finance_on"),
         ('not_due', "told.release_date is null or outcome.finance_cell = 'not_yet_due' or told.lagged_to < told.finance_on")],
        "outcome.finance_cell = 'not_achieved'"
    ) }} as r68,
    {{ verdict(
        "told.has_task and told.domain in ('drugs', 'dependency and recovery') and told.is_before_release and not_in_community.claim_no is null",
        [('table_missing', 'told.treatments_to is null or told.movements_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', 'told.release_date is not null and treated.claim_no is null'),
         ('not_due', 'told.release_date is null or ' ~ not_complete('told.treatments_to', 'told.treatment_on', 'told') ~ ' or ' ~ not_complete('told.movements_to', 'told.treatment_on', 'told'))],
        'not treated.is_in_time'
    ) }} as r69,
    {{ verdict(
        "told.has_task and told.setting = 'custody' and told.is_paid and coalesce(release.is_on_licence, true)",
        [('table_missing', 'told.recall_tables_to is null or told.movements_to is null'),
         ('not_linked', 'told.person_id is null'),
         ('value_missing', 'told.release_date is not null and release.is_on_licence is null'),
         ('not_due', 'told.release_date is null or ' ~ not_complete('told.recall_tables_to', 'told.recall_on', 'told'))],
        'recalled.recall_date between told.release_date and told.recall_on'
    ) }} as r70,
    -- What the evidence is worded from.
    {{ only_now('told.release_date', 'told') }} as release_date,
    {{ only_now('handed_over.claim_no is not null', 'told') }} as is_sent,
    {{ only_now('allocated.claim_no is not null', 'told') }} as is_allocated,
    {{ only_now('given_up.meetings', 'told') }} as meetings,
    {{ only_now('mentored.claim_no is not null', 'told') }} as is_mentored,
    {{ only_now('state.home_class', 'told') }} as home_class,
    {{ only_now('state.home_state', 'told') }} as home_state,
    {{ only_now('state.work_class', 'told') }} as work_class,
    {{ only_now('outcome.finance_cell', 'told') }} as finance_cell,
    {{ only_now('treated.is_in_time', 'told') }} as is_in_time,
    {{ only_now('recalled.recall_date', 'told') }} as recall_date,
    {{ only_now('told.recall_on', 'told') }} as recall_on
from told
left join handed_over on handed_over.claim_no = told.claim_no and handed_over.view = told.view
left join allocated on allocated.claim_no = told.claim_no and allocated.view = told.view
left join mentored on mentored.claim_no = told.claim_no and mentored.view = told.view
left join given_up on given_up.claim_no = told.claim_no and given_up.view = told.view
left join state on state.claim_no = told.claim_no and state.view = told.view
left join outcome on outcome.claim_no = told.claim_no and outcome.view = told.view
left join treated on treated.claim_no = told.claim_no and treated.view = told.view
left join not_in_community on not_in_community.claim_no = told.claim_no and not_in_community.view = told.view
left join {{ ref('int_release') }} as release on release.release_id = told.release_id
left join recalled on recalled.release_id = told.release_id
