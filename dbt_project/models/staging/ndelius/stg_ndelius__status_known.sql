{%- set tables = {
    'address': ['ndelius__offender_address', 'offender_address_id', ['address_type_id', 'address_status_id', 'no_fixed_abode', 'postcode', 'start_date', 'end_date']],
    'circumstance': ['ndelius__personal_circumstance', 'personal_circumstance_id', ['circumstance_type_id', 'circumstance_sub_type_id', 'start_date', 'end_date']],
} -%}
with
{% for kind, (landed, key, columns) in tables.items() %}
{{ kind }} as (
    {{ known_rows(landed, 'created_datetime') }}
),

{{ kind }}_known as (
    select
        '{{ kind }}' as kind,
        live.{{ key }} as record_key,
        min(version._known_from) as _known_from,
        min(version._maybe_from) as _maybe_from
    from {{ kind }} as live
    inner join {{ kind }} as version
        on version._source = live._source and version._key = live._key
        {%- for column in columns %}
        and version.{{ column }} is not distinct from live.{{ column }}
        {%- endfor %}
    where live._known_to > cast('9999-12-30' as timestamp)
    group by live.{{ key }}
){{ ',' if not loop.last }}
{% endfor %}
{% for kind in tables %}
select kind, record_key, _known_from, _maybe_from from {{ kind }}_known
{{ 'union all' if not loop.last }}
{% endfor %}
