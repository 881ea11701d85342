with
linked_person as (
    select distinct person_id from {{ ref('int_person_case') }}
),

-- Every day that is asked about is a row, whether or not a record is found for it.
release_day as (
    select
        release.release_id,
        release.is_linked,
        domain.domain,
        domain.is_delivered,
        status_day.day,
        {{ add_days('release.release_date', 'status_day.day') }} > domain.mature_through as is_not_yet_due
    from (
        select release.release_id, release.release_date, linked_person.person_id is not null as is_linked
        from {{ ref('int_release') }} as release
        left join linked_person
            on linked_person.person_id = release.person_id
    ) as release
    cross join {{ ref('status_day') }} as status_day
    cross join (
        select named.domain, maturity.mature_through, coalesce(maturity.is_delivered, false) as is_delivered
        from (select 'accommodation' as domain union all select 'employment' as domain) as named
        left join {{ ref('int_domain_maturity') }} as maturity
            on maturity.domain = named.domain
    ) as domain
),

-- The first that applies: not yet due, out of scope, then what the record says (definition: status_states).
stated as (
    select
        release_day.release_id,
        release_day.is_linked,
        release_day.domain,
        release_day.is_delivered,
        release_day.day,
        evidence.release_id is not null as is_found,
        evidence.status,
        evidence.official_class,
        evidence.unknown_reason,
        evidence.evidence_date,
        evidence.is_stale,
        evidence._pointer,
        scope.state_reason as scope_reason,
        case
            when release_day.is_not_yet_due then 'not_yet_due'
            when scope.state is not null then scope.state
            when evidence.is_out_of_scope then 'out_of_scope'
            when evidence.release_id is null or evidence.unknown_reason is not null then 'unknown'
            else 'observed'
        end as state
    from release_day
    left join {{ ref('int_status_evidence') }} as evidence
        on evidence.release_id = release_day.release_id
        and evidence.domain = release_day.domain
        and evidence.day = release_day.day
    left join {{ ref('int_release_day') }} as scope
        on scope.release_id = release_day.release_id and scope.day = release_day.day
)

-- Why a status is unknown (definition: status_unknown), and what it rests on (definition: status_evidence).
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
        when state = 'out_of_scope' then coalesce(scope_reason, 'out_of_scope_address')
        when state = 'unknown' and scope_reason is not null then scope_reason
        when state = 'unknown' and is_found then unknown_reason
        when state = 'unknown' and not is_delivered then 'table_missing'
        when state = 'unknown' and not is_linked then 'not_linked'
        when state = 'unknown' then 'no_record'
    end as state_reason,
    case when state in ('observed', 'unknown') then evidence_date end as evidence_date,
    state in ('observed', 'unknown') and coalesce(is_stale, false) as is_stale,
    -- The record it rests on, even one whose date cannot be read.
    case when state in ('observed', 'unknown') and is_found then _pointer end as _pointer
from stated
