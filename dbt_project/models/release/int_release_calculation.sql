-- The last calculation dated on or before the release; an override wins over what was calculated (definition: release_licence).
select release_id, licence_end_date, pss_end_date, is_end_unreadable, _pointer
from (
    select
        release.release_id,
        coalesce(calculation.led_overrided_date, calculation.led_calculated_date) as licence_end_date,
        coalesce(calculation.tused_overrided_date, calculation.tused_calculated_date) as pss_end_date,
        calculation.is_end_unreadable,
        calculation._pointer,
        row_number() over (
            partition by release.release_id
            order by
                calculation.calculation_date desc,
                {{ key_order('calculation.offender_sent_calculation_id') }} desc,
                calculation.offender_sent_calculation_id desc
        ) as calculation_rank
    from {{ ref('int_release_movement') }} as release
    inner join {{ ref('stg_nomis__sent_calculation') }} as calculation
        on calculation.offender_book_id = release.offender_book_id
        and cast(calculation.calculation_date as date) <= release.release_date
) as ranked
where calculation_rank = 1
