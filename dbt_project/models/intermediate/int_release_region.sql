with
allocation as (
    select
        release.release_id,
        upper(area.code) as area_code,
        delivery_unit.code as pdu,
        row_number() over (
            partition by release.release_id
            order by
                allocation.allocation_date desc,
                {{ key_order('allocation.offender_manager_id') }} desc, allocation.offender_manager_id desc
        ) as allocation_rank
    from {{ ref('int_release_movement') }} as release
    inner join {{ ref('int_person_case') }} as person_case
        on person_case.person_id = release.person_id
    inner join {{ ref('stg_ndelius__offender_manager') }} as allocation
        on allocation.offender_id = person_case.offender_id
        and cast(allocation.allocation_date as date) <= release.release_date
        and coalesce(cast(allocation.end_date as date), release.release_date) >= release.release_date
    left join {{ ref('stg_ndelius__probation_area') }} as area
        on area.probation_area_id = allocation.probation_area_id
    left join {{ ref('stg_ndelius__team') }} as team
        on team.team_id = allocation.team_id
    left join {{ ref('stg_ndelius__local_delivery_unit') }} as delivery_unit
        on delivery_unit.local_delivery_unit_id = team.local_delivery_unit_id
)

-- In force on day 0; codes that stand for another region or for none are read so (decisions: Geography and contracts).
select
    allocation.release_id,
    case when alias.code is not null then alias.region else allocation.area_code end as supervising_region,
    allocation.pdu
from allocation
left join {{ ref('region_alias') }} as alias
    on alias.code = allocation.area_code
where allocation.allocation_rank = 1
