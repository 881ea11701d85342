{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__offender_sent_calculations') }}
),

-- Days that could not be read, emptied unless a delivery before held them.
emptied as (
    select delivery_id, file, row_number, column_name
    from {{ source('landing', 'finding') }}
    where table_name = 'nomis__offender_sent_calculations'
)

select
    current_row.offender_sent_calculation_id,
    current_row.offender_book_id,
    current_row.calculation_date,
    current_row.led_calculated_date,
    current_row.led_overrided_date,
    current_row.tused_calculated_date,
    current_row.tused_overrided_date,
    -- Whether an end that counts, of the licence or of post-sentence supervision, is among them: an override wins over what was
    -- calculated (definition: delivery_unreadable_event).
    {% for end in ('led', 'tused') -%}
    (
        current_row.{{ end }}_overrided_date is null
        and exists (
            select 1 from emptied
            where emptied.delivery_id = current_row._delivery_id
                and emptied.file = current_row._file
                and emptied.row_number = current_row._row_number
                and (
                    upper(emptied.column_name) = '{{ end | upper }}_OVERRIDED_DATE'
                    or (upper(emptied.column_name) = '{{ end | upper }}_CALCULATED_DATE' and current_row.{{ end }}_calculated_date is null)
                )
        )
    ) {{- ' or ' if not loop.last else ' as is_end_unreadable' }}
    {%- endfor %},
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings') }}
