with
release as (
    select release_id, person_id, release_date from {{ ref('int_release') }}
),

evidence as (
    select * from {{ ref('int_status_evidence') }}
),

linked_person as (
    select distinct person_id from {{ ref('int_person_case') }}
),

release_day as (
    select
        evidence.release_id,
        evidence.domain,
        evidence.day,
        {{ add_days('release.release_date', 'evidence.day') }} as on_day,
        true as is_found,
        true as is_linked,
        evidence.status,
        evidence.official_class,
        evidence.is_out_of_scope,
        evidence.unknown_reason,
        evidence.evidence_date,
        evidence.is_stale
    from evidence
    inner join release
        on release.release_id = evidence.release_id
    union all
    -- Where no record is found the day is a row all the same.
    select
        release.release_id,
        domain.domain,
        status_day.day,
        {{ add_days('release.release_date', 'status_day.day') }} as on_day,
        false as is_found,
        linked_person.person_id is not null as is_linked,
        cast(null as {{ dbt.type_string() }}) as status,
        cast(null as {{ dbt.type_string() }}) as official_class,
        false as is_out_of_scope,
        cast(null as {{ dbt.type_string() }}) as unknown_reason,
        cast(null as date) as evidence_date,
        false as is_stale
    from release
    cross join {{ ref('status_day') }} as status_day
    cross join (select 'accommodation' as domain union all select 'employment' as domain) as domain
    left join linked_person
        on linked_person.person_id = release.person_id
    where not exists (
            select 1 from evidence
            where evidence.release_id = release.release_id
                and evidence.domain = domain.domain
                and evidence.day = status_day.day
        )
),

-- The first that applies: not yet due, out of scope, then what the record says (decisions: Status on day k, Order of states).
stated as (
    select
        release_day.*,
        maturity.is_delivered,
        scope.state_reason as out_of_scope_reason,
        case
            when release_day.on_day > maturity.mature_through then 'not_yet_due'
            when scope.state_reason is not null then 'out_of_scope'
            when release_day.is_out_of_scope then 'out_of_scope'
            when not release_day.is_found or release_day.unknown_reason is not null then 'unknown'
            else 'observed'
        end as state
    from release_day
    left join {{ ref('int_domain_maturity') }} as maturity
        on maturity.domain = release_day.domain
    left join {{ ref('int_release_day') }} as scope
        on scope.release_id = release_day.release_id and scope.day = release_day.day
)

select
    release_id,
    domain,
    day,
    case
        when state = 'observed' then status
        when state = 'unknown' then 'Unknown or unclear'
    end as status,
    case
        when state = 'observed' then official_class
        when state = 'unknown' then 'unknown'
    end as official_class,
    state,
    case
        when state = 'out_of_scope' then coalesce(out_of_scope_reason, 'out_of_scope_address')
        when state = 'unknown' and is_found then unknown_reason
        when state = 'unknown' and not coalesce(is_delivered, false) then 'table_missing'
        when state = 'unknown' and not is_linked then 'not_linked'
        when state = 'unknown' then 'no_record'
    end as state_reason,
    case when state in ('observed', 'unknown') then evidence_date end as evidence_date,
    case when state in ('observed', 'unknown') then coalesce(is_stale, false) else false end as is_stale
from stated
