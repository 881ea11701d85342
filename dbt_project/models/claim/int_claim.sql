with claims as (

    select * from {{ ref('stg_provider__claim') }}

),

persons as (

    select source, source_key, person_id from {{ ref('person_link') }}

),

chains as (

    select source, claim_id, first_claim_id, amount, is_reversal, is_reversed, is_of_reversed from {{ ref('int_claim_chain') }}

),

contracts as (

    select contract_id, provider_code from {{ ref('stg_contracts__contract') }}

),

-- A contract has one spelling, that of the register or else the first in order, so that all that names it meets.
spellings as (

    select {{ reference('contract_id') }} as contract_reference, min(contract_id) as contract_id
    from (select distinct contract_id from claims) as spelt
    where contract_id is not null
    group by {{ reference('contract_id') }}

),

tasks as (

    select * from {{ ref('stg_contracts__task') }}

),

-- The terms of a task change over time: the row in force on the day of the task counts, the newest of overlapping ones
-- (definition: claim_task).
task_terms as (

    select
        task_days.task_reference,
        task_days.task_date,
        lower(trim(tasks.domain)) as domain,
        lower(trim(tasks.setting)) as setting,
        tasks.task_name,
        row_number() over (
            partition by task_days.task_reference, task_days.task_date order by tasks.from_date desc
        ) as newest_first,
        count(*) over (partition by task_days.task_reference, task_days.task_date) as rows_in_force
    from (select distinct {{ reference('task_code') }} as task_reference, task_date from claims) as task_days
    inner join tasks
        on
            task_days.task_reference = {{ reference('tasks.task_code') }}
            and task_days.task_date >= tasks.from_date
            and (tasks.to_date is null or task_days.task_date <= tasks.to_date)

),

-- Terms that are not found prove nothing unless the whole list of tasks was read.
task_list as (

    select coalesce(min(case when is_whole then 1 else 0 end), 0) = 1 as is_whole
    from {{ source('landing', 'delivery') }}
    where
        table_name = 'contracts__task'
        and is_accepted
        and kind = 'full'
        and complete_to = (
            select max(latest.complete_to)
            from {{ source('landing', 'delivery') }} as latest
            where latest.table_name = 'contracts__task' and latest.is_accepted and latest.kind = 'full'
        )

),

bookings as (

    select distinct person_id, {{ reference('booking_no') }} as booking_reference
    from {{ ref('int_booking') }}
    where person_id is not null and booking_no is not null

)

-- The provider is that of the contract; prime and sub stand beside it (definition: claim_provider).
select
    claims._source as source,
    claims.claim_id,
    coalesce(contracts.contract_id, spellings.contract_id) as contract_id,
    contracts.provider_code as provider,
    claims.prime_code as prime_provider,
    claims.sub_code as sub_provider,
    claims.person_ref,
    persons.person_id,
    claims.booking_no,
    bookings.booking_reference is not null as is_booking_of_person,
    claims.prison_code as prison,
    claims.task_code,
    task_terms.task_name,
    task_terms.domain,
    task_terms.setting,
    coalesce(task_terms.rows_in_force, 0) as task_rows_in_force,
    claims.task_code is null
    or claims.task_date is null
    or (task_terms.rows_in_force is null and not task_list.is_whole) as is_task_unread,
    claims.task_ref,
    claims.task_date,
    claims.period,
    claims.qty,
    claims.rate,
    claims.band_used,
    claims.billed_level,
    chains.amount,
    claims.submitted_ts,
    claims.invoice_ref,
    claims.evidence_ref,
    claims.late_approval_ref,
    claims.status as claim_status,
    claims.reverses_claim_id,
    chains.first_claim_id,
    chains.is_reversal,
    chains.is_reversed,
    chains.is_of_reversed,
    claims._pointer
from claims
inner join chains on claims._source = chains.source and claims.claim_id = chains.claim_id
cross join task_list
left join persons on claims._source = persons.source and {{ reference('claims.person_ref') }} = {{ reference('persons.source_key') }}
left join contracts on {{ reference('claims.contract_id') }} = {{ reference('contracts.contract_id') }}
left join spellings on {{ reference('claims.contract_id') }} = spellings.contract_reference
left join task_terms
    on
        {{ reference('claims.task_code') }} = task_terms.task_reference
        and claims.task_date = task_terms.task_date
        and task_terms.newest_first = 1
left join bookings
    on persons.person_id = bookings.person_id and {{ reference('claims.booking_no') }} = bookings.booking_reference
