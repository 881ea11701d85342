{#- Rows that are out because what they hang on is deleted, closed or absent from a delivered parent table, and rows that stand although
    what they hang on could not be read (definition: delivery_parents, delivery_bad_value). -#}
{%- set hanging = [
    ('nomis__offender_bookings', 'offender_id', 'stg_nomis__offender', 'offender_id', 'nomis__offenders'),
    ('nomis__offender_external_movements', 'offender_book_id', 'stg_nomis__offender_booking', 'offender_book_id', 'nomis__offender_bookings'),
    ('nomis__addresses', 'owner_id', 'stg_nomis__offender', 'root_offender_id', 'nomis__offenders'),
    ('ndelius__event', 'offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender'),
    ('ndelius__disposal', 'event_id', 'stg_ndelius__event', 'event_id', 'ndelius__event'),
    ('ndelius__custody', 'disposal_id', 'stg_ndelius__disposal', 'disposal_id', 'ndelius__disposal'),
    ('ndelius__release', 'custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody'),
    ('ndelius__recall', 'release_id', 'stg_ndelius__release', 'release_id', 'ndelius__release'),
    ('ndelius__key_date', 'custody_id', 'stg_ndelius__custody', 'custody_id', 'ndelius__custody'),
    ('ndelius__offender_address', 'offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender'),
    ('ndelius__personal_circumstance', 'offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender'),
    ('ndelius__offender_manager', 'offender_id', 'stg_ndelius__offender', 'offender_id', 'ndelius__offender'),
] %}
with
-- Few hang on nothing: whether a row is the current one is asked only for the keys of which some version does.
{% for landed, column, parent, parent_column, parent_landed in hanging %}
{{ landed }} as (
    select landed.*
    from {{ source('landing', landed) }} as landed
    inner join (
        select distinct hanging._source, hanging._key
        from {{ source('landing', landed) }} as hanging
        where not {{ parent_is_known('hanging.' ~ column, parent, parent_column, parent_landed) }}
    ) as suspect
        on suspect._source = landed._source and suspect._key = landed._key
){{ ',' if not loop.last }}
{% endfor %}
{% for landed, column, parent, parent_column, parent_landed in hanging %}
select {{ finding("case when " ~ parent_is_lost('hanging.' ~ column, parent_column, parent_landed) ~ " then 'parent_quarantined' else 'parent_not_live' end", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "hanging._pointer") }}
from (
    select current_row.*, {{ pointer('current_row') }} as _pointer
    from ({{ current_rows(landed, rows=landed) }}) as current_row
) as hanging
where not {{ parent_is_known('hanging.' ~ column, parent, parent_column, parent_landed) }}
{%- if landed == 'nomis__addresses' %} and upper(hanging.owner_class) = 'OFF'{% endif %}
{%- if landed.startswith('ndelius') %} and coalesce(hanging.soft_deleted, 'N') <> 'Y'{% endif %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
