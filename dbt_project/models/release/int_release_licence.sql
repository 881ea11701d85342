with
release as (
    select movement.release_id, movement.offender_book_id, movement.release_date, matched.custody_id, matched.disposal_id
    from {{ ref('int_release_movement') }} as movement
    left join {{ ref('int_release_match') }} as matched
        on matched.release_id = movement.release_id
),

-- The last calculation dated on or before the release; an override wins over what was calculated (definition: release_licence).
calculation as (
    select release_id, licence_end_date, pss_end_date
    from (
        select
            release.release_id,
            coalesce(calculation.led_overrided_date, calculation.led_calculated_date) as licence_end_date,
            coalesce(calculation.tused_overrided_date, calculation.tused_calculated_date) as pss_end_date,
            row_number() over (
                partition by release.release_id
                order by
                    calculation.calculation_date desc,
                    {{ key_order('calculation.offender_sent_calculation_id') }} desc,
                    calculation.offender_sent_calculation_id desc
            ) as calculation_rank
        from release
        inner join {{ ref('stg_nomis__sent_calculation') }} as calculation
            on calculation.offender_book_id = release.offender_book_id
            and cast(calculation.calculation_date as date) <= release.release_date
    ) as ranked
    where calculation_rank = 1
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

known as (
    select
        release.release_id,
        release.release_date,
        coalesce(calculation.licence_end_date, licence.key_date) as licence_end_date,
        coalesce(pss.key_date, calculation.pss_end_date) as pss_end_date,
        -- A termination before the release is ignored (and listed).
        case when disposal.termination_date >= release.release_date then disposal.termination_date end as termination_date
    from release
    left join calculation
        on calculation.release_id = release.release_id
    left join key_date as licence
        on licence.custody_id = release.custody_id and licence.code = 'LED'
    left join key_date as pss
        on pss.custody_id = release.custody_id and pss.code = 'PSSED'
    left join {{ ref('stg_ndelius__disposal') }} as disposal
        on disposal.disposal_id = release.disposal_id
),

later as (
    select
        *,
        case
            when licence_end_date is null then pss_end_date
            when pss_end_date is null or pss_end_date < licence_end_date then licence_end_date
            else pss_end_date
        end as later_end_date
    from known
)

select
    release_id,
    licence_end_date,
    case when licence_end_date is not null then licence_end_date > release_date end as is_on_licence,
    -- The last day under supervision: the later of licence and post-sentence supervision, or the termination if earlier
    -- (definition: status_supervision_end).
    case
        when later_end_date is null then termination_date
        when termination_date is null or termination_date > later_end_date then later_end_date
        else termination_date
    end as supervision_end_date
from later
