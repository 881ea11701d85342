with
allocation as (
    select
        due.booking_id,
        allocation.allocation_date,
        allocation.allocation_staff_id,
        staff.staff_id,
        upper(staff.officer_code) as officer_code,
        upper(area.code) as area_code,
        delivery_unit.code as pdu,
        allocation._pointer,
        row_number() over (
            partition by due.booking_id
            order by
                allocation.allocation_date desc,
                {{ key_order('allocation.offender_manager_id') }} desc, allocation.offender_manager_id desc
        ) as allocation_rank
    from {{ ref('int_due_release') }} as due
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = due.person_id
    inner join {{ ref('stg_ndelius__offender_manager') }} as allocation
        on allocation.offender_id = person_case.offender_id
        and cast(allocation.allocation_date as date) <= due.as_of
        and coalesce(cast(allocation.end_date as date), due.as_of) >= due.as_of
    left join {{ ref('stg_ndelius__staff') }} as staff
        on staff.staff_id = allocation.allocation_staff_id
    left join {{ ref('stg_ndelius__probation_area') }} as area
        on area.probation_area_id = allocation.probation_area_id
    left join {{ ref('stg_ndelius__team') }} as team
        on team.team_id = allocation.team_id
    left join {{ ref('stg_ndelius__local_delivery_unit') }} as delivery_unit
        on delivery_unit.local_delivery_unit_id = team.local_delivery_unit_id
),

stated as (
    select
        due.booking_id,
        case when alias.code is not null then alias.region else allocation.area_code end as supervising_region,
        allocation.pdu,
        cast(allocation.allocation_date as date) as allocation_date,
        case
            when not due.has_allocations then 'table_missing'
            when not due.is_linked then 'not_linked'
            when allocation.booking_id is null then 'no_allocation'
            when allocation.allocation_staff_id is null then 'no_officer_named'
            when not due.has_staff then 'table_missing'
            when allocation.staff_id is null or allocation.officer_code is null then 'officer_not_listed'
            when not coalesce(ending.is_officer, true) then 'unallocated'
        end as officer_reason,
        allocation._pointer
    from {{ ref('int_due_release') }} as due
    left join allocation
        on allocation.booking_id = due.booking_id and allocation.allocation_rank = 1
    left join {{ ref('region_alias') }} as alias
        on alias.code = allocation.area_code
    left join {{ ref('officer_code') }} as ending
        on allocation.officer_code like '%' || ending.code_ending
        and due.as_of between ending.valid_from and coalesce(ending.valid_to, cast('9999-12-31' as date))
)

select
    booking_id,
    supervising_region,
    pdu,
    case
        when officer_reason is null then 'yes'
        when officer_reason in ('no_allocation', 'unallocated') then 'no'
        else 'unknown'
    end as officer,
    officer_reason,
    case when officer_reason is null then allocation_date end as officer_since,
    _pointer
from stated
