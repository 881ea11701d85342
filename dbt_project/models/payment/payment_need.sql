with
plan as (
    select
        plan.*,
        -- Where movements tell no admission, the booking does.
        coalesce(plan.admitted_at, booking.booking_begin_date) as booked_at
    from {{ ref('payment_plan') }} as plan
    left join {{ ref('stg_nomis__offender_booking') }} as booking on booking.offender_book_id = plan.book_id
),

-- The screenings that any view has chosen: of most claims one.
chosen_screening as (
    {% for view in fromjson(views()) %}
    select claim_no, screening_id_{{ view }} as screening_id
    from plan
    where screening_id_{{ view }} is not null and done_at_{{ view }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

screened as (
    select
        plan.claim_no,
        domain.need_domain,
        need.need_flag = 'Y' as is_flagged,
        need.recorded_ts,
        {% for view in fromjson(views()) %}
        coalesce(plan.screening_id_{{ view }} = chosen_screening.screening_id and plan.done_at_{{ view }} is not null and {{ is_seen_in(view, 'need', 'plan') }}, false) as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from chosen_screening
    inner join plan on plan.claim_no = chosen_screening.claim_no
    inner join {{ ref('stg_oasys__screening_need') }} as need on {{ reference('need.screening_id') }} = chosen_screening.screening_id
    left join {{ ref('need_domain') }} as domain on domain.system = 'screening' and domain.code = lower(trim(need.domain))
    where need.need_flag is not null
),

-- An assessment by each number that it carries.
numbered as (
    {% for kind, column in [('noms', 'noms_no'), ('crn', 'crn')] %}
    select
        '{{ kind }}' as kind,
        upper({{ column }}) as identifier,
        assessment_id,
        completed_ts,
        _known_from,
        _maybe_from,
        _known_to
    from {{ ref('stg_oasys__assessment') }}
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Full assessments completed in the booking by the time of the work.
assessment as (
    select
        plan.claim_no,
        plan.submitted_ts,
        assessment.assessment_id,
        assessment.completed_ts,
        {% for view in fromjson(views()) %}
        coalesce({{ comes_no_later('assessment.completed_ts', 'plan.done_at_' ~ view) }} and {{ is_seen_in(view, 'assessment', 'plan') }}, false) as is_open_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from plan
    inner join {{ ref('link_number_person') }} as led on led.person_id = plan.person_id and led.persons = 1
    inner join numbered as assessment
        on assessment.kind = led.kind and assessment.identifier = led.identifier
        and {{ comes_no_later('plan.booked_at', 'assessment.completed_ts') }}
),

-- The last of them.
last_assessment as (
    select
        claim_no,
        submitted_ts,
        {{ reference('assessment_id') }} as assessment_id,
        {% for view in fromjson(views()) %}
        is_open_{{ view }} and place_{{ view }} = 1 as is_last_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            assessment.*,
            {% for view in fromjson(views()) %}
            row_number() over (partition by claim_no order by case when is_open_{{ view }} then 0 else 1 end, completed_ts desc, assessment_id desc) as place_{{ view }}{{ ',' if not loop.last }}
            {% endfor %}
        from assessment
        where is_open_now or is_open_then or is_open_perhaps
    ) as ranked
    where 1 in (place_now, place_then, place_perhaps)
),

assessed as (
    select
        assessment.claim_no,
        domain.need_domain,
        need.need_flag = 'Y' as is_flagged,
        cast(null as timestamp) as recorded_ts,
        {% for view in fromjson(views()) %}
        coalesce(assessment.is_last_{{ view }} and {{ is_seen_in(view, 'need', 'assessment') }}, false) as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from last_assessment as assessment
    inner join {{ ref('stg_oasys__assessment_need') }} as need on {{ reference('need.assessment_id') }} = assessment.assessment_id
    left join {{ ref('need_domain') }} as domain on domain.system = 'assessment' and domain.code = lower(trim(need.domain))
    where need.need_flag is not null
),

-- Where the home in force on the day of the work is no fixed abode, there is a need for a place to live.
home as (
    select
        plan.claim_no,
        record.official_class,
        record.start_date,
        record.last_updated_datetime,
        record.kind,
        record.record_key,
        {% for view in fromjson(views()) %}
        coalesce(
            record.start_date <= cast(plan.done_at_{{ view }} as date)
            and {{ is_seen_in(view, 'record', 'plan') }}
            and (record.end_date is null or record.end_date >= cast(plan.done_at_{{ view }} as date)),
            false
        ) as is_open_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from plan
    inner join {{ ref('payment_home_record') }} as record on record.person_id = plan.person_id
),

last_home as (
    select
        home.*,
        {% for view in fromjson(views()) %}
        row_number() over (
            partition by claim_no
            order by
                case when is_open_{{ view }} then 0 else 1 end,
                start_date desc, last_updated_datetime desc, kind, {{ key_order('record_key') }} desc
        ) as place_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from home
    where is_open_now or is_open_then or is_open_perhaps
),

every_need as (
    select claim_no, need_domain, is_flagged, true as is_record, recorded_ts, {{ in_each_view('in') }} from screened
    union all
    select claim_no, need_domain, is_flagged, true as is_record, recorded_ts, {{ in_each_view('in') }} from assessed
    union all
    select
        claim_no,
        'accommodation' as need_domain,
        true as is_flagged,
        false as is_record,
        null as recorded_ts,
        {% for view in fromjson(views()) %}
        is_open_{{ view }} and place_{{ view }} = 1 as in_{{ view }}{{ ',' if not loop.last }}
        {% endfor %}
    from last_home
    where official_class in ('homeless_rough', 'homeless_other')
)

select
    claim_no,
    coalesce(need_domain, 'unlisted') as need_domain,
    {% for view in fromjson(views()) %}
    max(case when in_{{ view }} and is_flagged then 1 else 0 end) = 1 as is_flagged_{{ view }},
    max(case when in_{{ view }} and is_record then 1 else 0 end) = 1 as is_record_{{ view }},
    -- When anybody last wrote down that there is a need.
    max(case when in_{{ view }} and is_flagged then recorded_ts end) as recorded_ts_{{ view }}{{ ',' if not loop.last }}
    {% endfor %}
from every_need
where in_now or in_then or in_perhaps
group by claim_no, coalesce(need_domain, 'unlisted')
