with
release as (
    select release_id, offender_book_id, release_date from {{ ref('int_release_movement') }}
),

-- Of several sentences the longest (definition: release_sentence_band, status_several_sentences).
disposal as (
    select probation.release_id, max(disposal.length_in_days) as length_in_days
    from {{ ref('int_release_probation') }} as probation
    inner join {{ ref('stg_ndelius__disposal') }} as disposal
        on disposal.disposal_id = probation.disposal_id
    group by probation.release_id
),

-- The status in force at the release (definition: release_sentence_band, release_indeterminate).
latest_status as (
    select release_id, imprisonment_status
    from (
        select
            release.release_id,
            status.imprisonment_status,
            row_number() over (
                partition by release.release_id
                order by
                    case when status.effective_date is null then 1 else 0 end, status.effective_date desc,
                    status.imprison_status_seq desc
            ) as status_rank
        from release
        inner join {{ ref('stg_nomis__imprison_status') }} as status
            on status.offender_book_id = release.offender_book_id
        where status.effective_date is null or cast(status.effective_date as date) <= release.release_date
    ) as ranked
    where status_rank = 1
),

sentence as (
    select
        sentence.offender_book_id,
        max(case when code.code is not null then 1 else 0 end) = 1 as is_indeterminate,
        {{ days_between('min(sentence.start_date)', 'max(sentence.end_date)') }} + 1 as length_in_days
    from {{ ref('stg_nomis__offender_sentence') }} as sentence
    left join {{ ref('indeterminate_code') }} as code
        on code.kind = 'sentence_calc_type' and upper(code.code) = upper(sentence.sentence_calc_type)
    group by sentence.offender_book_id
),

length as (
    select
        release.release_id,
        status_code.code is not null or coalesce(sentence.is_indeterminate, false) as is_indeterminate,
        coalesce(disposal.length_in_days, sentence.length_in_days) as length_in_days
    from release
    left join latest_status
        on latest_status.release_id = release.release_id
    left join {{ ref('indeterminate_code') }} as status_code
        on status_code.kind = 'imprisonment_status' and upper(status_code.code) = upper(latest_status.imprisonment_status)
    left join sentence
        on sentence.offender_book_id = release.offender_book_id
    left join disposal
        on disposal.release_id = release.release_id
)

select
    length.release_id,
    case
        when length.is_indeterminate then 'indeterminate'
        else coalesce(sentence_band.sentence_band, 'unknown')
    end as sentence_band
from length
left join {{ ref('sentence_band') }} as sentence_band
    on length.length_in_days between sentence_band.days_from and coalesce(sentence_band.days_to, length.length_in_days)
