with
release as (
    select release_id, offender_book_id, release_date from {{ ref('int_release_movement') }}
),

key_date as (
    select custody_id, code, key_date
    from (
        select
            key_date.custody_id,
            upper(reference.code) as code,
            key_date.key_date,
            row_number() over (
                partition by key_date.custody_id, upper(reference.code)
                order by {{ key_order('key_date.key_date_id') }} desc, key_date.key_date_id desc
            ) as key_date_rank
        from {{ ref('stg_ndelius__key_date') }} as key_date
        inner join {{ ref('int_reference') }} as reference
            on reference.kind = 'KEY_DATE_TYPE' and reference.id = key_date.key_date_type_id
        where key_date.key_date is not null
    ) as ranked
    where key_date_rank = 1
),

-- Each sentence that the release is of, with its own dates; a termination before the release is ignored (and listed).
sentence as (
    select
        of_release.release_id,
        licence.key_date as licence_end_date,
        pss.key_date as pss_end_date,
        case when disposal.termination_date >= of_release.release_date then disposal.termination_date end as termination_date
    from (
        select distinct release_id, release_date, custody_id, disposal_id from {{ ref('int_release_probation') }}
    ) as of_release
    left join key_date as licence
        on licence.custody_id = of_release.custody_id and licence.code = 'LED'
    left join key_date as pss
        on pss.custody_id = of_release.custody_id and pss.code = 'PSSED'
    left join {{ ref('stg_ndelius__disposal') }} as disposal
        on disposal.disposal_id = of_release.disposal_id
),

-- A sentence ends on the later of its licence and its post-sentence supervision, or on its termination if earlier. The prison's dates
-- stand in where it has none of its own; its end of post-sentence supervision counts where probation knows of none.
of_prison as (
    select
        release.release_id,
        calculation.licence_end_date,
        {{ later_of('calculation.licence_end_date', 'case when pss.release_id is null then calculation.pss_end_date end') }} as end_date
    from release
    left join {{ ref('int_release_calculation') }} as calculation
        on calculation.release_id = release.release_id
    left join (select distinct release_id from sentence where pss_end_date is not null) as pss
        on pss.release_id = release.release_id
),

of_probation as (
    select
        release_id,
        max(licence_end_date) as licence_end_date,
        max(end_date) as end_date,
        max(case when end_date is null then 1 else 0 end) = 1 as has_sentence_without_end,
        -- The last termination, once every sentence has one.
        case when count(*) = count(termination_date) then max(termination_date) end as termination_date
    from (
        select
            sentence.release_id,
            sentence.licence_end_date,
            sentence.termination_date,
            {{ earlier_of(
                'coalesce(' ~ later_of('sentence.licence_end_date', 'sentence.pss_end_date') ~ ', of_prison.end_date)', 'sentence.termination_date'
            ) }} as end_date
        from sentence
        inner join of_prison
            on of_prison.release_id = sentence.release_id
    ) as ended
    group by release_id
),

unreadable as (
    select
        release_id,
        max(case when is_of_prison_dates then 1 else 0 end) = 1 as is_of_prison_dates,
        max(case when is_of_probation_dates then 1 else 0 end) = 1 as is_of_probation_dates
    from {{ ref('int_release_unreadable') }}
    group by release_id
),

-- What the prison holds is one more sentence, cut by terminations once all others are terminated.
known as (
    select
        release.release_id,
        release.release_date,
        -- Not the date before one that cannot be read (definition: delivery_unreadable_event).
        case
            when unreadable.is_of_prison_dates then null
            when of_prison.licence_end_date is not null then of_prison.licence_end_date
            when not coalesce(unreadable.is_of_probation_dates, false) then of_probation.licence_end_date
        end as licence_end_date,
        coalesce(unreadable.is_of_prison_dates or unreadable.is_of_probation_dates, false) as is_unreadable,
        of_probation.end_date as probation_end_date,
        coalesce(of_probation.has_sentence_without_end, false) as has_sentence_without_end,
        case
            when of_prison.end_date > of_probation.termination_date then of_probation.termination_date
            else of_prison.end_date
        end as prison_end_date
    from release
    inner join of_prison
        on of_prison.release_id = release.release_id
    left join of_probation
        on of_probation.release_id = release.release_id
    left join unreadable
        on unreadable.release_id = release.release_id
)

select
    release_id,
    licence_end_date,
    case when licence_end_date is not null then licence_end_date > release_date end as is_on_licence,
    -- The last day under supervision: that of the last sentence to end. One of which nothing says when it ends goes on
    -- (definition: status_supervision_end, status_several_sentences).
    case
        when prison_end_date is not null or not has_sentence_without_end
            then {{ later_of('prison_end_date', 'probation_end_date') }}
    end as supervision_end_date,
    is_unreadable
from known
