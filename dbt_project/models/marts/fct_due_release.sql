with
checklist as (
    select
        offender_book_id,
        case upper(trim(photo_id)) when 'Y' then 'yes' when 'N' then 'no' else 'unknown' end as photo_id,
        case upper(trim(bank_account)) when 'Y' then 'yes' when 'N' then 'no' else 'unknown' end as bank_account,
        cast(recorded_datetime as date) as recorded_on
    from {{ ref('stg_nomis__release_checklist') }}
),

known as (
    select
        due.booking_id,
        due.person_id,
        due.planned_date,
        due.days_to_go,
        due.release_type,
        due.releasing_prison,
        officer.supervising_region,
        officer.pdu,
        officer.team,
        officer.team_name,
        provider.provider,
        provider.provider_basis,
        home.home_state,
        home.home_reason,
        home.home_source,
        home.home_status,
        coalesce(checklist.photo_id, 'unknown') as photo_id,
        coalesce(checklist.bank_account, 'unknown') as bank_account,
        checklist.recorded_on as checklist_on,
        officer.officer,
        officer.officer_reason,
        officer.officer_since,
        officer.officer_code,
        case
            when handover.done_on <= due.as_of then 'done'
            when handover.due_on < due.as_of then 'overdue'
            when handover.due_on is not null then 'due'
            else 'unknown'
        end as handover,
        handover.due_on as handover_due_on,
        case when handover.done_on <= due.as_of then handover.done_on end as handover_done_on
    from {{ ref('int_due_release') }} as due
    inner join {{ ref('int_due_home') }} as home
        on home.booking_id = due.booking_id
    inner join {{ ref('int_due_officer') }} as officer
        on officer.booking_id = due.booking_id
    left join {{ ref('int_due_provider') }} as provider
        on provider.booking_id = due.booking_id
    left join checklist
        on checklist.offender_book_id = due.offender_book_id
    left join {{ ref('link_handover') }} as handover
        on handover.offender_book_id = due.offender_book_id
)

select
    booking_id,
    person_id,
    planned_date,
    days_to_go,
    release_type,
    releasing_prison,
    supervising_region,
    pdu,
    team,
    team_name,
    provider,
    provider_basis,
    home_state,
    home_reason,
    home_source,
    home_status,
    photo_id,
    bank_account,
    checklist_on,
    officer,
    officer_reason,
    officer_since,
    officer_code,
    handover,
    handover_due_on,
    handover_done_on,
    case
        when home_state in ('homeless', 'none') then 1
        when home_state in ('unknown', 'unconfirmed') then 2
        when home_state = 'temporary' then 3
        else 4
    end as urgency,
    case when home_state in ('unknown', 'unconfirmed') then 1 else 0 end
        + case when photo_id = 'unknown' then 1 else 0 end
        + case when bank_account = 'unknown' then 1 else 0 end
        + case when officer = 'unknown' then 1 else 0 end
        + case when handover = 'unknown' then 1 else 0 end as unknowns
from known
