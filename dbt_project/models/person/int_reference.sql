with
entry as (
    select list, id, code, description
    from {{ ref('stg_ndelius__reference_list') }}
),

-- Where the list of the kind is delivered, it alone decides; else the standard list (definition: status_reference_lists).
kind as (
    {% for kind in ['ADDRESS_STATUS', 'ADDRESS_TYPE', 'CIRCUMSTANCE_TYPE', 'CIRCUMSTANCE_SUB_TYPE', 'GENDER', 'ETHNICITY',
                    'RELEASE_TYPE', 'RECALL_REASON', 'KEY_DATE_TYPE', 'IDENTIFIER_NAME'] %}
    select '{{ kind }}' as kind {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

deciding_list as (
    select
        kind.kind,
        case when exists (select 1 from entry where entry.list = kind.kind)
            then kind.kind else 'STANDARD_REFERENCE_LIST' end as list
    from kind
)

select deciding_list.kind, entry.id, entry.code, entry.description
from deciding_list
inner join entry
    on entry.list = deciding_list.list
