with claims as (

    select * from {{ ref('stg_provider__claim') }}

),

persons as (

    select source, source_key, person_id from {{ ref('person_link') }}

),

contracts as (

    select contract_id, provider_code from {{ ref('stg_contracts__contract') }}

),

tasks as (

    select * from {{ ref('stg_contracts__task') }}

),

-- The terms of a task change over time: the row in force on the day of the task counts, the newest of overlapping ones
-- (definition: claim_task).
task_terms as (

    select
        task_days.task_code,
        task_days.task_date,
        lower(trim(tasks.domain)) as domain,
        lower(trim(tasks.setting)) as setting,
        tasks.task_name,
        row_number() over (
            partition by task_days.task_code, task_days.task_date order by tasks.from_date desc
        ) as newest_first,
        count(*) over (partition by task_days.task_code, task_days.task_date) as rows_in_force
    from (select distinct task_code, task_date from claims) as task_days
    inner join tasks
        on
            task_days.task_code = tasks.task_code
            and task_days.task_date >= tasks.from_date
            and (tasks.to_date is null or task_days.task_date <= tasks.to_date)

),

bookings as (

    select distinct person_id, booking_no
    from {{ ref('int_booking') }}
    where person_id is not null and booking_no is not null

),

-- What the reversals name, within the files of one provider. A claim that names itself reverses nothing.
reversed as (

    select distinct _source, reverses_claim_id as claim_id
    from claims
    where reverses_claim_id is not null and reverses_claim_id <> claim_id

)

-- The provider is that of the contract; prime and sub stand beside it (definition: claim_provider).
select
    claims._source as source,
    claims.claim_id,
    claims.contract_id,
    contracts.provider_code as provider,
    claims.prime_code as prime_provider,
    claims.sub_code as sub_provider,
    persons.person_id,
    claims.booking_no,
    bookings.booking_no is not null as is_booking_of_person,
    claims.prison_code as prison,
    claims.task_code,
    task_terms.task_name,
    task_terms.domain,
    task_terms.setting,
    coalesce(task_terms.rows_in_force, 0) as task_rows_in_force,
    claims.task_ref,
    claims.task_date,
    claims.period,
    claims.qty,
    claims.rate,
    claims.band_used,
    claims.billed_level,
    cast(claims.amount as decimal(18, 2)) as amount,
    claims.submitted_ts,
    claims.invoice_ref,
    claims.evidence_ref,
    claims.late_approval_ref,
    claims.status as claim_status,
    claims.reverses_claim_id,
    claims.reverses_claim_id is not null as is_reversal,
    reversed.claim_id is not null as is_reversed,
    claims._pointer
from claims
left join persons on claims._source = persons.source and claims.person_ref = persons.source_key
left join contracts on claims.contract_id = contracts.contract_id
left join task_terms
    on
        claims.task_code = task_terms.task_code
        and claims.task_date = task_terms.task_date
        and task_terms.newest_first = 1
left join bookings on persons.person_id = bookings.person_id and claims.booking_no = bookings.booking_no
left join reversed on claims._source = reversed._source and claims.claim_id = reversed.claim_id
