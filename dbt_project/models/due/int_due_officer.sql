-- Whether somebody holds the case (definition: due_officer).
with
allocation as (
    {{ allocation_in_force(ref('int_due_release'), 'booking_id', 'as_of') }}
),

stated as (
    select
        due.booking_id,
        allocation.supervising_region,
        allocation.pdu,
        allocation.team,
        allocation.team_name,
        staff.officer_code,
        allocation.allocation_date,
        case
            when not due.has_allocations then 'table_missing'
            when not due.is_linked then 'not_linked'
            when allocation.booking_id is null then 'no_allocation'
            when allocation.is_unreadable then 'unreadable_record'
            when allocation.allocation_staff_id is null then 'no_officer_named'
            when not due.has_staff then 'table_missing'
            when staff.staff_id is null or staff.officer_code is null then 'officer_not_listed'
            when not coalesce(ending.is_officer, true) then 'unallocated'
        end as officer_reason,
        allocation._pointer
    from {{ ref('int_due_release') }} as due
    left join allocation
        on allocation.booking_id = due.booking_id
    left join {{ ref('stg_ndelius__staff') }} as staff
        on staff.staff_id = allocation.allocation_staff_id
    left join {{ ref('officer_code') }} as ending
        on upper(staff.officer_code) like '%' || ending.code_ending
        and due.as_of between ending.valid_from and coalesce(ending.valid_to, cast('9999-12-31' as date))
)

select
    booking_id,
    supervising_region,
    pdu,
    team,
    team_name,
    case when officer_reason is null then officer_code end as officer_code,
    case
        when officer_reason is null then 'yes'
        when officer_reason in ('no_allocation', 'unallocated') then 'no'
        else 'unknown'
    end as officer,
    officer_reason,
    case when officer_reason is null then allocation_date end as officer_since,
    _pointer
from stated
