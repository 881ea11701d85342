with
-- A prison record is older than a case, and a lower key older than a higher.
aged as (
    select
        member.cluster,
        member.record_id,
        row_number() over (
            partition by member.cluster
            order by
                case when record.source = 'nomis' then 0 else 1 end,
                case when {{ safe_cast_bigint('record.source_key') }} is null then 1 else 0 end,
                {{ safe_cast_bigint('record.source_key') }},
                record.source_key
        ) as age
    from {{ ref('link_cluster') }} as member
    inner join {{ ref('link_record') }} as record on record.record_id = member.record_id
),

oldest as (
    select member.record_id, aged.record_id as oldest_id
    from {{ ref('link_cluster') }} as member
    inner join aged on aged.cluster = member.cluster and aged.age = 1
)

select
    record.record_id,
    record.source,
    record.source_key,
    coalesce(oldest.oldest_id, record.record_id) as oldest_id
from {{ ref('link_record') }} as record
left join oldest on oldest.record_id = record.record_id
where record.source in ('nomis', 'ndelius')
