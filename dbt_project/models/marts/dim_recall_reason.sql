with
listed as (
    select code as recall_reason, description as name, source, verified from {{ ref('recall_reason') }}
),

-- Of several of one code the one with the lower id.
delivered as (
    select recall_reason, name
    from (
        select upper(code) as recall_reason, description as name, row_number() over (partition by upper(code) order by id) as place
        from {{ ref('int_reference') }}
        where kind = 'RECALL_REASON' and code is not null
    ) as ranked
    where place = 1
)

select
    delivered.recall_reason,
    coalesce(delivered.name, listed.name, delivered.recall_reason) as name,
    'delivered R_RECALL_REASON' as source,
    true as verified
from delivered
left join listed on listed.recall_reason = delivered.recall_reason
union all
select
    recall_reason,
    coalesce(name, recall_reason) as name,
    source,
    verified
from listed
where recall_reason not in (select recall_reason from delivered)
