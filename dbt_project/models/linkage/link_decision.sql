with
-- What people have decided (decisions/store.py), each pair from both sides. Later decisions come higher.
made as (
    select left_record as record_token, right_record as other_token, decision, was_settled, decision_id
    from {{ ref('stg_decisions__link_decision') }}
    union all
    select right_record as record_token, left_record as other_token, decision, was_settled, decision_id
    from {{ ref('stg_decisions__link_decision') }}
),

-- Of two decisions on one pair, made before and after prison merged the numbers of a prisoner, the last.
of_records as (
    select
        one.record_id,
        other.record_id as other_id,
        record.source,
        of_other.source as other_source,
        made.decision,
        made.decision_id,
        max(made.was_settled) over (partition by one.record_id, other.record_id) as was_settled,
        row_number() over (partition by one.record_id, other.record_id order by made.decision_id desc) as newest_first
    from made
    inner join {{ ref('record_token') }} as one on one.record_token = made.record_token
    inner join {{ ref('record_token') }} as other on other.record_token = made.other_token
    inner join {{ ref('link_record') }} as record on record.record_id = one.record_id
    inner join {{ ref('link_record') }} as of_other on of_other.record_id = other.record_id
    where one.record_id <> other.record_id
)

select
    record_id,
    other_id,
    source,
    other_source,
    decision,
    decision_id,
    was_settled
from of_records
where newest_first = 1
