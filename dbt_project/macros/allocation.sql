{#- The allocation to probation in force on a day, one row a subject that has one: region, PDU, officer, since when. The latest allocation,
    then the higher id; codes that stand for another region or for none are read so (definition: geography_region,
    geography_external).
    `subjects`: a model with person_id, `key` and `day`, the column with the day. -#}
{% macro allocation_in_force(subjects, key, day) %}
    select
        ranked.{{ key }},
        case when alias.code is not null then alias.region else ranked.area_code end as supervising_region,
        ranked.pdu,
        ranked.team,
        ranked.team_name,
        ranked.allocation_date,
        ranked.allocation_staff_id,
        ranked.is_unreadable,
        ranked._pointer
    from (
        select
            subject.{{ key }},
            upper(area.code) as area_code,
            delivery_unit.code as pdu,
            team.code as team,
            team.description as team_name,
            cast(allocation.allocation_date as date) as allocation_date,
            allocation.allocation_staff_id,
            allocation.is_unreadable,
            allocation._pointer,
            row_number() over (
                partition by subject.{{ key }}
                order by
                    case when allocation.allocation_date is null then 0 else 1 end, allocation.allocation_date desc,
                    {{ key_order('allocation.offender_manager_id') }} desc, allocation.offender_manager_id desc
            ) as allocation_rank
        from {{ subjects }} as subject
        inner join {{ ref('int_person_case') }} as person_case
            on person_case.person_id = subject.person_id
        inner join (
            select
                offender_manager_id, offender_id, allocation_date, end_date, team_id, probation_area_id, allocation_staff_id,
                false as is_unreadable, _pointer
            from {{ ref('stg_ndelius__offender_manager') }}
            where allocation_date is not null
            union all
            -- One of which a day cannot be read may be the one in force: whose it is, is not known (definition: delivery_unreadable_event).
            select
                offender_manager_id, offender_id, allocation_date, end_date, null as team_id, null as probation_area_id,
                null as allocation_staff_id, true as is_unreadable, _pointer
            from {{ ref('stg_ndelius__unreadable_offender_manager') }}
        ) as allocation
            on allocation.offender_id = person_case.offender_id
            and (allocation.allocation_date is null or cast(allocation.allocation_date as date) <= subject.{{ day }})
            and coalesce(cast(allocation.end_date as date), subject.{{ day }}) >= subject.{{ day }}
        left join {{ ref('stg_ndelius__probation_area') }} as area
            on area.probation_area_id = allocation.probation_area_id
        left join {{ ref('stg_ndelius__team') }} as team
            on team.team_id = allocation.team_id
        left join {{ ref('stg_ndelius__local_delivery_unit') }} as delivery_unit
            on delivery_unit.local_delivery_unit_id = team.local_delivery_unit_id
    ) as ranked
    left join {{ ref('region_alias') }} as alias
        on alias.code = ranked.area_code
    where ranked.allocation_rank = 1
{% endmacro %}
