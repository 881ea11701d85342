with
release_day as (
    select
        release.release_id,
        domain.domain,
        status_day.day,
        {{ add_days('release.release_date', 'status_day.day') }} as on_day,
        maturity.mature_through,
        maturity.is_delivered,
        scope.state_reason as out_of_scope_reason
    from {{ ref('int_release') }} as release
    cross join {{ ref('status_day') }} as status_day
    cross join (select 'accommodation' as domain union all select 'employment' as domain) as domain
    left join {{ ref('int_domain_maturity') }} as maturity
        on maturity.domain = domain.domain
    left join {{ ref('int_release_day') }} as scope
        on scope.release_id = release.release_id and scope.day = status_day.day
),

evidence as (
    select * from {{ ref('int_status_evidence') }}
),

-- The first that applies: not yet due, out of scope, then what the record says (decisions: Status on day k, Order of states).
stated as (
    select
        release_day.release_id,
        release_day.domain,
        release_day.day,
        evidence.status,
        evidence.official_class,
        evidence.evidence_date,
        evidence.is_stale,
        evidence.unknown_reason,
        release_day.is_delivered,
        release_day.out_of_scope_reason,
        person_case.person_id is not null as is_linked,
        evidence.release_id is not null as is_found,
        case
            when release_day.on_day > release_day.mature_through then 'not_yet_due'
            when release_day.out_of_scope_reason is not null then 'out_of_scope'
            when evidence.is_out_of_scope then 'out_of_scope'
            when evidence.release_id is null or evidence.unknown_reason is not null then 'unknown'
            else 'observed'
        end as state
    from release_day
    left join evidence
        on evidence.release_id = release_day.release_id
        and evidence.domain = release_day.domain
        and evidence.day = release_day.day
    left join (
        select distinct release.release_id, person_case.person_id
        from {{ ref('int_release') }} as release
        inner join {{ ref('int_person_case') }} as person_case
            on person_case.person_id = release.person_id
    ) as person_case
        on person_case.release_id = release_day.release_id
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
