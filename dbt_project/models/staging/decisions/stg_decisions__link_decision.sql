with
current_row as (
    {{ current_rows('decisions__link_decision') }}
),

ordered as (
    select
        current_row.left_record,
        current_row.right_record,
        current_row.decision,
        current_row.decided_at,
        {{ key_order('current_row.decision_id') }} as decision_id,
        max(case when current_row.decision <> 'unsure' then 1 else 0 end) over (
            partition by current_row.left_record, current_row.right_record
        ) as settled,
        current_row._source,
        current_row._recorded_at,
        {{ pointer('current_row') }} as _pointer,
        row_number() over (
            partition by current_row.left_record, current_row.right_record order by {{ key_order('current_row.decision_id') }} desc
        ) as newest_first
    from current_row
)

select
    left_record,
    right_record,
    decision,
    decided_at,
    decision_id,
    settled = 1 as was_settled,
    _source,
    _recorded_at,
    _pointer
from ordered
where newest_first = 1
