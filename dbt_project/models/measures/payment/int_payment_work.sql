-- What the measures of claimed work count (definition: payment_measures).
with
verified as (
    select
        claim.claim_no,
        claim.provider,
        claim.contract_id,
        claim.task_reference,
        claim.prison,
        claim.task_date,
        claim.evidence_kind,
        claim.net,
        claim.is_paid,
        view.book_id,
        view.is_done,
        coalesce(result.fails, false) as fails,
        coalesce(result.is_unsure, false) as is_unsure,
        coalesce(result.is_untested, false) as is_untested,
        result.closed_by_sending
    from {{ ref('payment_claim') }} as claim
    inner join {{ ref('payment_view') }} as view on view.claim_no = claim.claim_no and view.view = 'now'
    left join (
        select
            claim_no,
            max(case when class = 'E' and result = 'fail' then 1 else 0 end) = 1 as fails,
            max(case when class = 'E' and result = 'not_testable' then 1 else 0 end) = 1 as is_unsure,
            max(case when result = 'not_testable' and reason not in ('no_column', 'not_due') then 1 else 0 end) = 1 as is_untested,
            max(case when rule_id = 'R27' then result end) as closed_by_sending
        from {{ ref('payment_result') }}
        group by claim_no
    ) as result on result.claim_no = claim.claim_no
    where claim.waterfall = 'tested'
),

paid as (
    select claim_no, claim.paid_amount
    from verified
    inner join {{ ref('payment_claim') }} as tested using (claim_no)
    inner join {{ ref('fct_claim') }} as claim on claim.source = tested.source and claim.claim_id = tested.claim_id
    where claim.is_paid
),

-- Money of failures that nobody has explained, credited or closed, each pound once; a failure without a case that somebody has touched is open.
in_question as (
    select
        claim_no,
        greatest(coalesce(max(case when severity = 'S1' then amount end), 0), coalesce(max(case when severity = 'S2' then amount end), 0)) as amount
    from (
        select
            result.claim_no,
            result.severity,
            case when touched.state = 'upheld' then least(touched.amount, result.amount_at_risk) else result.amount_at_risk end as amount
        from {{ ref('payment_result') }} as result
        left join {{ ref('stg_decisions__payment_case') }} as touched
            on touched.case_source = result.source and touched.claim_id = result.claim_id and touched.rule_id = result.rule_id
        where result.result = 'fail' and result.severity in ('S1', 'S2') and coalesce(touched.state, 'open') in ('open', 'queried', 'upheld')
    ) as failed
    group by claim_no
),

due as (
    select
        due.kind,
        due.due_key || '|' || due.contract_reference || '|' || due.code as unit,
        contract.provider_code as provider,
        contract.contract_id,
        due.prison,
        due.due_on,
        due.booking_reference,
        due.is_done,
        max(case when claim.claim_no is not null then 1 else 0 end) = 1 as is_claimed,
        max(case when not claim.fails then 1 else 0 end) = 1 as is_verified,
        max(case when not claim.fails and not claim.is_unsure then 1 else 0 end) = 1 as is_sure
    from {{ ref('payment_due') }} as due
    inner join {{ ref('stg_contracts__contract') }} as contract on {{ reference('contract.contract_id') }} = due.contract_reference
    left join verified as claim
        on claim.book_id = due.offender_book_id
        and claim.evidence_kind = case due.kind when 'plan_in_working_days' then 'PLAN' else 'PLAN_REVIEW' end
        -- A review before the release; a plan whenever it was.
        and case when claim.evidence_kind = 'PLAN' then cast('0001-01-01' as date) else claim.task_date end <= due.due_on
    group by
        due.kind, due.due_key || '|' || due.contract_reference || '|' || due.code, contract.provider_code, contract.contract_id,
        due.prison, due.due_on, due.booking_reference, due.is_done
),

judged_due as (
    select
        *,
        {{ add_days('due_on', "cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }} > {{ as_of() }} as is_not_due
    from due
),

-- A review on time that changed something, of those due.
substantial as (
    select
        due.unit,
        max(case when change.has_changed then 1 else 0 end) = 1 as has_changed,
        max(case when change.has_changed is null then 1 else 0 end) = 1 as is_unknown
    from due
    inner join {{ ref('payment_review_change') }} as change
        on change.booking_reference = due.booking_reference
        and change.reviewed_on between {{ add_days('due.due_on', "-cast(" ~ threshold('rule_r12_window_days', as_of()) ~ " as integer)") }} and due.due_on
    where due.kind = 'review_in_window'
    group by due.unit
)

{% for measure, state in [
    ('P01', "case when is_claimed then 'yes' else 'no' end"),
    ('P02', "case when is_verified then 'yes' else 'no' end"),
    ('P03', "case when is_claimed and not is_verified then 'yes' else 'no' end"),
] %}
select
    '{{ measure }}' as measure_id,
    provider,
    contract_id,
    cast(null as {{ dbt.type_string() }}) as task_code,
    prison,
    due_on as day,
    case when is_not_due then 'not_yet_due' else {{ state }} end as state,
    {{ 'is_sure' if measure == 'P02' else 'true' }} as is_sure,
    cast(null as decimal(18, 2)) as amount,
    cast(null as decimal(18, 2)) as amount_counted
from judged_due
union all
{% endfor %}
{% for measure, state in [
    ('M07', "case when judged_due.is_done then 'yes' else 'no' end"),
    ('P04', "case when not judged_due.is_done then 'no' when substantial.has_changed then 'no' when substantial.is_unknown then 'unknown' else 'yes' end"),
] %}
select
    '{{ measure }}' as measure_id,
    judged_due.provider,
    judged_due.contract_id,
    cast(null as {{ dbt.type_string() }}) as task_code,
    judged_due.prison,
    judged_due.due_on as day,
    case when judged_due.is_not_due then 'not_yet_due' else {{ state }} end as state,
    true as is_sure,
    cast(null as decimal(18, 2)) as amount,
    cast(null as decimal(18, 2)) as amount_counted
from judged_due
left join substantial on substantial.unit = judged_due.unit
where judged_due.kind = 'review_in_window'
union all
{% endfor %}
select
    'M08' as measure_id,
    substr(change.source, 10) as provider,
    cast(null as {{ dbt.type_string() }}) as contract_id,
    cast(null as {{ dbt.type_string() }}) as task_code,
    cast(null as {{ dbt.type_string() }}) as prison,
    change.reviewed_on as day,
    case when change.has_changed then 'yes' when not change.has_changed then 'no' else 'unknown' end as state,
    true as is_sure,
    cast(null as decimal(18, 2)) as amount,
    cast(null as decimal(18, 2)) as amount_counted
from {{ ref('payment_review_change') }} as change
union all
select
    'P05' as measure_id,
    provider,
    contract_id,
    task_reference as task_code,
    prison,
    task_date as day,
    case closed_by_sending when 'fail' then 'yes' when 'not_testable' then 'unknown' else 'no' end as state,
    true as is_sure,
    cast(null as decimal(18, 2)) as amount,
    cast(null as decimal(18, 2)) as amount_counted
from verified
where evidence_kind = 'PLAN_ACTION' and is_done
union all
select
    'P11_verified' as measure_id,
    verified.provider,
    verified.contract_id,
    verified.task_reference as task_code,
    verified.prison,
    verified.task_date as day,
    'yes' as state,
    true as is_sure,
    coalesce(paid.paid_amount, 0) as amount,
    coalesce(paid.paid_amount, 0) as amount_counted
from verified
left join paid on paid.claim_no = verified.claim_no
where not verified.fails
union all
select
    'P14' as measure_id,
    provider,
    contract_id,
    task_reference as task_code,
    prison,
    task_date as day,
    case when is_untested then 'yes' else 'no' end as state,
    true as is_sure,
    net as amount,
    case when is_untested then net else 0 end as amount_counted
from verified
union all
select
    'P12' as measure_id,
    verified.provider,
    verified.contract_id,
    verified.task_reference as task_code,
    verified.prison,
    verified.task_date as day,
    case when in_question.amount > 0 then 'yes' else 'no' end as state,
    true as is_sure,
    verified.net as amount,
    coalesce(in_question.amount, 0) as amount_counted
from verified
left join in_question on in_question.claim_no = verified.claim_no
