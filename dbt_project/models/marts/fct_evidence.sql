with
-- The work that a claim is for, and the plan and screening that it is held against: one row may be all of them.
worked as (
    select claim_no, work_pointer as _pointer from {{ ref('payment_view') }} where view = 'now' and work_pointer is not null
    union
    select claim_no, plan_pointer as _pointer from {{ ref('payment_plan') }} where plan_pointer is not null
    union
    select claim_no, screening_pointer as _pointer from {{ ref('payment_plan') }} where screening_pointer is not null
),

-- A claim is known by its source and id: two providers may use one. Nothing else has a source of its own.
pointed as (
    select 'release' as subject_kind, release_id as subject_id, '' as subject_source, _pointer from {{ ref('int_release') }}
    union all
    select 'release' as subject_kind, release_id as subject_id, '' as subject_source, _pointer from {{ ref('int_release_probation') }}
    union all
    select
        'status' as subject_kind,
        release_id || ':' || domain || ':' || cast(day as {{ dbt.type_string() }}) as subject_id,
        '' as subject_source,
        _pointer
    from {{ ref('evt_status') }}
    where _pointer is not null
    union all
    select 'recall' as subject_kind, recall.release_id as subject_id, '' as subject_source, recall.return_pointer as _pointer
    from {{ ref('evt_recall') }} as recall
    where recall.is_recall and recall.return_pointer is not null
    union all
    select 'recall' as subject_kind, revocation.release_id as subject_id, '' as subject_source, revocation._pointer
    from {{ ref('evt_revocation') }} as revocation
    inner join {{ ref('evt_recall') }} as recall
        on recall.release_id = revocation.release_id and recall.is_recall
    where revocation.is_valid
    union all
    select 'claim' as subject_kind, claim_id as subject_id, _source as subject_source, _pointer from {{ ref('stg_provider__claim') }}
    union all
    -- A payment is the first source's (int_claim_payment), or of a claim that nobody delivered.
    select
        'claim' as subject_kind,
        coalesce(claim.claim_id, payment.claim_id) as subject_id,
        coalesce(claim.source, '') as subject_source,
        payment._pointer
    from {{ ref('stg_contracts__payment') }} as payment
    left join (
        select
            _source as source,
            claim_id,
            {{ reference('claim_id') }} as reference,
            row_number() over (partition by {{ reference('claim_id') }} order by _source, claim_id) as place
        from {{ ref('stg_provider__claim') }}
    ) as claim
        on claim.reference = {{ reference('payment.claim_id') }} and claim.place = 1
    where payment.claim_id is not null
    union all
    select distinct 'claim' as subject_kind, claim.claim_id as subject_id, claim.source as subject_source, worked._pointer
    from worked
    inner join {{ ref('payment_claim') }} as claim on claim.claim_no = worked.claim_no
    union all
    select 'due_release' as subject_kind, booking_id as subject_id, '' as subject_source, _pointer from {{ ref('int_due_release') }}
    union all
    select 'due_release' as subject_kind, booking_id as subject_id, '' as subject_source, movement_pointer as _pointer from {{ ref('int_due_release') }}
    union all
    select 'due_release' as subject_kind, booking_id as subject_id, '' as subject_source, _pointer
    from {{ ref('int_due_home') }}
    where _pointer is not null
    union all
    select 'due_release' as subject_kind, booking_id as subject_id, '' as subject_source, _pointer
    from {{ ref('int_due_officer') }}
    where _pointer is not null
    union all
    select 'due_release' as subject_kind, due.booking_id as subject_id, '' as subject_source, checklist._pointer
    from {{ ref('int_due_release') }} as due
    inner join {{ ref('stg_nomis__release_checklist') }} as checklist
        on checklist.offender_book_id = due.offender_book_id
    union all
    select 'due_release' as subject_kind, due.booking_id as subject_id, '' as subject_source, handover._pointer
    from {{ ref('int_due_release') }} as due
    inner join {{ ref('link_handover') }} as handover
        on handover.offender_book_id = due.offender_book_id
),

numbered as (
    select
        subject_kind,
        subject_id,
        subject_source,
        {{ pointer_file('_pointer') }} as file_number,
        {{ pointer_row('_pointer') }} as row_number
    from pointed
)

-- A row is one of its table and has a pointer of its own, so none comes twice to one subject.
select
    numbered.subject_kind,
    numbered.subject_id,
    numbered.subject_source,
    delivery.source,
    delivery.delivery_id as delivery,
    delivery.file,
    numbered.row_number,
    record.row_hash
from numbered
inner join {{ source('landing', 'delivery') }} as delivery
    on delivery.file_number = numbered.file_number
inner join {{ source('landing', 'record') }} as record
    on record.file_number = numbered.file_number
    and record.row_number = numbered.row_number
