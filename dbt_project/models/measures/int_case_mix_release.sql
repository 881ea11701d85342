-- What is known of each release that nobody who had to do with it since reception could change, for the releases that a headline measure's model is
-- made on: due, of the three years before as-of, and on one side of every break of its domain (definition: rate_case_mix).
with
release as (
    select release_id, person_id, offender_book_id, admission_date, release_date, release_type, releasing_prison
    from {{ ref('int_release') }}
),

-- How often somebody was released before, as far as deliveries reach.
earlier as (
    select release_id, row_number() over (partition by person_id order by release_date, release_id) - 1 as n
    from release
),

-- Whether the first screening of the booking flags a need of a home.
screened as (
    select release_id, need_flag
    from (
        select
            release.release_id,
            need.need_flag,
            row_number() over (partition by release.release_id order by screening.completed_ts, screening.screening_id) as place
        from release
        inner join {{ ref('int_booking_screening') }} as screening
            on screening.offender_book_id = release.offender_book_id
            and screening._known_to > cast('9999-12-30' as timestamp)
            and cast(screening.completed_ts as date) <= {{ add_days('release.admission_date', 7) }}
        inner join {{ ref('stg_oasys__screening_need') }} as need
            on {{ reference('need.screening_id') }} = screening.screening_id
            and need._known_to > cast('9999-12-30' as timestamp)
        inner join {{ ref('need_domain') }} as domain
            on domain.system = 'screening' and domain.code = lower(trim(need.domain)) and domain.need_domain = 'accommodation'
    ) as ranked
    where place = 1
),

described as (
    select
        release_id,
        max(case when characteristic = 'age_band' then characteristic_value end) as age_band,
        max(case when characteristic = 'sex' then characteristic_value end) as sex,
        max(case when characteristic = 'sentence_band' then characteristic_value end) as sentence_band
    from {{ ref('int_measure_characteristic') }}
    where characteristic in ('age_band', 'sex', 'sentence_band')
    group by release_id
),

due as (
    select
        measure.measure_id,
        measure.domain,
        {{ add_days('registered.mature_through', '-registered.mature_day') }} as last_due
    from {{ ref('measures') }} as measure
    inner join {{ ref('int_measure_registered') }} as registered on registered.measure_id = measure.measure_id
    where measure.headline_order is not null
),

-- A break after which less than a year is due ends the window; one before that begins it.
broken as (
    select
        due.measure_id,
        due.last_due,
        min(case when policy_break.date > {{ add_days('due.last_due', '-365') }} then policy_break.date end) as next_break,
        max(case when policy_break.date <= {{ add_days('due.last_due', '-365') }} then policy_break.date end) as last_break
    from due
    left join {{ ref('policy_break') }} as policy_break
        on policy_break.date <= due.last_due
        and (coalesce(policy_break.domains, '') in ('', 'all') or policy_break.domains like '%' || due.domain || '%')
    group by due.measure_id, due.last_due
),

window_of as (
    select
        measure_id,
        case
            when last_break > {{ add_days(as_of(), '-1095') }} then last_break
            else {{ add_days(as_of(), '-1095') }}
        end as first_day,
        case when next_break is null then last_due else {{ add_days('next_break', '-1') }} end as last_day
    from broken
)

select
    window_of.measure_id,
    release.release_id,
    window_of.first_day,
    window_of.last_day,
    coalesce(described.age_band, 'Not recorded') as age_band,
    coalesce(described.sex, 'Not recorded') as sex,
    coalesce(described.sentence_band, 'Not recorded') as sentence_band,
    coalesce(release.release_type, 'Not recorded') as release_type,
    case when earlier.n >= 3 then '3 or more' else cast(earlier.n as {{ dbt.type_string() }}) end as earlier_releases,
    coalesce(screened.need_flag, 'Not recorded') as home_need_at_reception,
    coalesce(prison.types || ', ' || coalesce(prison.gender, 'not recorded'), 'Not recorded') as prison_type,
    cast(extract(year from release.release_date) as {{ dbt.type_string() }}) || ' Q' || cast(extract(quarter from release.release_date) as {{ dbt.type_string() }}) as quarter
from release
inner join window_of
    on release.release_date >= window_of.first_day and release.release_date <= window_of.last_day
inner join earlier on earlier.release_id = release.release_id
left join described on described.release_id = release.release_id
left join screened on screened.release_id = release.release_id
left join {{ ref('dim_prison') }} as prison on prison.prison = release.releasing_prison
