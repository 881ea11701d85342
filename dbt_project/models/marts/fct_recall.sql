with
recall as (
    select * from {{ ref('evt_recall') }}
    where is_recall
),

-- Distinct, in order (definition: recall_reasons).
reason as (
    select release_id, {{ sorted_list('reason_code') }} as reasons
    from {{ ref('evt_revocation') }}
    where is_valid and reason_code is not null
    group by release_id
),

-- The fixed-term row of the booking of the return admission whose return date is nearest to the return; of two as near one with a
-- length, then the one that came last (definition: recall_type, recall_type_nearest).
fixed_term as (
    select release_id, recall_length
    from (
        select
            recall.release_id,
            fixed_term.recall_length,
            row_number() over (
                partition by recall.release_id
                order by
                    abs({{ days_between('fixed_term.return_to_custody_date', 'recall.returned_date') }}),
                    case when fixed_term.recall_length is null then 1 else 0 end,
                    fixed_term._complete_to desc, fixed_term._recorded_at desc, fixed_term._pointer desc
            ) as nearest_first
        from recall
        inner join {{ ref('stg_nomis__fixed_term_recall') }} as fixed_term
            on fixed_term.offender_book_id = recall.return_book_id
            and abs({{ days_between('fixed_term.return_to_custody_date', 'recall.returned_date') }})
                <= {{ threshold('fixed_term_match_days', 'recall.returned_date') }}
    ) as ranked
    where nearest_first = 1
),

-- Nobody knows of which return a row without its day is (definition: recall_type).
undated as (
    select distinct recall.release_id
    from recall
    inner join {{ ref('stg_nomis__undated_fixed_term_recall') }} as undated_row
        on undated_row.offender_book_id = recall.return_book_id
),

-- Where the table never came, nothing says that a return was on no fixed term (definition: delivery_table).
delivered as (
    select count(*) > 0 as is_delivered
    from {{ source('landing', 'delivery') }}
    where table_name = 'nomis__offender_fixed_term_recalls' and is_accepted and complete_to <= {{ as_of() }}
),

-- Bands of days, and who was released again by the day (definition: recall_bands, recall_rerelease).
measured as (
    select
        recall.*,
        {{ days_between('recall.release_date', 'recall.recall_date') }} as days_to_recall,
        cast({{ threshold('rerelease_day', 'recall.release_date') }} as integer) as rerelease_day
    from recall
)

select
    measured.release_id,
    measured.recall_date,
    cast(measured.days_to_recall as integer) as days_to_recall,
    case
        when measured.days_to_recall <= {{ threshold('recall_band_first_to', 'measured.release_date') }} then '0-7'
        when measured.days_to_recall <= {{ threshold('recall_band_second_to', 'measured.release_date') }} then '8-28'
        else '29+'
    end as band,
    case
        when fixed_term.recall_length is not null
            then 'fixed_term_' || cast(fixed_term.recall_length as {{ dbt.type_string() }})
        when measured.returned_date is null or fixed_term.release_id is not null or undated.release_id is not null then 'unknown'
        when not delivered.is_delivered then 'unknown'
        else 'standard'
    end as recall_type,
    reason.reasons,
    measured.returned_date,
    cast(case
        when measured.returned_date < measured.recall_date then 0
        else {{ days_between('measured.recall_date', 'measured.returned_date') }}
    end as integer) as days_at_large,
    coalesce(
        measured.next_release_date <= {{ add_days('measured.release_date', 'measured.rerelease_day') }}, false
    ) as rereleased_by_day_28
from measured
cross join delivered
left join reason
    on reason.release_id = measured.release_id
left join fixed_term
    on fixed_term.release_id = measured.release_id
left join undated
    on undated.release_id = measured.release_id
