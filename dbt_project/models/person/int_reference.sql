{%- set with_standard_list = ['ADDRESS_STATUS', 'ADDRESS_TYPE', 'GENDER', 'ETHNICITY', 'RELEASE_TYPE', 'KEY_DATE_TYPE', 'IDENTIFIER_NAME'] -%}
{%- set with_own_list = ['CIRCUMSTANCE_TYPE', 'CIRCUMSTANCE_SUB_TYPE', 'RECALL_REASON'] -%}
with
entry as (
    select list, id, code, description
    from {{ ref('stg_ndelius__reference_list') }}
),

-- Where the list of the kind is delivered, it alone decides; else the standard list, for the kinds whose column points there
-- (definition: status_reference_lists, status_reference_own_list).
kind as (
    {% for kind in with_standard_list + with_own_list %}
    select '{{ kind }}' as kind, {{ kind in with_standard_list }} as is_in_standard_list {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

deciding_list as (
    select
        kind.kind,
        case when exists (select 1 from entry where entry.list = kind.kind)
            then kind.kind else 'STANDARD_REFERENCE_LIST' end as list
    from kind
    where kind.is_in_standard_list or exists (select 1 from entry where entry.list = kind.kind)
)

select deciding_list.kind, entry.id, entry.code, entry.description
from deciding_list
inner join entry
    on entry.list = deciding_list.list
