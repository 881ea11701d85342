with claims as (

    select * from {{ ref('int_claim') }}

),

shared_ids as (

    select {{ reference('claim_id') }} as reference, count(*) as claims
    from claims
    group by {{ reference('claim_id') }}
    having count(*) > 1

),

findings as (

    select 'claim_without_contract' as finding, claim_id, _pointer, 1 as n
    from claims
    where
        contract_id is null
        or {{ reference('contract_id') }} not in (
            select {{ reference('contract_id') }} from {{ ref('stg_contracts__contract') }} where contract_id is not null
        )
    union all
    select 'claim_task_not_in_force' as finding, claim_id, _pointer, 1 as n
    from claims
    where task_rows_in_force = 0
    union all
    select 'claim_task_two_terms_in_force' as finding, claim_id, _pointer, task_rows_in_force as n
    from claims
    where task_rows_in_force > 1
    union all
    select 'claim_task_setting_unknown' as finding, claim_id, _pointer, 1 as n
    from claims
    where task_rows_in_force > 0 and (setting is null or setting not in ('custody', 'community'))
    union all
    select 'claim_person_not_linked' as finding, claim_id, _pointer, 1 as n
    from claims
    where person_id is null
    union all
    select 'claim_booking_not_of_person' as finding, claim_id, _pointer, 1 as n
    from claims
    where person_id is not null and booking_no is not null and not is_booking_of_person
    union all
    select 'claim_booking_without_release' as finding, claims.claim_id, claims._pointer, 1 as n
    from claims
    inner join {{ ref('int_claim_release') }} as belongs on claims.source = belongs.source and claims.claim_id = belongs.claim_id
    where belongs.is_of_another_booking
    union all
    select 'claim_on_invoice_of_another_contract' as finding, claims.claim_id, claims._pointer, 1 as n
    from claims
    inner join {{ ref('stg_contracts__invoice') }} as invoices
        on {{ reference('claims.invoice_ref') }} = {{ reference('invoices.invoice_ref') }}
    where {{ reference('claims.contract_id') }} <> {{ reference('invoices.contract_id') }}
    union all
    select 'claim_date_differs_from_record' as finding, claims.claim_id, claims._pointer, 1 as n
    from claims
    inner join {{ ref('payment_claim') }} as tested on tested.source = claims.source and tested.claim_id = claims.claim_id
    inner join {{ ref('payment_view') }} as work on work.claim_no = tested.claim_no and work.view = 'now'
    where cast(work.done_at as date) <> claims.task_date
    union all
    select 'reversal_of_wrong_sign' as finding, claims.claim_id, claims._pointer, 1 as n
    from claims
    inner join {{ ref('int_claim_chain') }} as chains on claims.source = chains.source and claims.claim_id = chains.claim_id
    where chains.is_of_wrong_sign
    union all
    select 'reversal_names_no_claim' as finding, claims.claim_id, claims._pointer, 1 as n
    from claims
    left join claims as reversed
        on
            claims.source = reversed.source
            and {{ reference('claims.reverses_claim_id') }} = {{ reference('reversed.claim_id') }}
            and claims.claim_id <> reversed.claim_id
    where claims.is_reversal and reversed.claim_id is null
    union all
    select 'claim_id_of_two_providers' as finding, claims.claim_id, claims._pointer, shared_ids.claims as n
    from claims
    inner join shared_ids on {{ reference('claims.claim_id') }} = shared_ids.reference

)

select
    finding,
    'claim' as subject_kind,
    claim_id as subject_id,
    _pointer,
    cast(n as bigint) as n
from findings
