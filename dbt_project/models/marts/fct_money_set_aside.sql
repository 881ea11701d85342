{#- Money that is in no figure: rows with an amount that were set aside in the newest full delivery of their table or a later one of changes,
    and of whose key nothing newer has come. The same row twice is no money lost (definition: delivery_key_twice). -#}
{%- set amounts = [
    ('provider__claim', 'amount'),
    ('contracts__payment', 'amount'),
    ('contracts__invoice', 'total'),
    ('contracts__credit_line', 'amount'),
] -%}
with
{% for landed, amount in amounts %}
{{ landed }} as (
    select
        landed._source,
        landed._delivery_id,
        landed._file,
        landed._row_number,
        landed._complete_to,
        landed._quarantine_reason,
        landed.{{ amount }} as money,
        coalesce(max(landed._complete_to) over (partition by landed._source, landed._key) > landed._complete_to, false)
        -- Rows without a readable key are no versions of one another.
        and landed._quarantine_reason not like 'missing_key%' and landed._quarantine_reason not like 'shortened_key%' as is_replaced
    from {{ source('landing', landed) }} as landed
){{ ',' if not loop.last }}
{% endfor %}
{% for landed, amount in amounts %}
select
    landed._delivery_id as delivery,
    landed._file as file,
    landed._row_number as row_number,
    '{{ landed }}' as "table",
    landed._quarantine_reason as reason,
    cast(landed.money as decimal(18, 2)) as money
from {{ landed }} as landed
inner join (
    select source, max(case when kind = 'full' then complete_to end) as complete_to
    from {{ source('landing', 'delivery') }}
    where table_name = '{{ landed }}' and is_accepted
    group by source
) as newest
    on newest.source = landed._source and landed._complete_to >= coalesce(newest.complete_to, landed._complete_to)
where landed._quarantine_reason is not null
    and landed._quarantine_reason not in ('repeated', 'no_record')
    and not landed.is_replaced
{% if not loop.last %}union all{% endif %}
{% endfor %}
