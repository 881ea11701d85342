-- Whether a complete action for a home leads to an address that is barred for the person on that day. The address itself stays here.
with
action as (
    {{ current_rows('provider__plan_action') }}
),

plan as (
    {{ current_rows('provider__plan') }}
),

barred as (
    {{ current_rows('other__barred_address') }}
),

done as (
    select
        action._source as source,
        {{ reference('action.action_ref') }} as action_ref,
        cast(action.status_ts as date) as completed_on,
        {{ postcode('action.address_postcode') }} as postcode,
        link.person_id
    from action
    inner join {{ ref('need_domain') }} as domain
        on domain.system = 'plan_action' and domain.code = lower(trim(action.domain)) and domain.need_domain = 'accommodation'
    inner join {{ ref('action_status') }} as status on status.status = lower(trim(action.status)) and status.is_complete
    left join plan on plan._source = action._source and {{ reference('plan.plan_ref') }} = {{ reference('action.plan_ref') }}
    left join (
        select source, {{ reference('source_key') }} as person_reference, min(person_id) as person_id
        from {{ ref('person_link') }}
        group by source, {{ reference('source_key') }}
    ) as link
        on link.source = action._source and link.person_reference = {{ reference('plan.person_ref') }}
),

-- The places barred, by each number that names the person.
barred_for as (
    {% for kind, column in [('noms', 'noms_no'), ('crn', 'crn'), ('pnc', 'pnc')] %}
    select led.person_id, {{ postcode('barred.postcode') }} as postcode, barred.from_date, barred.to_date
    from barred
    inner join {{ ref('link_number_person') }} as led
        on led.persons = 1 and led.kind = '{{ kind }}' and led.identifier = upper(barred.{{ column }})
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

found as (
    select distinct done.source, done.action_ref
    from done
    inner join barred_for
        on barred_for.person_id = done.person_id and barred_for.postcode = done.postcode
        and done.completed_on >= coalesce(barred_for.from_date, done.completed_on)
        and done.completed_on <= coalesce(barred_for.to_date, done.completed_on)
)

select
    done.source,
    done.action_ref,
    done.completed_on,
    done.person_id,
    done.postcode is not null as is_postcode_known,
    found.action_ref is not null as is_barred,
    (select count(address_postcode) > 0 from action) as has_postcode,
    exists (
        select 1 from {{ source('landing', 'delivery') }} as delivery
        where delivery.table_name = 'other__barred_address' and delivery.is_accepted
    ) as has_barred
from done
left join found on found.source = done.source and found.action_ref = done.action_ref
