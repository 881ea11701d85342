with
plan as (
    select
        plan.*,
        -- Where movements tell no admission, the booking does.
        coalesce(plan.admitted_at, booking.booking_begin_date) as booked_at
    from {{ ref('payment_plan') }} as plan
    left join {{ ref('stg_nomis__offender_booking') }} as booking on booking.offender_book_id = plan.book_id
    where plan.done_at is not null
),

screened as (
    select
        plan.claim_no,
        plan.view,
        domain.need_domain,
        coalesce(need.need_flag, 'N') = 'Y' as is_flagged,
        need.recorded_ts
    from plan
    inner join {{ ref('stg_oasys__screening_need') }} as need
        on {{ reference('need.screening_id') }} = plan.screening_id and {{ is_seen('need', 'plan') }}
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

-- The last full assessment completed in the booking by the time of the work.
assessment as (
    select claim_no, view, is_perhaps, moment, assessment_id
    from (
        select
            plan.claim_no,
            plan.view,
            plan.is_perhaps,
            plan.moment,
            {{ reference('assessment.assessment_id') }} as assessment_id,
            row_number() over (
                partition by plan.claim_no, plan.view order by assessment.completed_ts desc, assessment.assessment_id desc
            ) as newest_first
        from plan
        inner join {{ ref('link_number_person') }} as led on led.person_id = plan.person_id and led.persons = 1
        inner join numbered as assessment
            on assessment.kind = led.kind and assessment.identifier = led.identifier
            and {{ comes_no_later('plan.booked_at', 'assessment.completed_ts') }}
            and {{ comes_no_later('assessment.completed_ts', 'plan.done_at') }}
            and {{ is_seen('assessment', 'plan') }}
    ) as ranked
    where newest_first = 1
),

assessed as (
    select
        assessment.claim_no,
        assessment.view,
        domain.need_domain,
        coalesce(need.need_flag, 'N') = 'Y' as is_flagged,
        cast(null as timestamp) as recorded_ts
    from assessment
    inner join {{ ref('stg_oasys__assessment_need') }} as need
        on {{ reference('need.assessment_id') }} = assessment.assessment_id and {{ is_seen('need', 'assessment') }}
    left join {{ ref('need_domain') }} as domain on domain.system = 'assessment' and domain.code = lower(trim(need.domain))
    where need.need_flag is not null
),

-- Where the home in force on the day of the work is no fixed abode, there is a need for a place to live.
home as (
    select
        plan.claim_no,
        plan.view,
        record.official_class,
        row_number() over (
            partition by plan.claim_no, plan.view
            order by record.start_date desc, record.last_updated_datetime desc, record.kind, {{ key_order('record.record_key') }} desc
        ) as newest_first
    from plan
    inner join {{ ref('payment_home_record') }} as record on record.person_id = plan.person_id
    where record.start_date <= cast(plan.done_at as date)
        and {{ is_seen('record', 'plan') }}
        and (record.end_date is null or record.end_date >= cast(plan.done_at as date))
),

every_need as (
    select claim_no, view, need_domain, is_flagged, true as is_record, recorded_ts from screened
    union all
    select claim_no, view, need_domain, is_flagged, true as is_record, recorded_ts from assessed
    union all
    select claim_no, view, 'accommodation' as need_domain, true as is_flagged, false as is_record, null as recorded_ts
    from home
    where newest_first = 1 and official_class in ('homeless_rough', 'homeless_other')
)

select
    claim_no,
    view,
    coalesce(need_domain, 'unlisted') as need_domain,
    max(case when is_flagged then 1 else 0 end) = 1 as is_flagged,
    max(case when is_record then 1 else 0 end) = 1 as is_record,
    -- When anybody last wrote down that there is a need.
    max(case when is_flagged then recorded_ts end) as recorded_ts
from every_need
group by claim_no, view, coalesce(need_domain, 'unlisted')
